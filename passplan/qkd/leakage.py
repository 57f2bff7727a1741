"""What error correction tells an eavesdropper: measured, or planned from the entropy of the errors."""

from passplan.checks import within
from passplan.errors import DomainError
from passplan.qkd.settings import KeySettings
from passplan.qkd.statistics import binary_entropy


def error_entropy_bits(*, clicks: float, errors: float) -> float:
    """Entropy n h(m / n) [bit] of m errors among n clicks [1]; 0 without clicks.

    Raises
    ------
    DomainError
        If clicks are negative or errors do not lie in [0, clicks].

    Notes
    -----
    The Shannon limit of one-way error correction of a long block.
    """
    within("clicks", clicks, 0.0, float("inf"), ends="[)")
    within("errors", errors, 0.0, clicks)
    return clicks * float(binary_entropy(errors / clicks)) if clicks > 0.0 else 0.0


def leak_bits(*, entropy_bits: float, settings: KeySettings) -> float:
    """Bits told in error correction [bit]: those measured if given, else f times the entropy of the errors [bit]."""
    if settings.error_correction_leak_bits is not None:
        return float(settings.error_correction_leak_bits)
    return settings.error_correction_efficiency * entropy_bits


def leak_efficiency(*, leak: float, entropy_bits: float) -> float | None:
    """Bits told over the entropy of the errors, f [1]; None where there is no entropy to tell.

    Raises
    ------
    DomainError
        If the leak [bit] is negative.
    """
    if leak < 0.0:
        raise DomainError(f"leak is {leak:g} bit, must be >= 0")
    return leak / entropy_bits if entropy_bits > 0.0 else None
