"""When a pass can be used: every rule is a function of time whose roots cut the pass."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray
from passplan.orbit import scene
from passplan.orbit.conditions import SATELLITE_LIGHTS, Conditions, Cut, Interval, Usability
from passplan.orbit.intervals import Crossings, IndexArray, Line, crossings, line_of
from passplan.orbit.light import sunlit_fraction
from passplan.orbit.samples import Samples, samples_of, steps_of
from passplan.orbit.satellite_pass import Pass
from passplan.orbit.topocentric import true_elevation_deg
from passplan.units import add_seconds, to_deg, to_rad

_NODES_AT_ONCE = 100_000  # 100 MB of arrays
_CLOSEST_S = 1e-3  # roots nearer to each other, or to an end, are one
Quantity = Callable[[scene.Scene], scene.States]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Watch:
    """A quantity against its level, which may differ from pass to pass, shape () or (p,)."""

    quantity: Quantity
    level: FloatArray

    def __call__(self, view: scene.Scene, owner: IndexArray) -> tuple[FloatArray, FloatArray]:
        value, rate = self.quantity(view)
        return value - (self.level[owner] if self.level.ndim else self.level), rate


@dataclass(frozen=True, slots=True)
class _Rule:
    """It cuts where all its watches are above (True) or below (False) their levels.

    told : turns the watched quantity of the first watch to the unit of ``limit``; None for the satellite's light
    """

    reason: str
    watches: tuple[tuple[_Watch, bool], ...]
    limit: float
    unit: str
    told: Callable[[FloatArray], FloatArray] | None


def usable(passes: Sequence[Pass], conditions: Conditions, *, geometry: bool = False) -> list[Usability]:
    """What conditions leave of passes, and what they take away.

    Parameters
    ----------
    passes : sequence of Pass
        As `find_passes` gives them.
    conditions : Conditions
        The rules of light, and ``min_duration_s`` for each interval that they leave.
    geometry : bool
        Apply ``min_elevation_deg``, ``max_range_km`` and ``refraction`` too, for passes found with wider limits; the
        rules of light then count only where these hold. The horizon mask is not looked at again.

    Returns
    -------
    list of Usability
        One for each pass, in their order.

    Raises
    ------
    DomainError
        If a pass lies outside the ephemeris, 2015 to 2049, and a rule of light is to be applied.
    ElementsError
        If SGP4 fails within a pass.

    Notes
    -----
    SGP4 gives the states of a pass at nodes (96 a turn at the perigee's rate; 60 s for a low orbit), a cubic what lies
    between, to a metre. Edges are roots, good to 0.01 s for the model; the Earth is a sphere without air for the
    shadow (`light.sunlit_fraction` says what that means), and Sun and Moon are their centres, without refraction.
    """
    if not (_rules(conditions, [], geometry=False) or (geometry and passes)):
        return [_whole(pass_, conditions) for pass_ in passes]
    found: list[Usability | None] = [None] * len(passes)
    order = sorted(range(len(passes)), key=lambda index: passes[index].rise_utc)
    sizes = np.cumsum(steps_of([passes[index] for index in order]) + 1) if passes else np.zeros(0)
    for piece in np.unique(sizes // _NODES_AT_ONCE):
        members = [order[place] for place in np.flatnonzero(sizes // _NODES_AT_ONCE == piece)]
        members.sort(key=lambda index: (id(passes[index].elements), index))
        for index, usability in zip(members, _usable([passes[k] for k in members], conditions, geometry), strict=True):
            found[index] = usability
    return [usability for usability in found if usability is not None]


def _whole(pass_: Pass, conditions: Conditions) -> Usability:
    if pass_.duration_s < conditions.min_duration_s:
        return Usability(intervals=(), cuts=(_short(pass_.rise_utc, pass_.set_utc, conditions),))
    return Usability(intervals=(Interval(start_utc=pass_.rise_utc, end_utc=pass_.set_utc),), cuts=())


def _short(start: datetime, end: datetime, conditions: Conditions) -> Cut:
    lasts_s = (end - start).total_seconds()
    return Cut(
        start_utc=start, end_utc=end, reason="too_short", worst=lasts_s, limit=conditions.min_duration_s, unit="s"
    )


def _usable(passes: list[Pass], conditions: Conditions, geometry: bool) -> list[Usability]:
    samples = samples_of(passes)
    line = line_of(samples.start_s, samples.end_s)
    rules = _rules(conditions, passes, geometry=geometry)
    watches = dict.fromkeys(watch for rule in rules for watch, _ in rule.watches)
    owner = samples.owner
    x = np.minimum(line.base[owner] + (samples.seconds - line.start_s[owner]), line.end[owner])
    at_nodes = samples.at_nodes()
    known = {watch: _crossings(watch, samples, line, at_nodes, x, owner) for watch in watches}
    breaks = _Breaks.of(line, [item.roots for item in known.values()], passes)
    middles = samples.at(breaks.owner, line.seconds(breaks.middle, breaks.owner))
    above = {watch: watch(middles, breaks.owner)[0] > 0.0 for watch in watches}
    violated = [np.logical_and.reduce([above[watch] == side for watch, side in rule.watches], axis=0) for rule in rules]
    if geometry:
        violated = _light_where_seen(rules, violated)
    cuts: list[list[Cut]] = [[] for _ in passes]
    for rule, flags in zip(rules, violated, strict=True):
        _add_cuts(cuts, rule, flags, breaks, known[rule.watches[0][0]], samples)
    left = ~np.logical_or.reduce(violated, axis=0) if violated else np.ones(breaks.owner.size, dtype=bool)
    return _with_intervals(cuts, left, breaks, conditions)


def _crossings(
    watch: _Watch, samples: Samples, line: Line, at_nodes: scene.Scene, x: FloatArray, owner: IndexArray
) -> Crossings:
    def function(places: FloatArray) -> tuple[FloatArray, FloatArray]:
        if places is x:
            return watch(at_nodes, owner)
        owners = line.owner(places)
        return watch(samples.at(owners, line.seconds(places, owners)), owners)

    return crossings(function, x, owner)


def _rules(conditions: Conditions, passes: Sequence[Pass], *, geometry: bool) -> list[_Rule]:
    """Rules that can cut, those of geometry first."""
    rules: list[_Rule] = []

    def add(reason: str, watches: list[tuple[_Watch, bool]], limit: float, unit: str, told: object) -> None:
        rules.append(_Rule(reason, tuple(watches), limit, unit, told))  # type: ignore[arg-type]

    if geometry:
        _add_geometry(add, conditions, passes)
    if conditions.max_sun_elevation_deg is not None:
        limit = conditions.max_sun_elevation_deg
        add("sun", [(_Watch(scene.sun_height, np.sin(to_rad(limit))), True)], limit, "deg", _elevation_deg)
    _add_satellite(add, conditions.satellite_light)
    _add_moon(add, conditions)
    if conditions.min_sun_separation_deg is not None:
        limit = conditions.min_sun_separation_deg
        add("sun_separation", [(_Watch(scene.sun_closeness, np.cos(to_rad(limit))), True)], limit, "deg", _angle_deg)
    return rules


def _add_geometry(add: Callable[..., None], conditions: Conditions, passes: Sequence[Pass]) -> None:
    limit = conditions.min_elevation_deg
    true_deg = np.full(len(passes), limit)
    if conditions.refraction is not None:
        true_deg = np.array([float(true_elevation_deg(pass_.site, limit)) for pass_ in passes])
    low = _Watch(scene.satellite_height, np.sin(to_rad(true_deg)))
    add("elevation", [(low, False)], limit, "deg", _elevation_deg)
    if conditions.max_range_km is not None:
        far = _Watch(scene.satellite_range, np.array(conditions.max_range_km))
        add("range", [(far, True)], conditions.max_range_km, "km", np.asarray)


def _add_satellite(add: Callable[..., None], allowed: frozenset[str]) -> None:
    if len(allowed) == len(SATELLITE_LIGHTS):
        return
    shadow, umbra = _Watch(scene.shadow_depth, np.array(0.0)), _Watch(scene.umbra_depth, np.array(0.0))
    least = 0.0 if "umbra" in allowed else 1.0
    tests = {
        "sunlit": ([(shadow, False)], 0.0 if allowed == {"umbra"} else 1.0),
        "penumbra": ([(shadow, True), (umbra, False)], least),
        "umbra": ([(umbra, True)], 1.0 if allowed == {"sunlit"} else 0.0),
    }
    for light, (watches, limit) in tests.items():
        if light not in allowed:
            add(f"satellite_{light}", watches, limit, "1", None)


def _add_moon(add: Callable[..., None], conditions: Conditions) -> None:
    up = (_Watch(scene.moon_height, np.array(0.0)), True)
    if conditions.max_moon_elevation_deg is not None:
        limit = conditions.max_moon_elevation_deg
        add("moon_elevation", [(_Watch(scene.moon_height, np.sin(to_rad(limit))), True)], limit, "deg", _elevation_deg)
    if conditions.min_moon_separation_deg is not None:
        limit = conditions.min_moon_separation_deg
        near = _Watch(scene.moon_closeness, np.cos(to_rad(limit)))
        add("moon_separation", [(near, True), up], limit, "deg", _angle_deg)
    if conditions.max_moon_illumination is not None:
        limit = conditions.max_moon_illumination
        add("moon_illumination", [(_Watch(scene.moon_light, np.array(limit)), True), up], limit, "1", np.asarray)


def _elevation_deg(sine: FloatArray) -> FloatArray:
    return to_deg(np.arcsin(np.clip(sine, -1.0, 1.0)))


def _angle_deg(cosine: FloatArray) -> FloatArray:
    return to_deg(np.arccos(np.clip(cosine, -1.0, 1.0)))


def _light_where_seen(rules: list[_Rule], violated: list[Flags]) -> list[Flags]:
    geometric = [rule.reason in ("elevation", "range") for rule in rules]
    hidden = np.logical_or.reduce([flags for flags, is_one in zip(violated, geometric, strict=True) if is_one], axis=0)
    return [flags if is_one else flags & ~hidden for flags, is_one in zip(violated, geometric, strict=True)]


@dataclass(frozen=True, slots=True)
class _Breaks:
    """Segments between all ends and roots, in order: left and right on the line, and the pass of each."""

    left: FloatArray
    right: FloatArray
    owner: IndexArray
    line: Line
    passes: list[Pass]

    @classmethod
    def of(cls, line: Line, roots: list[FloatArray], passes: list[Pass]) -> "_Breaks":
        inner = np.sort(np.concatenate([np.empty(0), *roots]))
        owner = line.owner(inner)
        clear = (inner > line.base[owner] + _CLOSEST_S) & (inner < line.end[owner] - _CLOSEST_S)
        clear &= np.diff(inner, prepend=-1.0) > _CLOSEST_S
        inner, owner = inner[clear], owner[clear]
        spans = np.arange(len(passes))
        left, owners = np.concatenate((line.base, inner)), np.concatenate((spans, owner))
        right = np.concatenate((inner, line.end))
        order = np.argsort(left, kind="stable")
        return cls(left[order], np.sort(right), owners[order], line, passes)

    @property
    def middle(self) -> FloatArray:
        return 0.5 * (self.left + self.right)

    def runs(self, flags: Flags) -> tuple[IndexArray, IndexArray]:
        """First and last segment of each run of flags within one pass."""
        same = np.concatenate(([False], self.owner[1:] == self.owner[:-1], [False]))
        before = np.concatenate(([False], flags[:-1])) & same[:-1]
        after = np.concatenate((flags[1:], [False])) & same[1:]
        return np.flatnonzero(flags & ~before), np.flatnonzero(flags & ~after)

    def stretches(self, first: IndexArray, last: IndexArray) -> Iterator[tuple[int, datetime, datetime]]:
        """Pass, start and end of runs of segments; the ends of a pass are its own."""
        owner, left, right = self.owner[first], self.left[first], self.right[last]
        base, end = self.line.base[owner], self.line.end[owner]
        rows = (owner, left - base, right - base, left <= base, right >= end)
        for index, start_s, end_s, from_rise, to_set in zip(*(row.tolist() for row in rows), strict=True):
            pass_ = self.passes[index]
            start = pass_.rise_utc if from_rise else add_seconds(pass_.rise_utc, start_s)
            yield index, start, pass_.set_utc if to_set else add_seconds(pass_.rise_utc, end_s)


def _add_cuts(
    cuts: list[list[Cut]], rule: _Rule, flags: Flags, breaks: _Breaks, known: Crossings, samples: Samples
) -> None:
    first, last = breaks.runs(flags)
    if first.size == 0:
        return
    worst = _worst(rule, (breaks.left[first], breaks.right[last]), breaks.owner[first], breaks.line, known, samples)
    for (index, start, end), value in zip(breaks.stretches(first, last), worst.tolist(), strict=True):
        cuts[index].append(
            Cut(start_utc=start, end_utc=end, reason=rule.reason, worst=value, limit=rule.limit, unit=rule.unit)
        )


def _worst(
    rule: _Rule,
    edges: tuple[FloatArray, FloatArray],
    owner: IndexArray,
    line: Line,
    known: Crossings,
    samples: Samples,
) -> FloatArray:
    """Farthest value beyond the limit among both ends, the nodes between and the extrema."""
    watch, side = rule.watches[0]
    views = [samples.at(owner, line.seconds(end, owner)) for end in edges]
    if rule.told is None:
        shares = [
            sunlit_fraction(satellite_position_km=view.satellite[0].T, sun_position_km=view.sun_km.T) for view in views
        ]
        whole = {"satellite_sunlit": 1.0, "satellite_umbra": 0.0}.get(rule.reason)
        if whole is not None:
            return np.full(owner.size, whole)
        return np.where(np.abs(shares[0] - rule.limit) > np.abs(shares[1] - rule.limit), shares[0], shares[1])
    sign = 1.0 if side else -1.0
    ends = [sign * watch(view, owner)[0] for view in views]
    low, high = (np.searchsorted(known.places, edge) for edge in edges)
    padded = np.append(sign * known.values, -np.inf)
    inside = np.maximum.reduceat(padded, np.stack((low, high), axis=1).ravel())[::2]
    inside = np.where(high > low, inside, -np.inf)
    level = watch.level[owner] if watch.level.ndim else watch.level
    return rule.told(sign * np.maximum(np.maximum(*ends), inside) + level)


def _with_intervals(cuts: list[list[Cut]], left: Flags, breaks: _Breaks, conditions: Conditions) -> list[Usability]:
    intervals: list[list[Interval]] = [[] for _ in cuts]
    for index, start_utc, end_utc in breaks.stretches(*breaks.runs(left)):
        if (end_utc - start_utc).total_seconds() < conditions.min_duration_s:
            cuts[index].append(_short(start_utc, end_utc, conditions))
        else:
            intervals[index].append(Interval(start_utc=start_utc, end_utc=end_utc))
    return [
        Usability(
            intervals=tuple(kept),
            cuts=tuple(sorted(taken, key=lambda cut: (cut.start_utc, cut.end_utc, cut.reason))),
        )
        for kept, taken in zip(intervals, cuts, strict=True)
    ]
