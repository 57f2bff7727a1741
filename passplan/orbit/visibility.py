"""When a satellite stands above a limit: a coarse grid, its turning points, and roots between them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from passplan.checks import FloatArray
from passplan.orbit.earth import clock
from passplan.orbit.elements import Elements, eccentricity, period_s
from passplan.orbit.station import Station, mask_elevation_deg
from passplan.orbit.topocentric import Look, ground_fixed_states, look

ROOT_TOLERANCE_S = 1e-4
FINE_STEP_S = 1.0
_STEPS_PER_TURN = 180.0  # at the perigee's angular rate: 30 s for a low orbit
_PIECE_SAMPLES = 4096
_KM_PER_DEG = 20.0  # joins clearance in range and in elevation to one function; only its sign matters


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What visible means.

    min_elevation_deg : lowest elevation [deg], above the skyline too
    max_range_km : greatest range [km], None for any
    """

    min_elevation_deg: float
    max_range_km: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Seconds [s] from ``start_s`` to ``end_s``, counted from an aware epoch."""

    epoch_utc: datetime
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A stretch of time in which the satellite is visible; times [s] from the epoch of the span searched.

    culmination_s : highest instant within, at an end when the span cut it
    culminations : number of maxima of elevation within
    """

    rise_s: float
    culmination_s: float
    set_s: float
    rise_azimuth_deg: float
    culmination_azimuth_deg: float
    set_azimuth_deg: float
    max_elevation_deg: float
    min_range_km: float
    is_truncated: bool
    culminations: int


@dataclass(slots=True)
class _Events:
    """What the coarse scan of one station found, in order of time [s]."""

    crossings: list[FloatArray] = field(default_factory=list)
    maxima: list[FloatArray] = field(default_factory=list)
    nearest: list[FloatArray] = field(default_factory=list)
    begins_above: bool | None = None


def openings(elements: Elements, stations: Sequence[Station], span: Span, limits: Limits) -> list[list[Opening]]:
    """Openings of a satellite over each station within a span, in order of time.

    Notes
    -----
    On a coarse grid (30 s for a low orbit) the turning points of elevation are found where the analytic rate changes
    sign, and join the grid; between neighbours elevation is then monotone, so that a pass shorter than the step, or
    a dip below the limit inside a pass, is not lost. Roots are refined to 1e-4 s. Behind an uneven skyline, or with a
    limit of range, each stretch is walked again in steps of 1 s: gaps in the skyline shorter than that may be lost.
    Memory does not grow with the span: it is worked in pieces.
    """
    found = [_Events() for _ in stations]
    for seconds, position_km, velocity_km_s in _pieces(elements, span):
        for station, events in zip(stations, found, strict=True):
            seen = look(station, position_km, velocity_km_s)
            _scan(events, _viewer(elements, station, span), seconds, seen, _floor_deg(station, limits))
    return [
        _assemble(events, _viewer(elements, station, span), station, span, limits)
        for station, events in zip(stations, found, strict=True)
    ]


def coarse_step_s(elements: Elements) -> float:
    """Step [s] of the coarse grid: 1/180 of a turn at the perigee's angular rate, between 5 and 120 s."""
    e = eccentricity(elements)
    perigee_speedup = (1.0 + e) ** 2 / (1.0 - e * e) ** 1.5
    return float(np.clip(period_s(elements) / (perigee_speedup * _STEPS_PER_TURN), 5.0, 120.0))


