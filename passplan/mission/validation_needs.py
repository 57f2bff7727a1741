"""What would have to be otherwise in a pass, one thing at a time, for its error rate to be the printed one."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log

from passplan.checks import within
from passplan.mission.rerun import base_of, rerun
from passplan.mission.result import PassResult
from passplan.units import to_transmittance

_DIMMEST, _BRIGHTEST = 1e-3, 1e3  # moonlight, against the law [1]
_MOST_LOSS_DB = 30.0
_MOST_ERROR = 0.49
_MOON, _LOBE, _PREPARED = "sky.moonlight_factor", "transmitter.main_lobe_efficiency", "source.preparation_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Changes that would each alone make an error rate; None where none within reason does.

    qber : the error rate that is asked for [1]
    moonlight_times : times the moonlight of the file [1], from a thousandth to a thousand; None without a Moon
    further_loss_db : loss of the signal alone, background as it is, beside that of the pass [dB], up to 30
    preparation_error, preparation_now : error of the source and its alignment [1], needed and as the file has it
    """

    qber: float
    moonlight_times: float | None
    further_loss_db: float | None
    preparation_error: float | None
    preparation_now: float


def needs_of(result: PassResult, qber: float) -> Needs:
    """Find what would make the error rate of a pass that has been simulated.

    Parameters
    ----------
    result : PassResult
        The pass; its tracking stands.
    qber : float
        Error rate of the sifted bits of the key window [1], in (0, 1/2).

    Raises
    ------
    DomainError
        If the error rate lies outside its limits, or no second is in the key window.
    """
    within("qber", qber, 0.0, 0.5, ends="()")
    base = base_of(result)
    lobe = result.payload.transmitter.main_lobe_efficiency
    moon = result.site.sky.moonlight_factor
    prepared = result.payload.source.preparation_error

    def excess(key: str, value: float) -> float:
        """Error rate with one input at a value, less the one asked for; without a bit it is 1/2."""
        clicks = rerun(base, {key: value}).clicks
        bits = float(clicks.sifted.sum())
        return (float(clicks.sifted_errors.sum()) / bits if bits > 0.0 else 0.5) - qber

    times = _root(lambda x: excess(_MOON, exp(x) * moon), log(_DIMMEST), log(_BRIGHTEST))
    return Needs(
        qber=qber,
        moonlight_times=None if times is None else exp(times),
        further_loss_db=_root(lambda x: excess(_LOBE, lobe * float(to_transmittance(x))), 0.0, _MOST_LOSS_DB),
        preparation_error=_root(lambda x: excess(_PREPARED, x), 0.0, _MOST_ERROR),
        preparation_now=prepared,
    )


def _root(excess: Callable[[float], float], low: float, high: float) -> float | None:
    """Where a rising excess is nought, to a ten-thousandth; None if not between the ends."""
    from scipy.optimize import brentq

    if excess(low) >= 0.0 or excess(high) <= 0.0:
        return None
    return float(brentq(excess, low, high, xtol=1e-4, rtol=1e-4))
