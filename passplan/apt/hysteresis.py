"""Hysteresis of a piezo stage: play operators after Prandtl and Ishlinskii, on angles of any one kind.

A play follows the command with slack: it stands while the command moves inside plus and minus its half-width, and is
dragged at the edge. The stage's angle is a share of the command plus weighted plays. It depends on the turning points
of the command alone, not on its rate; a small loop inside a large one closes and is forgotten.

Source: Krejci and Kuhnen, Inverse control of systems with hysteresis and creep, IEE Proc. Control Theory Appl. 148,
185 (2001), sec. 2.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, freeze, within
from passplan.errors import DomainError

# Half-widths of the plays as shares of the half-stroke; all weigh the same. Up to one half, so that each play is
# dragged to its full width before the middle of the stroke, where the loop is then widest.
HALF_WIDTH_SHARES = (0.125, 0.25, 0.375, 0.5)
# At this width a turning stage would hardly move at first. Stages have 0.10 to 0.15.
WIDEST_LOOP = 0.4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plays:
    """Stage with plays: angle = direct * command + sum of weight * play; tip to tip it moves as the command does.

    direct : share of the command that is followed at once [1]
    half_width_urad : slack of each play to either side [urad], shape (n,)
    weight : weight of each play [1], shape (n,)
    """

    direct: float
    half_width_urad: FloatArray
    weight: FloatArray

    def __post_init__(self) -> None:
        if np.shape(self.half_width_urad) != np.shape(self.weight) or np.ndim(self.weight) != 1:
            shapes = f"{np.shape(self.half_width_urad)} and {np.shape(self.weight)}"
            raise DomainError(f"Plays.half_width_urad and weight have shapes {shapes}, must be (n,) and (n,)")
        within("Plays.direct", self.direct, 0.0, 1.0)
        within("Plays.half_width_urad", self.half_width_urad, 0.0, np.inf, ends="[)")
        within("Plays.weight", self.weight, 0.0, np.inf, ends="[)")
        freeze(self.half_width_urad, self.weight)


def plays_of(*, half_stroke_urad: float, width: float) -> Plays:
    """Plays whose loop over the full stroke is as wide as stated.

    Parameters
    ----------
    half_stroke_urad : float
        Largest command to either side [urad], > 0.
    width : float
        Opening of the loop in the middle of the stroke over the full stroke [1], in [0, 0.4]; 0 has no plays.

    Returns
    -------
    Plays
        The stage reaches the tips: at a command of plus or minus the half-stroke its angle is the command.

    Raises
    ------
    DomainError
        If an input is out of its limits.

    Notes
    -----
    A play of share r stands 2 r high at mid-stroke and reaches 1 - r at the tip. With weights w alike, the width is
    w * sum(r) and the tips ask for direct + w * sum(1 - r) = 1. A loop of strain gauges with the gain k divides the
    width by 1 + k, exactly so, because the excess of the angle over the command is proportional to the width.
    """
    within("half_stroke_urad", half_stroke_urad, 0.0, np.inf, ends="()")
    within("width", width, 0.0, WIDEST_LOOP)
    shares = np.array(HALF_WIDTH_SHARES if width > 0.0 else ())
    weight = np.full(shares.size, width / sum(HALF_WIDTH_SHARES))
    direct = 1.0 - float(weight @ (1.0 - shares))
    return Plays(direct=direct, half_width_urad=half_stroke_urad * shares, weight=weight)


def play_step(plays: Plays, state_urad: ArrayLike, command_urad: float) -> tuple[FloatArray, float]:
    """Plays and angle after the command of one axis has moved on, in whatever time.

    Parameters
    ----------
    plays : Plays
        The stage.
    state_urad : array_like, shape (n,)
        The plays before [urad]; zeros for a stage that was never driven.
    command_urad : float
        Next command [urad].

    Returns
    -------
    state_urad : ndarray, shape (n,)
        The plays after [urad].
    angle_urad : float
        Angle at rest [urad].
    """
    slack = command_urad - np.asarray(state_urad, dtype=float)
    state = command_urad - np.clip(slack, -plays.half_width_urad, plays.half_width_urad)
    return state, float(plays.direct * command_urad + plays.weight @ state)
