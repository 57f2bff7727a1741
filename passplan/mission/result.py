"""What one simulated pass leaves behind: the stages' records on one grid of seconds, and nothing computed again."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from passplan.apt.residual import TerminalTrack
from passplan.channel.background import Background
from passplan.channel.budget import LossBudget
from passplan.checks import FloatArray
from passplan.detection.rates import Clicks
from passplan.mission.payload import GroundSite, Payload
from passplan.mission.selection import Selection
from passplan.orbit.light import LightConditions
from passplan.orbit.passes import Pass
from passplan.orbit.track import Track
from passplan.polarization.compensation import Compensation
from passplan.polarization.error_balance import ErrorBalance
from passplan.polarization.error_rate import contrast, error_probability
from passplan.qkd.counts import Counts
from passplan.qkd.engine import KeyWindow
from passplan.qkd.key_record import KeyLength

CATALOGUE, OLYMPUS = "catalogue", "olympus"  # names of spectra; anything else is a file


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a user may set for one run; None leaves the catalogue's value.

    disturbance   : vibration of the satellite: 'catalogue', 'olympus' or a CSV file
    visibility_km : visibility reduced to sea level [km]
    max_range_km  : key window [km]
    proof         : proof whose length stands as ``secret_bits``
    clouds_s      : times in which clouds hide both beacons, (start, stop) from the first second of the pass [s]
    """

    disturbance: str | None = None
    visibility_km: float | None = None
    max_range_km: float | None = None
    proof: str | None = None
    clouds_s: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolarizationTrack:
    """Polarization along the pass, arrays on the grid of seconds; states in the order H, V, D, A.

    compensation      : the plates, and what they leave
    balance           : errors of the four states, intrinsic error included, and their causes
    unknown_sigma_deg : standard deviation [deg] of the polarization angle that the command does not know
    compensated       : are the plates driven?
    """

    compensation: Compensation
    balance: ErrorBalance
    unknown_sigma_deg: FloatArray
    compensated: bool

    @property
    def rotation_deg(self) -> FloatArray:
        """Receiver frame against transmitter frame [deg], unwrapped."""
        return self.compensation.rotation_deg

    @property
    def contrast_uncompensated(self) -> FloatArray:
        """Contrast ratio [1] of the mean error of the four states with still plates."""
        return contrast(self.balance.still.mean(axis=0))

    @property
    def contrast_compensated(self) -> FloatArray:
        """Contrast ratio [1] of the mean error of the four states with driven plates."""
        return contrast(self.balance.driven.mean(axis=0))

    @property
    def contrast_geometry(self) -> FloatArray:
        """Contrast ratio [1] of the uncompensated rotation alone."""
        return contrast(error_probability(delta_deg=self.rotation_deg))

    @property
    def error(self) -> FloatArray:
        """Probability of the wrong port [1] that the counts see, bases H/V and D/A, shape (2, n)."""
        return self.balance.bases(compensated=self.compensated)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassPath:
    """What is known of a pass before its terminals are tracked.

    options           : what was set for this run and differs from the catalogue
    window            : the seconds in which key is made, and the rule that chose them
    """

    selection: Selection
    seed: int
    options: RunOptions
    track: Track
    light: LightConditions
    polarization: PolarizationTrack
    window: KeyWindow

    @property
    def pass_(self) -> Pass:
        """The pass that was simulated."""
        return self.selection.pass_

    @property
    def payload(self) -> Payload:
        """The satellite's file."""
        return self.selection.payload

    @property
    def site(self) -> GroundSite:
        """The station's file, with what is known of that night."""
        return self.selection.site

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that was read for this result."""
        spectrum = self.options.disturbance
        own = () if spectrum in (None, CATALOGUE, OLYMPUS) else (Path(str(spectrum)),)
        return (*self.selection.files, *own)

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Seconds of the key window."""
        return self.window.mask


@dataclass(frozen=True, slots=True, kw_only=True)
class PassResult(PassPath):
    """One pass from track to key.

    satellite, ground : the two terminals' pointing
    background        : raw counts by cause, all detectors, before the gate
    counts            : clicks and errors summed over the key window
    keys              : key length by proof id
    """

    satellite: TerminalTrack
    ground: TerminalTrack
    budget: LossBudget
    background: Background
    clicks: Clicks
    counts: Counts
    keys: dict[str, KeyLength]

    @property
    def sky_cps(self) -> FloatArray:
        """Raw counts [1/s] of the sky, all detectors, before the gate."""
        return self.background.sky_cps

    @property
    def background_cps(self) -> FloatArray:
        """Raw counts [1/s] of all causes, all detectors, before the gate."""
        return self.background.total_cps

    @property
    def sifted_bits(self) -> FloatArray:
        """Sifted bits of each second: signal intensity, matched basis, both bases."""
        return self.clicks.sifted

    @property
    def sifted_errors(self) -> FloatArray:
        """Errors among the sifted bits of each second."""
        return self.clicks.sifted_errors
