"""Why a pass can be used or not, in one line each, and in one line for all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from passplan.checks import same_length
from passplan.orbit.conditions import Conditions, Cut, Interval, Usability, in_words, told_apart
from passplan.orbit.light import SUNSET_DEG
from passplan.orbit.passes import Pass
from passplan.units import format_utc

_GEOMETRIC = ("elevation", "range")

# Kind of verdict and its words in the summary, in the order in which they are told; {} is the best value of all.
_SUMMARY = {
    "usable": "usable",
    "too_low": "too low (highest {:.1f} deg)",
    "too_far": "too far (nearest {:.0f} km)",
    "apart": "never high enough and near enough at once",
    "daylight": "in daylight",
    "twilight": "in twilight",
    "satellite_sunlit": "sunlit all through",
    "satellite_sunlit_in_part": "sunlit in part",
    "satellite_penumbra": "in the penumbra",
    "satellite_umbra": "in the umbra all through",
    "satellite_umbra_in_part": "in the umbra in part",
    "moon_elevation": "with the Moon too high",
    "moon_separation": "too near the Moon",
    "moon_illumination": "with the Moon too bright",
    "sun_separation": "too near the Sun",
    "too_short": "too short (longest {:.0f} s)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One candidate pass and its verdict.

    pass_ : the candidate
    is_usable : an interval of use is left
    kind : stable key of the verdict; when several rules cut, of the one that cuts longest
    value : highest elevation [deg] of a pass that is too low, nearest range [km] of one too far, longest time [s] of
        one too short, time of use [s] of a usable one, otherwise 0
    text : the verdict in plain words
    """

    pass_: Pass
    is_usable: bool
    kind: str
    value: float
    text: str


def explain(passes: Sequence[Pass], conditions: Conditions, usabilities: Sequence[Usability]) -> list[Explanation]:
    """Say of each candidate pass why it can be used or not.

    Parameters
    ----------
    passes : sequence of Pass
        Candidates, found with wider limits: above the horizon or the mask, at any range, in any light.
    conditions : Conditions
        What is wanted.
    usabilities : sequence of Usability
        What ``usable(passes, conditions, geometry=True)`` leaves of them.

    Returns
    -------
    list of Explanation
        In the order of the candidates.

    Raises
    ------
    DomainError
        If there is not one usability for each pass.
    """
    same_length(passes=list(range(len(passes))), usabilities=list(range(len(usabilities))))
    return [_explanation(*pair, conditions) for pair in zip(passes, usabilities, strict=True)]


def summary(explanations: Iterable[Explanation]) -> str:
    """All verdicts in one line, as ``4 passes: 2 too low (highest 8.3 deg), 1 in daylight, 1 sunlit all through``."""
    rows = list(explanations)
    if not rows:
        return "no pass above the horizon"
    parts = []
    for kind, words in _SUMMARY.items():
        values = [row.value for row in rows if row.kind == kind]
        if values:
            parts.append(f"{len(values)} {words}".format(min(values) if kind == "too_far" else max(values)))
    return f"{len(rows)} pass{'es' if len(rows) > 1 else ''}: {', '.join(parts)}"


def _explanation(pass_: Pass, usability: Usability, conditions: Conditions) -> Explanation:
    whole = Interval(start_utc=pass_.rise_utc, end_utc=pass_.set_utc)
    hidden = [cut for cut in usability.cuts if cut.reason in _GEOMETRIC]
    others = [cut for cut in usability.cuts if cut.reason not in _GEOMETRIC]
    if usability.intervals:
        is_usable, kind, value, text = True, "usable", usability.duration_s, _use(usability)
        text = "; ".join([text, *_words(others, _seen(usability, others))])
    elif not others:
        is_usable = False
        kind, value, text = _geometry(pass_, whole, hidden, conditions)
    else:
        is_usable = False
        seen = _seen(usability, others)
        kind, value = _main(others, seen)
        text = "; ".join(_words(others, seen))
    return Explanation(pass_=pass_, is_usable=is_usable, kind=kind, value=value, text=text)


def _geometry(pass_: Pass, whole: Interval, hidden: list[Cut], conditions: Conditions) -> tuple[str, float, str]:
    """Kind, value and words of a pass that is never high enough and near enough."""
    faults = []
    if _covers([cut for cut in hidden if cut.reason == "elevation"], whole):
        limit = conditions.min_elevation_deg
        highest = told_apart(pass_.max_elevation_deg, limit)
        faults.append(("too_low", pass_.max_elevation_deg, f"highest {highest} deg, must reach {limit:g} deg"))
    if conditions.max_range_km is not None and _covers([cut for cut in hidden if cut.reason == "range"], whole):
        limit = conditions.max_range_km
        nearest = told_apart(pass_.min_range_km, limit, digits=0)
        faults.append(("too_far", pass_.min_range_km, f"nearest {nearest} km, must come within {limit:g} km"))
    if not faults:
        return "apart", 0.0, "never high enough and near enough at once"
    return faults[0][0], faults[0][1], "; ".join(text for _, _, text in faults)


def _covers(cuts: list[Cut], whole: Interval) -> bool:
    return any(cut.start_utc == whole.start_utc and cut.end_utc == whole.end_utc for cut in cuts)


def _seen(usability: Usability, others: list[Cut]) -> Interval:
    """From the first to the last instant at which the geometry holds."""
    parts: list[Interval | Cut] = [*usability.intervals, *others]
    return Interval(start_utc=min(part.start_utc for part in parts), end_utc=max(part.end_utc for part in parts))


def _use(usability: Usability) -> str:
    first, last = usability.intervals[0], usability.intervals[-1]
    parts = f" in {len(usability.intervals)} parts" if len(usability.intervals) > 1 else ""
    return f"usable {usability.duration_s:.0f} s{parts}, {_clock(first.start_utc)} to {_clock(last.end_utc)}"


def _clock(when: datetime) -> str:
    return format_utc(when)[11:]


def _words(cuts: list[Cut], seen: Interval) -> list[str]:
    """Each cut of light in words, and of what is too short the longest."""
    light = [in_words(cut, whole=seen) for cut in cuts if cut.reason != "too_short"]
    short = [cut for cut in cuts if cut.reason == "too_short"]
    longest = max(short, key=lambda cut: cut.duration_s, default=None)
    rest = "the rest " if light else ""
    return light + ([rest + in_words(longest, whole=seen)] if longest else [])


def _main(cuts: list[Cut], seen: Interval) -> tuple[str, float]:
    """Kind and value of the rule that cuts longest; too short only when no other rule cuts."""
    light = [cut for cut in cuts if cut.reason != "too_short"]
    if not light:
        return "too_short", max(cut.worst for cut in cuts)
    times = {cut.reason: 0.0 for cut in light}
    for cut in light:
        times[cut.reason] += cut.duration_s
    reason = max(times, key=lambda name: times[name])
    of_it = [cut for cut in light if cut.reason == reason]
    if reason == "sun":
        return ("daylight" if max(cut.worst for cut in of_it) > SUNSET_DEG else "twilight"), 0.0
    if reason in ("satellite_sunlit", "satellite_umbra") and not _covers(of_it, seen):
        return f"{reason}_in_part", 0.0
    return reason, 0.0
