"""The transmitting telescope, as a record: by the far field that was measured, or by its aperture."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.channel.aperture_beam import ApertureBeam, aperture_collection, full_width_urad
from passplan.channel.diffraction import COLLECTION
from passplan.checks import FloatArray, NonNegative, Positive, check_limits, one_of
from passplan.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class FarFieldTransmitter:
    """Transmitting telescope and its far-field beam, as it was measured.

    aperture_m : clear diameter [m], > 0
    full_divergence_x_urad, full_divergence_y_urad : FULL angles at 1/e^2 intensity along two axes [urad], each at least
        wavelength/aperture, below which no aperture can form a main lobe
    beam : shape of the far field, "gaussian", "top-hat" or "top-hat-from-aperture", which grows from the aperture's own
        width (see the functions in COLLECTION)
    wavelength_nm : [nm], > 0
    main_lobe_efficiency : share of the emitted power inside the main lobe [1], in (0, 1]; truncation, obscuration and
        aberrations put the rest into side lobes
    """

    kind: Literal["far_field"] = "far_field"
    aperture_m: Positive
    full_divergence_x_urad: Positive
    full_divergence_y_urad: Positive
    beam: Literal["gaussian", "top-hat", "top-hat-from-aperture"]
    wavelength_nm: Positive
    main_lobe_efficiency: Annotated[float, Interval(gt=0.0, le=1.0)] = 1.0

    def __post_init__(self) -> None:
        check_limits(self)
        one_of("FarFieldTransmitter.beam", self.beam, COLLECTION)
        narrowest_urad = self.wavelength_nm / self.aperture_m * 1e-3  # nm/m = 1e-3 urad
        for axis in ("full_divergence_x_urad", "full_divergence_y_urad"):
            if getattr(self, axis) < narrowest_urad:
                raise DomainError(
                    f"FarFieldTransmitter.{axis} is {getattr(self, axis)} urad, must be at least wavelength/aperture = "
                    f"{narrowest_urad:.3g} urad (it is the FULL angle at 1/e^2)"
                )

    @property
    def divergence_x_urad(self) -> float:
        """Half-angle at 1/e^2 intensity along x [urad]."""
        return 0.5 * self.full_divergence_x_urad

    @property
    def divergence_y_urad(self) -> float:
        """Half-angle at 1/e^2 intensity along y [urad]."""
        return 0.5 * self.full_divergence_y_urad


@dataclass(frozen=True, slots=True, kw_only=True)
class ApertureTransmitter:
    """Transmitting telescope by what makes its beam; the far and near field follow by diffraction.

    aperture_m : clear diameter [m], > 0
    waist_m : radius at 1/e^2 intensity of the beam that meets the aperture [m]; inf: uniform
    obscuration : central obscuration, ratio of diameters [1], in [0, 1)
    wavefront_error_rms_nm : rms over the aperture [nm], 0 to a seventh of the wavelength
    wavelength_nm : [nm], > 0
    main_lobe_efficiency : what else is lost of the power that leaves the telescope [1], in (0, 1]; side lobes are not
        to be counted here, diffraction has them
    """

    kind: Literal["aperture"] = "aperture"
    aperture_m: Positive
    waist_m: Annotated[float, Interval(gt=0.0)]
    obscuration: Annotated[float, Interval(ge=0.0, lt=1.0)] = 0.0
    wavefront_error_rms_nm: NonNegative = 0.0
    wavelength_nm: Positive
    main_lobe_efficiency: Annotated[float, Interval(gt=0.0, le=1.0)] = 1.0

    def __post_init__(self) -> None:
        check_limits(self)
        _ = self.launched  # refuses what no beam can have

    @property
    def launched(self) -> ApertureBeam:
        """The beam behind the aperture."""
        return ApertureBeam(
            aperture_m=self.aperture_m,
            waist_m=self.waist_m,
            obscuration=self.obscuration,
            wavefront_error_rms_nm=self.wavefront_error_rms_nm,
            wavelength_nm=self.wavelength_nm,
        )

    @property
    def divergence_x_urad(self) -> float:
        """Half-angle at 1/e^2 intensity of the main lobe [urad]."""
        return 0.5 * full_width_urad(self.launched)

    @property
    def divergence_y_urad(self) -> float:
        """Half-angle at 1/e^2 intensity of the main lobe [urad]: the beam is round."""
        return self.divergence_x_urad


Transmitter = FarFieldTransmitter | ApertureTransmitter


def diffraction_transmittance(
    transmitter: Transmitter, *, range_km: ArrayLike, aperture_m: float, obscuration: float = 0.0
) -> FloatArray:
    """Share of the emitted beam that the receiver collects when the beam is perfectly pointed.

    Parameters
    ----------
    transmitter : Transmitter
        Its beam model and divergence, or its aperture, are used; ``main_lobe_efficiency`` is a term of its own and is
        not included.
    range_km : array_like, shape (...)
        Slant range [km], > 0.
    aperture_m : float
        Clear diameter of the receiver [m], > 0.
    obscuration : float
        Central obscuration of the receiver, ratio of diameters [1], in [0, 1).

    Returns
    -------
    ndarray, shape (...)
        Transmittance [1], in [0, 1], from the power that leaves the telescope to the receiver's aperture.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    if isinstance(transmitter, ApertureTransmitter):
        return aperture_collection(
            transmitter.launched, range_km=range_km, aperture_m=aperture_m, obscuration=obscuration
        )
    launch = {"launch_aperture_m": transmitter.aperture_m} if transmitter.beam == "top-hat-from-aperture" else {}
    return COLLECTION[transmitter.beam](
        range_km=range_km,
        divergence_x_urad=transmitter.divergence_x_urad,
        divergence_y_urad=transmitter.divergence_y_urad,
        aperture_m=aperture_m,
        obscuration=obscuration,
        **launch,
    )
