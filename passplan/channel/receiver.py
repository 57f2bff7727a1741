"""The ground telescope and the optics behind it, as a record."""

from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Interval

from passplan.channel.coupling import Coupling, FieldStop
from passplan.channel.extinction import WAVELENGTH_RANGE_NM
from passplan.channel.passband import Passband
from passplan.checks import NonNegative, Positive, check_limits, within


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Ground telescope and the optics behind it, up to the detectors.

    aperture_m : clear diameter [m], > 0
    field_of_view_urad : FULL field of view of the field stop on the sky [urad], > 0
    filter_nm : width of the spectral filter [nm], > 0
    filter_centre_nm : middle of its passband [nm], 500 to 1600; None: on the signal
    optics_efficiency : transmittance of telescope, optics and fibre coupling together [1], in (0, 1]; without detectors
    obscuration : central obscuration, ratio of diameters [1], in [0, 1); leave it 0 when the efficiency contains it
    corrects_chromatic_refraction : whether the line of sight is set beside the tracked beacon by the predicted
        difference of refraction between beacon and signal; without it the signal sits off the centre of the stop
    beacon_blocking_db : loss of dichroic, filter and baffles at the wavelengths of both beacons [dB], >= 0, on top of
        the optics' efficiency; None: no light of a beacon reaches the detectors
    coupling : what stands in the focus, of kind field_stop, multimode or single_mode; leave a coupling that the
        optics' efficiency contains out here
    """

    aperture_m: Positive
    field_of_view_urad: Positive
    filter_nm: Positive
    filter_centre_nm: Positive | None = None
    optics_efficiency: Annotated[float, Interval(gt=0.0, le=1.0)]
    obscuration: Annotated[float, Interval(ge=0.0, lt=1.0)] = 0.0
    corrects_chromatic_refraction: bool = True
    beacon_blocking_db: NonNegative | None = None
    coupling: Coupling = field(default_factory=FieldStop)

    def __post_init__(self) -> None:
        check_limits(self)

    def passband(self, *, wavelength_nm: float) -> Passband:
        """Passband of the filter; DomainError when it misses the signal [nm] or that is not 500 to 1600 nm."""
        within("wavelength_nm", wavelength_nm, *WAVELENGTH_RANGE_NM)
        centre_nm = wavelength_nm if self.filter_centre_nm is None else self.filter_centre_nm
        band = Passband(centre_nm=centre_nm, width_nm=self.filter_nm)
        band.require(wavelength_nm=wavelength_nm)
        return band
