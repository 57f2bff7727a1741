"""Polarization side of a ground receiver: its mirrors, plates, motor, analyser, and what corrects the command."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from annotated_types import Interval

from passplan.checks import Finite, Fraction, check_limits, within
from passplan.errors import DomainError
from passplan.polarization.analyser import Analyser
from passplan.polarization.coatings import Coating, Ideal, MeasuredCoating, reflection_amplitudes
from passplan.polarization.feedback import Feedback
from passplan.polarization.mirrors import Mirror, rays_of
from passplan.polarization.mount_frames import Frame, Mount
from passplan.polarization.plate_motor import WavePlateMotor
from passplan.polarization.train import MirrorTrain, preset_train
from passplan.polarization.waveplates import BRANCH_DEG

ReceiverFrame = Literal["tube", "nasmyth", "coude-sum", "coude-difference", "own"]
Plates = Literal["half-wave", "quarter-half-quarter"]

PLATE_NAMES: dict[str, tuple[str, ...]] = {
    "half-wave": ("hwp",),
    "quarter-half-quarter": ("qwp_first", "hwp", "qwp_second"),
}

_ANY_NM = 850.0  # the table of a coating holds at the wavelength in use, whatever that is
PERIOD_DEG = {
    "hwp": BRANCH_DEG,
    "qwp_first": 2.0 * BRANCH_DEG,
    "qwp_second": 2.0 * BRANCH_DEG,
}  # turns that act as none


@dataclass(frozen=True, slots=True, kw_only=True)
class PolarizationReceiver:
    """Polarization side of a receiver.

    frame              : where the analyser stands, with the mirrors on the way; "own" when ``mirror`` lists them
    mount              : altazimuth or equatorial
    coating            : of the mirrors that ``frame`` stands for
    mirror             : the mirrors behind the telescope in the order of the light, for ``frame = "own"``
    bench              : part of the mount that holds the analyser; by default the one nearest to the ground
    analyser_deg       : angle of the analyser's H against the image of the tube's H at azimuth and elevation zero [deg]
    stress_map         : CSV file of a retardance over azimuth and elevation beside the station's file (`stress`)
    depolarized        : share of the light that the optics depolarize [1]
    intrinsic_contrast : contrast ratio [1] at perfect rotation of what is not modelled here, source included, > 1
    plates             : the plates that are turned: one half-wave plate, or quarter, half, quarter
    plate_retardance_error_deg : departure of each plate's retardance from its nominal one [deg], in the order of the
        light; empty for none
    plate_bias_deg     : misalignment of each plate besides that of the motor [deg], in the order of the light; the
        command does not know it; empty for none
    motor              : drives each of the plates
    feedback           : what corrects the command that follows from the element set; None for nothing
    analyser           : beam splitter and polarizing beam splitters
    compensated        : are the plates driven?
    """

    frame: ReceiverFrame
    mount: Mount = "altazimuth"
    coating: Coating = field(default_factory=Ideal)
    mirror: tuple[Mirror, ...] = ()
    bench: Frame | None = None
    analyser_deg: Finite = 0.0
    stress_map: str | None = None
    depolarized: Fraction = 0.0
    intrinsic_contrast: Annotated[float, Interval(gt=1.0)]
    plates: Plates = "half-wave"
    plate_retardance_error_deg: tuple[float, ...] = ()
    plate_bias_deg: tuple[float, ...] = ()
    motor: WavePlateMotor
    feedback: Feedback | None = None
    analyser: Analyser = field(default_factory=Analyser)
    compensated: bool = True

    def __post_init__(self) -> None:
        check_limits(self)
        if (self.frame == "own") != bool(self.mirror):
            must = (
                "must list the mirrors" if self.frame == "own" else "must be empty; write frame = 'own' to list mirrors"
            )
            raise DomainError(f"mirror has {len(self.mirror)} entries with frame {self.frame!r}, {must}")
        if self.coating != Ideal() and self.frame in ("tube", "own"):
            raise DomainError(
                f"coating is {self.coating.kind!r}, but frame {self.frame!r} has no mirror of its own: leave it out"
            )
        count = len(PLATE_NAMES[self.plates])
        for name in ("plate_retardance_error_deg", "plate_bias_deg"):
            values = getattr(self, name)
            within(name, values, -180.0, 180.0)
            if len(values) not in (0, count):
                raise DomainError(
                    f"{name} has {len(values)} values, must have {count} for {self.plates!r} [deg], or none"
                )
        for ray in rays_of(self.train.mirrors):  # a train that no mount can hold is refused with the record
            if isinstance(ray.mirror.coating, MeasuredCoating):  # and a table that leaves out the angle of its mirror
                reflection_amplitudes(ray.mirror.coating, incidence_deg=ray.incidence_deg, wavelength_nm=_ANY_NM)

    @property
    def train(self) -> MirrorTrain:
        """Mirrors between tube and plates."""
        mirrors = self.mirror
        if self.frame != "own":
            mirrors = preset_train(self.frame, coating=self.coating).mirrors
        return MirrorTrain(mirrors=mirrors, mount=self.mount, bench=self.bench, analyser_deg=self.analyser_deg)

    @property
    def bias_angle_deg(self) -> float:
        """Angle [deg] by which the motor's bias turns every polarization, where a feedback can see it."""
        return 2.0 * self.motors[0].bias_deg if self.plates == "half-wave" else 0.0

    def without_bias(self) -> "PolarizationReceiver":
        """The same receiver with what a feedback can see of its motor's bias taken away."""
        if self.plates != "half-wave":
            return self
        return replace(self, motor=replace(self.motor, bias_deg=0.0), plate_bias_deg=())

    @property
    def motors(self) -> tuple[WavePlateMotor, ...]:
        """Motor of each plate, with the plate's own bias."""
        biases_deg = self.plate_bias_deg or (0.0,) * len(PLATE_NAMES[self.plates])
        return tuple(replace(self.motor, bias_deg=self.motor.bias_deg + bias_deg) for bias_deg in biases_deg)

    @property
    def retardance_errors_deg(self) -> tuple[float, ...]:
        """Retardance error [deg] of each plate."""
        return self.plate_retardance_error_deg or (0.0,) * len(PLATE_NAMES[self.plates])
