"""Expected key of any stretch of any pass: counts as running sums along each pass, keys of many stretches at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, freeze
from passplan.errors import DomainError
from passplan.mission.campaign_candidates import Candidate
from passplan.mission.link import key_settings
from passplan.mission.selection import Selection
from passplan.orbit.elements import age_days
from passplan.qkd.block import Blocks
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.key_length import TERMS, suitable_proofs
from passplan.qkd.settings import KeySettings
from passplan.schedule.window import Aim, Window

CLICKS, ERRORS = 0, 1
_OLD_DAYS = 30.0  # an element set farther from a pass than this may be the cause of what goes wrong
LATE_S = 0.5  # the full chain gives a second the geometry of its start: half a second old on average


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRule:
    """How counts of a pass become key.

    proof : its id
    settings : failure probabilities and practice
    intensities, probabilities : of the source [mean photons], [1]
    max_range_km : key is made up to this range [km]
    """

    proof: str
    settings: KeySettings
    intensities: tuple[float, ...]
    probabilities: tuple[float, ...]
    max_range_km: float

    def __post_init__(self) -> None:
        even = tuple(1.0 for _ in self.intensities)
        basis = BasisCounts(clicks=even, errors=even)
        counts = Counts(
            intensities=self.intensities, probabilities=self.probabilities, key_basis=basis, test_basis=basis
        )
        suitable = suitable_proofs(counts)
        if self.proof not in suitable:
            raise DomainError(
                f"proof {self.proof!r} does not suit a source of {len(self.intensities)} intensities; "
                f"those that do: {', '.join(suitable)}"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlannedProfile:
    """What a pass is expected to give; times [s] count from ``epoch_utc``; arrays are read-only.

    candidate : the pass
    epoch_utc : aware; the same for all profiles of a plan
    rule : how its counts become key
    stretches : (start, stop) in which rules of light and key window both hold, in order [s]
    contacts : the longest useful contact of each stretch: it starts earlier by the time that locking takes, as far as
        the rules of light allow [s]
    time_s : instants of the arrays, rising, not evenly spaced, shape (n,); empty where there is no stretch
    azimuth_deg, elevation_deg, range_km : geometry, shape (n,) [deg], [km]
    rates : expected clicks and errors a second, shape (n, 2, 2, K) [1/s]: `CLICKS` or `ERRORS`, basis, intensity
    sums : counts from the first instant on, shape (n, 2, 2, K) [1]
    station_sight : direction to the satellite, unit vectors east, north, up, shape (n, 3)
    satellite_sight : direction to the station, unit vectors outward, along the flight and across (outward cross along)
        of the orbit, shape (n, 3)
    lock_delay_s : from the start of a contact until light arrives [s]
    """

    candidate: Candidate
    epoch_utc: datetime
    rule: KeyRule
    stretches: tuple[tuple[float, float], ...]
    contacts: tuple[tuple[float, float], ...]
    time_s: FloatArray
    azimuth_deg: FloatArray
    elevation_deg: FloatArray
    range_km: FloatArray
    rates: FloatArray
    sums: FloatArray
    station_sight: FloatArray
    satellite_sight: FloatArray
    lock_delay_s: float

    def __post_init__(self) -> None:
        freeze(
            self.time_s, self.azimuth_deg, self.elevation_deg, self.range_km, self.rates, self.sums,
            self.station_sight, self.satellite_sight,
        )  # fmt: skip

    def counts(self, start_s: ArrayLike, stop_s: ArrayLike) -> FloatArray:
        """Expected counts of contacts from start to stop [s], shape (m,) each, as array of shape (m, 2, 2, K) [1].

        Light arrives ``lock_delay_s`` after the start; only seconds within `stretches` count.
        """
        first, last = np.atleast_1d(np.asarray(start_s, dtype=float)), np.atleast_1d(np.asarray(stop_s, dtype=float))
        found = np.zeros((first.size, 2, 2, len(self.rule.intensities)))
        for begin_s, end_s in self.stretches:
            left = np.clip(first + self.lock_delay_s, begin_s, end_s)
            right = np.maximum(np.clip(last, begin_s, end_s), left)
            found += self._sum_until(right - LATE_S) - self._sum_until(left - LATE_S)
        return found

    def sights(self, at_s: float) -> tuple[FloatArray, FloatArray]:
        """Directions of satellite and station [1] at an instant [s], unit vectors as `satellite_sight` and the other.

        Beyond the first and last instant those stand.
        """
        return tuple(_unit_between(self.time_s, rows, at_s) for rows in (self.satellite_sight, self.station_sight))  # type: ignore[return-value]

    def _sum_until(self, at_s: FloatArray) -> FloatArray:
        """Running sums at instants: the rates are straight between the nodes."""
        index = np.clip(np.searchsorted(self.time_s, at_s, side="right") - 1, 0, self.time_s.size - 2)
        step_s = (self.time_s[index + 1] - self.time_s[index])[:, None, None, None]
        past_s = (at_s - self.time_s[index])[:, None, None, None]
        slope = (self.rates[index + 1] - self.rates[index]) / step_s
        return self.sums[index] + past_s * (self.rates[index] + 0.5 * past_s * slope)


def running_sums(time_s: FloatArray, rates: FloatArray) -> FloatArray:
    """Counts from the first instant on [1], of rates [1/s] that are straight between instants [s]; the first axis."""
    steps = np.diff(time_s).reshape(-1, *(1,) * (rates.ndim - 1))
    areas = 0.5 * steps * (rates[1:] + rates[:-1])
    return np.concatenate([np.zeros_like(rates[:1]), np.cumsum(areas, axis=0)])


def key_rule_of(selection: Selection) -> KeyRule:
    """Rule of a pair of satellite and station, with what was set for its run; the range in km."""
    source, practice = selection.payload.source, selection.payload.key
    return KeyRule(
        proof=practice.proof,
        settings=key_settings(selection),
        intensities=tuple(source.intensities),
        probabilities=tuple(source.probabilities),
        max_range_km=practice.max_range_km,
    )


def key_bits(profiles: Sequence[PlannedProfile], start_s: ArrayLike, stop_s: ArrayLike) -> FloatArray:
    """Expected key of contacts, each a stretch of one profile.

    Parameters
    ----------
    profiles : sequence of PlannedProfile, length m
        Profile of each contact; one may stand many times.
    start_s, stop_s : array_like, shape (m,) or ()
        Start and stop of each [s] since the epoch of its profile.

    Returns
    -------
    ndarray, shape (m,)
        Whole bits, >= 0: the finite key of the expected counts.

    Raises
    ------
    DomainError
        If a stop lies before its start.

    Notes
    -----
    The key of the mean counts: what chance adds to or takes from the counts of a real pass averages out nearly.
    """
    start, stop = (np.broadcast_to(np.asarray(each, dtype=float), (len(profiles),)) for each in (start_s, stop_s))
    if np.any(~(start <= stop)):
        first = int(np.argmax(~(start <= stop)))
        raise DomainError(f"stop_s is {stop[first]} s, must not be before start_s, {start[first]} s")
    bits = np.zeros(len(profiles))
    rows: dict[int, list[int]] = {}
    for place, profile in enumerate(profiles):
        rows.setdefault(id(profile), []).append(place)
    by_rule: list[tuple[KeyRule, list[int], list[FloatArray]]] = []
    for places in rows.values():
        profile = profiles[places[0]]
        group = next((each for each in by_rule if each[0] == profile.rule), None)
        if group is None:
            group = (profile.rule, [], [])
            by_rule.append(group)
        group[1].extend(places)
        group[2].append(profile.counts(start[places], stop[places]))
    for rule, places, counts in by_rule:
        bits[places] = _bits(rule, np.concatenate(counts))
    return bits


def windows_of(
    profiles: Sequence[PlannedProfile], start_s: ArrayLike, stop_s: ArrayLike, **others: Any
) -> list[Window | None]:
    """Windows of contacts, with their expected key and the directions at both ends; None where no key is expected.

    Parameters
    ----------
    profiles, start_s, stop_s
        As for `key_bits` [s].
    **others
        Further fields of `schedule.window.Window`, the same for all.
    """
    start, stop = (np.broadcast_to(np.asarray(each, dtype=float), (len(profiles),)) for each in (start_s, stop_s))
    found: list[Window | None] = []
    for profile, begin_s, end_s, bits in zip(profiles, start, stop, key_bits(profiles, start, stop), strict=True):
        if bits <= 0.0:
            found.append(None)
            continue
        found.append(window_with(profile, float(begin_s), float(end_s), key_bits=float(bits), **others))
    return found


def window_with(profile: PlannedProfile, start_s: float, stop_s: float, *, key_bits: float, **others: Any) -> Window:
    """Window of a contact from start to stop [s] whose key [bit] is known, with the directions at both ends."""
    satellite_aim, station_aim = _aims(profile, start_s, stop_s)
    return Window(
        contact=profile.candidate.pass_.pass_id,
        satellite=profile.candidate.satellite,
        station=profile.candidate.station,
        start_s=start_s,
        stop_s=stop_s,
        key_bits=key_bits,
        satellite_aim=satellite_aim,
        station_aim=station_aim,
        **others,
    )


def window_of(profile: PlannedProfile, start_s: float, stop_s: float, **others: Any) -> Window | None:
    """Window of one contact from start to stop [s], None where no key is expected; see `windows_of`."""
    return windows_of([profile], start_s, stop_s, **others)[0]


def why_no_key(profile: PlannedProfile) -> str:
    """Why the longest contacts of a pass make no key, in words; empty where they do."""
    pass_, limit_km = profile.candidate.pass_, profile.rule.max_range_km
    if pass_.min_range_km > limit_km:
        return f"nearest {pass_.min_range_km:.0f} km, key is made within {limit_km:g} km"
    if not profile.contacts:
        return f"never usable while within {limit_km:g} km"
    start_s, stop_s = np.array(profile.contacts).T
    if np.any(key_bits([profile] * len(profile.contacts), start_s, stop_s) > 0.0):
        return ""
    signal = profile.counts(start_s, stop_s)[:, :, :, 0].sum(axis=2)
    best = int(np.argmax(signal[:, CLICKS]))
    clicks, errors = signal[best, CLICKS], signal[best, ERRORS]
    if clicks < 1.0:
        return "no sifted bit is expected"
    told = f"{clicks:.3g} sifted bits with {errors / clicks:.1%} errors leave no key ({profile.rule.proof})"
    age = abs(age_days(pass_.elements, pass_.culmination_utc))
    return told if age <= _OLD_DAYS else f"{told}; the element set is {age:.1f} d from the pass"


def _bits(rule: KeyRule, counts: FloatArray) -> FloatArray:
    shape = (len(counts), len(rule.intensities))
    blocks = Blocks(
        intensities=np.broadcast_to(np.array(rule.intensities), shape),
        probabilities=np.broadcast_to(np.array(rule.probabilities), shape),
        key_clicks=counts[:, CLICKS, 0],
        key_errors=counts[:, ERRORS, 0],
        test_clicks=counts[:, CLICKS, 1],
        test_errors=counts[:, ERRORS, 1],
    )
    return np.floor(np.maximum(TERMS[rule.proof](blocks, settings=rule.settings).real, 0.0))


def _aims(profile: PlannedProfile, start_s: float, stop_s: float) -> tuple[Aim, Aim]:
    """Directions of satellite and station at both ends of a contact."""
    first, last = profile.sights(start_s), profile.sights(stop_s)
    vectors = [tuple(tuple(vector.tolist()) for vector in pair) for pair in zip(first, last, strict=True)]
    return vectors[0], vectors[1]  # type: ignore[return-value]


def _unit_between(time_s: FloatArray, rows: FloatArray, at_s: float) -> FloatArray:
    index = min(max(int(np.searchsorted(time_s, at_s)) - 1, 0), len(time_s) - 2)
    share = (at_s - time_s[index]) / (time_s[index + 1] - time_s[index])
    vector = rows[index] + min(max(share, 0.0), 1.0) * (rows[index + 1] - rows[index])
    return vector / np.sqrt(vector @ vector)
