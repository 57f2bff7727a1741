"""Expected counts of a pass for any setting of the source, many settings and many windows at once.

A pass is arrays over its seconds. What a setting changes (intensities, probabilities, bases) is pulled out of the sum
over the seconds: the sum of 1 - exp(-eta k) is a smooth function of the intensity k alone, so it is tabulated once as a
short Chebyshev series and costs nothing afterwards, however long the pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.checks import FloatArray, freeze, within
from passplan.errors import DomainError
from passplan.qkd.block import Blocks
from passplan.qkd.counts import LARGEST_INTENSITY, BasisCounts, Counts, setting_faults

_FEW, _MANY = 14, 40  # terms of the series: below 1e-14 for eta k up to 1, and up to 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Channel:
    """What a pass offers in each of n seconds; basis 0 is the key basis, basis 1 the test basis.

    transmittance : of the whole way, detectors included [1], shape (n,), in [0, 1]
    background : clicks of a pulse without light, given the basis, its detectors together [1], () or (n,) or (2, n), in
        [0, 1/2]
    optical_error : share of wrong clicks among those of the light [1], () or (n,) or (2, n), in [0, 1/2]
    clock_hz : pulses sent [1/s], > 0
    dwell_s : length of each interval [s], > 0
    afterpulse : clicks that follow a click without light, half of them wrong [1], in [0, 1)
    """

    transmittance: FloatArray
    background: FloatArray
    optical_error: FloatArray
    clock_hz: float
    dwell_s: float = 1.0
    afterpulse: float = 0.0

    def __post_init__(self) -> None:
        light = np.array(self.transmittance, dtype=float)
        if light.ndim != 1 or not light.size:
            raise DomainError(f"Channel.transmittance has shape {light.shape}, must be (n,), one entry a second")
        within("Channel.transmittance", light, 0.0, 1.0)
        within("Channel.clock_hz", self.clock_hz, 0.0, np.inf, ends="()")
        within("Channel.dwell_s", self.dwell_s, 0.0, np.inf, ends="()")
        within("Channel.afterpulse", self.afterpulse, 0.0, 1.0, ends="[)")
        object.__setattr__(self, "transmittance", light)
        for name in ("background", "optical_error"):
            given = np.asarray(getattr(self, name), dtype=float)
            within(f"Channel.{name}", given, 0.0, 0.5)
            if given.shape not in ((), light.shape, (2, light.size)):
                raise DomainError(
                    f"Channel.{name} has shape {given.shape}, must be (), ({light.size},) or (2, {light.size})"
                )
            object.__setattr__(self, name, np.array(np.broadcast_to(given, (2, light.size))))
        freeze(self.transmittance, self.background, self.optical_error)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSetting:
    """What the optimiser turns.

    intensities : mean photons of a pulse [1], two or three, strictly falling, in [0, 10]
    probabilities : share of pulses sent at each [1], in (0, 1), together 1
    alice_key_probability, bob_key_probability : share of pulses that Alice prepares, and Bob measures, in the key
        basis [1], in (0, 1)
    """

    intensities: tuple[float, ...]
    probabilities: tuple[float, ...]
    alice_key_probability: float
    bob_key_probability: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "intensities", tuple(float(k) for k in self.intensities))
        object.__setattr__(self, "probabilities", tuple(float(p) for p in self.probabilities))
        faults = setting_faults(self.intensities, self.probabilities)
        if faults:
            raise DomainError("; ".join(faults))
        within("SourceSetting.alice_key_probability", self.alice_key_probability, 0.0, 1.0, ends="()")
        within("SourceSetting.bob_key_probability", self.bob_key_probability, 0.0, 1.0, ends="()")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Response:
    """Pulses that click, as a function of the intensity; for one window or, with leading axes, for many.

    series : Chebyshev coefficients of (pulses that click by light) / intensity, shape (..., 4, D); rows are clicks in
        the key basis, clicks in the test basis, errors in the key basis, errors in the test basis, all pulses in it
    background : the same four sums without light [pulses], shape (..., 4)
    largest_intensity : end of the range of the series [mean photons]
    """

    series: FloatArray
    background: FloatArray
    largest_intensity: float

    def __getitem__(self, index: Any) -> "Response":
        """The windows at an index of the leading axes [pulses]."""
        return replace(self, series=self.series[index], background=self.background[index])


def response_of(channel: Channel, *, mask: ArrayLike | None = None, largest_intensity: float = 1.0) -> Response:
    """Response of the seconds of one window.

    Parameters
    ----------
    channel : Channel
        The pass, n seconds.
    mask : array_like of bool, shape (n,), optional
        True in the seconds that make key; all of them by default.
    largest_intensity : float
        Largest intensity to be asked for [mean photons], in (0, 10].

    Returns
    -------
    Response
        Without leading axes.

    Raises
    ------
    DomainError
        If the mask is not boolean of shape (n,) or the intensity lies outside its range.

    Notes
    -----
    A pulse of intensity k clicks with 1 - (1 - Y0) exp(-eta k) and is wrong with Y0 / 2 + e_d (1 - exp(-eta k)); a
    share p of the clicks is followed by an afterpulse, wrong in one case of two. Dead time is not in it. The series
    differs from the sum by less than 1e-12 of it.
    """
    chosen = np.ones(channel.transmittance.size, dtype=bool) if mask is None else np.asarray(mask)
    if chosen.dtype != np.bool_ or chosen.shape != channel.transmittance.shape:
        raise DomainError(
            f"mask is {chosen.dtype} of shape {chosen.shape}, must be bool of {channel.transmittance.shape}"
        )
    light, dark = _sums_by_second(channel, largest_intensity)
    return _as_series(light[chosen].sum(axis=0), dark[chosen].sum(axis=0), largest_intensity)


def growing_responses(
    channel: Channel, *, order: NDArray[np.int64], sizes: ArrayLike, largest_intensity: float = 1.0
) -> Response:
    """Responses of windows that take the first seconds of an order.

    Parameters
    ----------
    channel : Channel
        The pass, n seconds.
    order : ndarray of int, shape (n,)
        Numbers of the seconds, the best first.
    sizes : array_like of int, shape (W,)
        How many seconds each window takes, in [1, n].
    largest_intensity : float
        As for ``response_of`` [mean photons].

    Returns
    -------
    Response
        With one leading axis, shape (W,).

    Raises
    ------
    DomainError
        If a size lies outside [1, n] or the intensity outside its range.
    """
    last = np.asarray(sizes, dtype=int) - 1
    within("sizes", last + 1, 1, channel.transmittance.size)
    light, dark = _sums_by_second(channel, largest_intensity)
    return _as_series(np.cumsum(light[order], axis=0)[last], np.cumsum(dark[order], axis=0)[last], largest_intensity)


def stacked(responses: Sequence[Response]) -> Response:
    """Responses [pulses] of one shape and one range side by side, with a new first axis.

    Raises
    ------
    DomainError
        If their ranges differ.
    """
    tops = {response.largest_intensity for response in responses}
    if len(tops) != 1:
        raise DomainError(f"largest_intensity is {', '.join(f'{k:g}' for k in sorted(tops))} mean photons, must be one")
    terms = max(response.series.shape[-1] for response in responses)

    def longer(series: FloatArray) -> FloatArray:
        return np.concatenate([series, np.zeros((*series.shape[:-1], terms - series.shape[-1]))], axis=-1)

    return Response(
        series=np.stack([longer(response.series) for response in responses]),
        background=np.stack([response.background for response in responses]),
        largest_intensity=tops.pop(),
    )


def expected_blocks(
    response: Response,
    *,
    intensities: FloatArray,
    probabilities: FloatArray,
    alice_key_probability: ArrayLike,
    bob_key_probability: ArrayLike,
) -> Blocks:
    """Mean counts of blocks, one for each setting.

    Parameters
    ----------
    response : Response
        Leading axes broadcast with those of the settings.
    intensities, probabilities : ndarray, shape (..., K)
        Mean photons of a pulse [1] and shares of pulses [1], the largest intensity first.
    alice_key_probability, bob_key_probability : array_like, shape (...)
        Share of pulses prepared and measured in the key basis [1].

    Returns
    -------
    Blocks
        Expected clicks and errors [counts]; they need not be whole.

    Raises
    ------
    DomainError
        If an intensity lies outside the range of the response.
    """
    top = response.largest_intensity
    within("intensities", intensities, 0.0, top)
    angle = np.arccos(np.clip(2.0 / top * intensities - 1.0, -1.0, 1.0))
    waves = np.cos(angle[..., None] * np.arange(response.series.shape[-1]))
    light = np.matmul(waves, np.swapaxes(response.series, -1, -2))
    pulses = intensities[..., None] * light + response.background[..., None, :]
    alice, bob = np.asarray(alice_key_probability), np.asarray(bob_key_probability)
    key = (alice * bob)[..., None] * probabilities
    test = ((1.0 - alice) * (1.0 - bob))[..., None] * probabilities
    shape = np.broadcast_shapes(key.shape, pulses.shape[:-1])
    return Blocks(
        intensities=np.broadcast_to(intensities, shape),
        probabilities=np.broadcast_to(probabilities, shape),
        key_clicks=key * pulses[..., 0],
        test_clicks=test * pulses[..., 1],
        key_errors=key * pulses[..., 2],
        test_errors=test * pulses[..., 3],
    )


def expected_counts(response: Response, *, source: SourceSetting) -> Counts:
    """Mean counts of one block for one setting of the source [counts].

    Raises
    ------
    DomainError
        If an intensity lies outside the range of the response.
    """
    return counts_of_block(
        expected_blocks(
            response,
            intensities=np.array(source.intensities),
            probabilities=np.array(source.probabilities),
            alice_key_probability=source.alice_key_probability,
            bob_key_probability=source.bob_key_probability,
        )
    )


def counts_of_block(block: Blocks) -> Counts:
    """One block of arrays of shape (K,) as the record that proofs take [counts].

    Raises
    ------
    DomainError
        If the block has leading axes or holds no valid counts.
    """
    if block.intensities.ndim != 1:
        raise DomainError(f"block has shape {block.intensities.shape}, must be (K,): one block")

    def basis(clicks: FloatArray, errors: FloatArray) -> BasisCounts:
        return BasisCounts(clicks=tuple(clicks.tolist()), errors=tuple(np.minimum(errors, clicks).tolist()))

    return Counts(
        intensities=tuple(block.intensities.tolist()),
        probabilities=tuple(block.probabilities.tolist()),
        key_basis=basis(block.key_clicks, block.key_errors),
        test_basis=basis(block.test_clicks, block.test_errors),
    )


def _sums_by_second(channel: Channel, top: float) -> tuple[FloatArray, FloatArray]:
    """Light at the nodes over the intensity, shape (n, 4, D), and background, shape (n, 4), both in pulses."""
    within("largest_intensity", top, 0.0, LARGEST_INTENSITY, ends="(]")
    terms = _FEW if float(channel.transmittance.max()) * top <= 1.0 else _MANY
    nodes = 0.5 * top * (1.0 + np.cos(np.pi * (np.arange(terms) + 0.5) / terms))
    seen = -np.expm1(-channel.transmittance[:, None] * nodes) / nodes
    pulses = channel.clock_hz * channel.dwell_s
    clicks = (1.0 - channel.background.T)[..., None] * seen[:, None]
    errors = channel.optical_error.T[..., None] * seen[:, None] + 0.5 * channel.afterpulse * clicks
    light = pulses * np.concatenate([(1.0 + channel.afterpulse) * clicks, errors], axis=1)
    share = np.repeat([1.0 + channel.afterpulse, 0.5 * (1.0 + channel.afterpulse)], 2)
    dark = pulses * share * np.concatenate([channel.background, channel.background]).T
    return light, dark


def _as_series(at_nodes: FloatArray, dark: FloatArray, top: float) -> Response:
    """Chebyshev coefficients of values at the nodes along the last axis."""
    terms = at_nodes.shape[-1]
    waves = np.cos(np.pi * np.outer(np.arange(terms) + 0.5, np.arange(terms)) / terms)
    series = 2.0 / terms * (at_nodes @ waves)
    series[..., 0] *= 0.5
    return Response(series=series, background=dark, largest_intensity=top)
