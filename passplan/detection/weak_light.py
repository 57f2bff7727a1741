"""What a passive receiver makes of weak light: the share of it that is seen, the noise and the errors, per pulse.

The model of `rates` with its second orders left out (double clicks, fading within a second), in which the expected
counts of any other setting of the source can be planned.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, freeze, within
from passplan.detection.acceptance import pulse_acceptance
from passplan.detection.detector import Detectors, afterpulse_cps, live_fraction
from passplan.detection.saturation import paralysable_live_fraction
from passplan.detection.source import Source
from passplan.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeakLight:
    """A receiver in each of n seconds; row 0 is the key basis, row 1 the test basis.

    transmittance : from the transmitter's output to a click, gate and live time included [1], shape (n,)
    background : clicks of a pulse without light, given the basis that receives it, both detectors [1], shape (2, n)
    optical_error : share of wrong ones among the clicks of the light [1], shape (2, n)
    """

    transmittance: FloatArray
    background: FloatArray
    optical_error: FloatArray

    def __post_init__(self) -> None:
        freeze(self.transmittance, self.background, self.optical_error)


def weak_light(
    source: Source,
    detectors: Detectors,
    *,
    transmittance: ArrayLike,
    background_cps: ArrayLike,
    error_polarization: ArrayLike,
) -> WeakLight:
    """Share of light, noise and errors of a passive receiver.

    Parameters
    ----------
    source : Source
        Its clock and mean intensity make the rate that dead time and afterpulses follow.
    detectors : Detectors
        Passive four-detector receiver.
    transmittance : array_like, shape (n,)
        From the transmitter's output to in front of the detectors [1], in [0, 1].
    background_cps : array_like, shape (n,) or ()
        Background and dark counts of all detectors together, before the gate [1/s], >= 0.
    error_polarization : array_like, shape (n,), (2, n) or ()
        Probability of the wrong port from the polarization [1], in [0, 1].

    Returns
    -------
    WeakLight
        The receiver as it is at the rates of this source.

    Raises
    ------
    DomainError
        If an input lies outside its range, all light goes to one basis, the gates overlap, or the detectors name a
        table of efficiency that has not been read.

    Notes
    -----
    The splitter sends a share q of the light to the key basis, while its two detectors make noise whatever q is: given
    that basis, noise counts 1 / q times. Against `expected_clicks` what is missing is of second order in the detected
    photons of a pulse (double clicks, the concave gain under fading), some 1e-4 of the counts on a satellite link.
    """
    arriving = np.atleast_1d(np.asarray(transmittance, dtype=float))
    noise_cps = np.broadcast_to(np.asarray(background_cps, dtype=float), arriving.shape)
    polarization = np.broadcast_to(np.asarray(error_polarization, dtype=float), (2, *arriving.shape))
    within("transmittance", arriving, 0.0, 1.0)
    within("background_cps", noise_cps, 0.0, np.inf, ends="[)")
    within("error_polarization", polarization, 0.0, 1.0)
    within("Detectors.basis_split", detectors.basis_split, 0.0, 1.0, ends="()")
    if detectors.efficiency_table is not None:
        raise DomainError(
            f"Detectors.efficiency_table is {detectors.efficiency_table!r}, must be read first (efficiency.with_table)"
        )
    detected = detectors.efficiency * np.multiply.outer(np.asarray(source.intensities), arriving)
    raw_cps = source.clock_hz * (np.asarray(source.probabilities) @ -np.expm1(-detected)) + noise_cps
    after_cps = afterpulse_cps(rate_cps=raw_cps, afterpulse_probability=detectors.afterpulse_probability)
    live_of = paralysable_live_fraction if detectors.paralysable else live_fraction
    live = live_of(rate_cps=(raw_cps + after_cps) / detectors.count, dead_time_ns=detectors.dead_time_ns)
    gate_s = detectors.gate_ns * 1e-9  # ns to s
    noise = live * -np.expm1(-(noise_cps + after_cps) / detectors.count * gate_s)
    split = np.array([[detectors.basis_split], [1.0 - detectors.basis_split]])
    preparation = source.preparation_error
    return WeakLight(
        transmittance=live * detectors.efficiency * pulse_acceptance(source, detectors) * arriving,
        background=2.0 * noise / split,
        optical_error=polarization + preparation - 2.0 * polarization * preparation,
    )