def roots(function: Callable[[FloatArray], FloatArray], left: FloatArray, right: FloatArray) -> FloatArray:
    """Root of a continuous function in each bracket, to 1e-4 (Ridders' method on all brackets at once).

    Parameters
    ----------
    function : callable
        Maps an array of instants [s] to values of one sign at ``left`` and of the other at ``right``.
    left, right : ndarray, shape (n,)
        Ends of the brackets [s].

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    C. Ridders, "A new algorithm for computing a single root of a real continuous function", IEEE Trans. Circuits
    Syst. 26, 979 (1979). Each step halves the bracket at least.
    """
    if left.size == 0:
        return left
    at_left, at_right = function(left), function(right)
    guess = left
    while True:
        middle = 0.5 * (left + right)
        at_middle = function(middle)
        spread = np.sqrt(np.maximum(at_middle**2 - at_left * at_right, 0.0))
        shift = np.divide(at_middle, spread, out=np.zeros_like(spread), where=spread > 0.0)
        last, guess = guess, middle + (middle - left) * np.sign(at_left - at_right) * shift
        at_guess = function(guess)
        if np.all((np.abs(guess - last) < ROOT_TOLERANCE_S) | (right - left < ROOT_TOLERANCE_S)):
            return guess
        low, high = np.minimum(middle, guess), np.maximum(middle, guess)
        at_low = np.where(middle <= guess, at_middle, at_guess)
        at_high = np.where(middle <= guess, at_guess, at_middle)
        in_left = at_left * at_low <= 0.0
        in_middle = ~in_left & (at_low * at_high <= 0.0)
        new_left = np.where(in_left, left, np.where(in_middle, low, high))
        new_right = np.where(in_left, low, np.where(in_middle, high, right))
        at_left = np.where(in_left, at_left, np.where(in_middle, at_low, at_high))
        at_right = np.where(in_left, at_low, np.where(in_middle, at_high, at_right))
        left, right = new_left, new_right


def _viewer(elements: Elements, station: Station, span: Span) -> Callable[[FloatArray], Look]:
    def at(seconds: FloatArray) -> Look:
        return look(station, *ground_fixed_states(elements, clock(span.epoch_utc, seconds)))

    return at


def _floor_deg(station: Station, limits: Limits) -> float:
    """Elevation below which nothing is visible in any azimuth."""
    skyline = [elevation_deg for _, elevation_deg in station.horizon_mask]
    return max(limits.min_elevation_deg, min(skyline, default=-90.0))


def _is_uneven(station: Station, limits: Limits) -> bool:
    skyline = [elevation_deg for _, elevation_deg in station.horizon_mask]
    return max(skyline, default=-90.0) > _floor_deg(station, limits) or limits.max_range_km is not None


def _pieces(elements: Elements, span: Span) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """Coarse grid in pieces that share their end samples: seconds [s], positions [km], velocities [km/s]."""
    count = max(4, int(np.ceil((span.end_s - span.start_s) / coarse_step_s(elements))))
    step_s = (span.end_s - span.start_s) / count
    for first in range(0, count, _PIECE_SAMPLES):
        index = np.arange(first, min(first + _PIECE_SAMPLES, count) + 1)
        seconds = np.minimum(span.start_s + step_s * index, span.end_s)
        yield seconds, *ground_fixed_states(elements, clock(span.epoch_utc, seconds))


def _scan(
    events: _Events, view: Callable[[FloatArray], Look], seconds: FloatArray, seen: Look, floor_deg: float
) -> None:
    """Add the crossings of the floor, the culminations and the nearest points of one piece to the events."""
    rate = seen.elevation_rate_deg_s
    turns = np.flatnonzero((rate[:-1] > 0.0) != (rate[1:] > 0.0))
    turning_s = roots(lambda s: view(s).elevation_rate_deg_s, seconds[turns], seconds[turns + 1])
    events.maxima.append(turning_s[rate[turns] > 0.0])
    nodes = np.concatenate((seconds, turning_s))
    elevation = np.concatenate((seen.elevation_deg, view(turning_s).elevation_deg if turns.size else turning_s))
    order = np.argsort(nodes, kind="stable")
    nodes, above = nodes[order], elevation[order] > floor_deg
    steps = np.flatnonzero(above[:-1] != above[1:])
    events.crossings.append(roots(lambda s: view(s).elevation_deg - floor_deg, nodes[steps], nodes[steps + 1]))
    approach = seen.range_rate_km_s
    closest = np.flatnonzero((approach[:-1] < 0.0) & (approach[1:] >= 0.0))
    events.nearest.append(roots(lambda s: view(s).range_rate_km_s, seconds[closest], seconds[closest + 1]))
    if events.begins_above is None:
        events.begins_above = bool(above[0])


