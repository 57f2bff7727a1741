"""Records of a terminal: what points, acquires and tracks at one end of the link."""

from dataclasses import dataclass, field
from math import ceil, inf
from typing import Annotated

from annotated_types import Interval

from passplan.apt.gimbal import Gimbal
from passplan.apt.laws import Integrator, Law
from passplan.apt.mount import Mount
from passplan.apt.scan import Scan
from passplan.apt.sensor import Camera
from passplan.apt.steering import FastMirror
from passplan.checks import Fraction, NonNegative, Positive, check_limits, within

Count = Annotated[int, Interval(ge=1)]
Vector = tuple[float, float]

LONGEST_STEP_S = 1e-4  # of the simulation: 10 kHz
SHORTEST_STEP_S = 1e-6  # a pass of 417 s is then 4e8 steps, minutes of work
MOST_FRAMES_HZ = 1e5  # 4e7 readings of such a pass, 0.3 GB


@dataclass(frozen=True, slots=True, kw_only=True)
class CoarseStage:
    """Coarse camera and gimbal.

    camera : the coarse camera, which sees what the gimbal leaves
    gimbal : its actuator
    law : from a reading of the camera to an angle of the gimbal
    search : way in which the beacon is looked for until the camera sees it
    confirm_frames : frames in succession that must show the beacon before the loop closes [1], >= 1
    lost_frames : frames in succession without it after which the search starts again [1], >= 1
    carries_rate : true when the gimbal carries the predicted rate of the line of sight (a telescope mount), which
        then counts against its limits; false when the body does (a satellite that points at the station)
    mount : ranges and habits of an azimuth-elevation mount; without, both axes lie across the line of sight
    offloads : true when, in fine lock, the law takes out the angle of the fast mirror instead of the camera's
    """

    camera: Camera
    gimbal: Gimbal = field(default_factory=Gimbal)
    law: Law = field(default_factory=lambda: Integrator(gain=0.1))
    search: Scan = field(default_factory=Scan)
    confirm_frames: Count = 5
    lost_frames: Count = 5
    carries_rate: bool = False
    mount: Mount | None = None
    offloads: bool = False

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class FineStage:
    """Fine camera and fast steering mirror, behind the gimbal.

    camera : the fine camera, which sees what gimbal and mirror leave
    mirror : its actuator
    law : from a reading of the camera to an angle of the mirror
    dwell_frames : frames in succession that must hold the spot before the loop closes [1], >= 1
    coast_s : time without the spot after which the mirror is centred and the lock given up [s], >= 0
    """

    camera: Camera
    mirror: FastMirror = field(default_factory=FastMirror)
    law: Law = field(default_factory=lambda: Integrator(gain=0.25))
    dwell_frames: Count = 20
    coast_s: NonNegative = 0.5

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Pointing, acquisition and tracking of one end of the link. Angles are on the sky.

    coarse, fine : the two stages
    aperture_m : clear diameter of the telescope that receives the beacon [m], > 0
    attitude_error_deg : error of open-loop pointing (attitude or mount model), 1 sigma per axis [deg], >= 0
    orbit_error_m : error of the predicted position across the line of sight, 1 sigma per axis [m], >= 0
    feed_forward_scale_error : share of the predicted rate that is not fed forward [1]; 1 for no feed-forward
    time_tag_error_s : the prediction comes late by this [s]
    refraction_error : share of the refraction that the mount model does not know [1]; a terminal in the air only
    boresight_urad : beam axis beside that of the fine camera, x and y [urad]
    point_ahead_update_s : time between updates of the fine set-point that makes the point-ahead [s], > 0
    point_ahead_error_urad : calibration error of that set-point, x and y [urad]
    stow_s : time from the start of the grid at which the terminal leaves its stow position [s], >= 0
    stow_deg : way from there to the predicted direction [deg], >= 0
    """

    coarse: CoarseStage
    fine: FineStage
    aperture_m: Positive
    attitude_error_deg: NonNegative = 0.0
    orbit_error_m: NonNegative = 0.0
    feed_forward_scale_error: Annotated[float, Interval(ge=-1.0, le=1.0)] = 0.0
    time_tag_error_s: Annotated[float, Interval(ge=-10.0, le=10.0)] = 0.0
    refraction_error: Fraction = 0.0
    boresight_urad: Vector = (0.0, 0.0)
    point_ahead_update_s: Positive = 1.0
    point_ahead_error_urad: Vector = (0.0, 0.0)
    stow_s: NonNegative = 0.0
    stow_deg: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_limits(self)
        for name in ("boresight_urad", "point_ahead_error_urad"):
            within(f"Terminal.{name}", getattr(self, name), -inf, inf, ends="()")
        for name, stage in (("coarse", self.coarse), ("fine", self.fine)):
            within(f"Terminal.{name}.camera.frame_rate_hz", stage.camera.frame_rate_hz, 0.0, MOST_FRAMES_HZ, ends="(]")
        fastest_hz = 0.5 / SHORTEST_STEP_S
        within("Terminal.fine.mirror.resonance_hz", self.fine.mirror.resonance_hz, 0.0, fastest_hz, ends="(]")

    @property
    def steps_per_frame(self) -> int:
        """Steps of the simulation in a frame of the fine camera [1].

        A step is at most 0.1 ms, and at most half a period of the mirror, whose motion within an exposure is averaged.
        """
        longest_s = min(LONGEST_STEP_S, 0.5 / self.fine.mirror.resonance_hz)
        return ceil(self.fine.camera.frame_s / longest_s - 1e-9)

    @property
    def step_s(self) -> float:
        """Step of the simulation, a whole part of the fine camera's frame [s]."""
        return 1.0 / (self.fine.camera.frame_rate_hz * self.steps_per_frame)
