"""Error of the four states along the pass by cause, and with and without compensation.

Causes add in the order of the light and of what can be known: what the optics leave when every plate stands right, what
the motors add, what the command does not know, and the intrinsic error that no model here explains. Each is the growth
of the mean error of the four states when it is added to those before it, so that they sum to the whole.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, freeze
from passplan.polarization.analyser import basis_errors
from passplan.polarization.angle_knowledge import expected_error
from passplan.polarization.compensation import Compensation
from passplan.polarization.error_rate import combined_error, error_of_contrast
from passplan.polarization.receiver import PolarizationReceiver

CAUSES = ("optics", "motor", "knowledge", "intrinsic")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ErrorBalance:
    """Probabilities of the wrong port along a pass [1]; n samples, states in the order H, V, D, A.

    still    : with the plates at their zero, shape (4, n)
    driven   : with the plates driven, shape (4, n)
    by_cause : mean over the four states of what each of `CAUSES` adds with the plates driven, each of shape (n,)
    """

    still: FloatArray
    driven: FloatArray
    by_cause: dict[str, FloatArray]

    def __post_init__(self) -> None:
        """Mark the arrays read-only."""
        freeze(self.still, self.driven, *self.by_cause.values())

    def bases(self, *, compensated: bool) -> FloatArray:
        """Error of both bases, H/V and D/A, mean of their two states, shape (2, n) [1]."""
        return basis_errors(self.driven if compensated else self.still)


def error_balance(
    receiver: PolarizationReceiver, compensation: Compensation, *, unknown_sigma_deg: ArrayLike = 0.0
) -> ErrorBalance:
    """Errors of a pass from what the plates did.

    Parameters
    ----------
    receiver : PolarizationReceiver
        Its intrinsic contrast is the last of the causes.
    compensation : Compensation
        The plates along the pass.
    unknown_sigma_deg : array_like, shape (n,) or ()
        Standard deviation [deg] of the polarization angle that the command does not know.

    Returns
    -------
    ErrorBalance
        Each cause flips a photon's port independently of the others (`combined_error`).
    """
    intrinsic = error_of_contrast(receiver.intrinsic_contrast)
    unknown = expected_error(unknown_sigma_deg)
    informed = combined_error(compensation.error_driven, unknown)
    driven = combined_error(informed, intrinsic)
    steps = [np.mean(each, axis=0) for each in (compensation.error_exact, compensation.error_driven, informed, driven)]
    return ErrorBalance(
        still=combined_error(compensation.error_still, intrinsic),
        driven=driven,
        by_cause=dict(zip(CAUSES, np.diff(steps, axis=0, prepend=0.0), strict=True)),
    )