def _assemble(
    events: _Events, view: Callable[[FloatArray], Look], station: Station, span: Span, limits: Limits
) -> list[Opening]:
    maxima, nearest = np.concatenate(events.maxima), np.concatenate(events.nearest)
    edges = _intervals(np.concatenate(events.crossings), bool(events.begins_above), span.start_s, span.end_s)
    if _is_uneven(station, limits):
        marks = np.concatenate((maxima, nearest))
        edges = [part for edge in edges for part in _clear_parts(edge, marks, view, station, limits)]
    return [_opening(rise_s, set_s, maxima, nearest, view, span) for rise_s, set_s in edges]


def _intervals(crossings: FloatArray, begins_inside: bool, start: float, end: float) -> list[tuple[float, float]]:
    """Intervals between alternate crossings; empty ones are left out."""
    edges = list(crossings)
    if begins_inside:
        edges.insert(0, start)
    if len(edges) % 2:
        edges.append(end)
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(float(rise), float(down)) for rise, down in pairs if down - rise > ROOT_TOLERANCE_S]


def _clear_parts(
    edge: tuple[float, float],
    marks: FloatArray,
    view: Callable[[FloatArray], Look],
    station: Station,
    limits: Limits,
) -> list[tuple[float, float]]:
    """Parts of an interval in which the satellite is above the skyline and within range."""
    rise_s, set_s = edge

    def clearance_deg(seconds: FloatArray) -> FloatArray:
        seen = view(seconds)
        clear = seen.elevation_deg - limits.min_elevation_deg
        if station.horizon_mask:
            clear = np.minimum(clear, seen.elevation_deg - mask_elevation_deg(station, seen.azimuth_deg))
        if limits.max_range_km is not None:
            clear = np.minimum(clear, (limits.max_range_km - seen.range_km) / _KM_PER_DEG)
        return clear

    steps = int(np.ceil((set_s - rise_s) / FINE_STEP_S)) + 1
    inside = marks[(marks > rise_s) & (marks < set_s)]
    nodes = np.union1d(np.linspace(rise_s, set_s, steps + 1), inside)
    clear = clearance_deg(nodes) > 0.0
    changes = np.flatnonzero(clear[:-1] != clear[1:])
    crossings = roots(clearance_deg, nodes[changes], nodes[changes + 1])
    return _intervals(crossings, bool(clear[0]), rise_s, set_s)


def _opening(
    rise_s: float,
    set_s: float,
    maxima: FloatArray,
    nearest: FloatArray,
    view: Callable[[FloatArray], Look],
    span: Span,
) -> Opening:
    tops = maxima[(maxima > rise_s) & (maxima < set_s)]
    close = nearest[(nearest > rise_s) & (nearest < set_s)]
    seconds = np.concatenate(([rise_s, set_s], tops, close))
    seen = view(seconds)
    top = int(np.argmax(seen.elevation_deg))
    return Opening(
        rise_s=rise_s,
        culmination_s=float(seconds[top]),
        set_s=set_s,
        rise_azimuth_deg=float(seen.azimuth_deg[0]),
        culmination_azimuth_deg=float(seen.azimuth_deg[top]),
        set_azimuth_deg=float(seen.azimuth_deg[1]),
        max_elevation_deg=float(seen.elevation_deg[top]),
        min_range_km=float(seen.range_km.min()),
        is_truncated=rise_s <= span.start_s or set_s >= span.end_s,
        culminations=tops.size,
    )
