"""Candidates of a campaign: every pass of its satellites over its stations, with what each rule takes of it and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from passplan.mission.campaign_scenario import CampaignScenario, Span
from passplan.mission.catalog import Catalog, load_history, load_site
from passplan.mission.element_choice import chosen_histories
from passplan.orbit.conditions import Cut, Interval, Usability, in_words
from passplan.orbit.elements import Elements, age_days
from passplan.orbit.passes import Failure, Pass, find_passes
from passplan.orbit.station import Station
from passplan.units import format_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One pass that a campaign may use, or may not.

    satellite, station : as the scenario names them
    pass_ : the pass above the lowest elevation, in whatever light
    intervals : in which the rules of light leave it, in order; empty where it cannot be used
    cuts : what they take away, with the worst value and the limit
    unfit : why the pass is not to be trusted at all, such as the age of its element set; empty where it is
    """

    satellite: str
    station: str
    pass_: Pass
    intervals: tuple[Interval, ...]
    cuts: tuple[Cut, ...] = ()
    unfit: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether anything is left of it."""
        return bool(self.intervals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What a search for candidates gave.

    usable : candidates of which something is left, in order of rise
    cut_away : those of which nothing is left, in order of rise
    failures : element sets that gave no position in part of the span
    """

    usable: tuple[Candidate, ...]
    cut_away: tuple[Candidate, ...]
    failures: tuple[Failure, ...] = ()


def find_candidates(
    scenario: CampaignScenario, catalog: Catalog, *, folder: Path = Path(), jobs: int = 1
) -> Candidates:
    """All passes of a campaign that are high enough, and what the rules of light leave of each.

    Parameters
    ----------
    scenario : CampaignScenario
        Its tables [campaign] and [passes] are used.
    catalog : Catalog
        Holds the stations, and the element sets where the scenario names no files.
    folder : Path
        Folder of the scenario, in which the files that it names lie.
    jobs : int
        Processes that share the search, >= 1; the result does not depend on it.

    Returns
    -------
    Candidates

    Raises
    ------
    UnknownName
        If a satellite or station is not known.
    InputError
        If a file is wrong.
    DomainError
        If the span does not end after it starts, or leaves the ephemeris.

    Notes
    -----
    Of several element sets of one object the nearest in time to the culmination counts. A pass whose set is farther
    from it than ``campaign.max_age_days`` is cut away, and says so.
    """
    start, end = scenario.campaign.start, scenario.campaign.end
    satellites, stations = _satellites(scenario.campaign, catalog, folder), _stations(scenario, catalog, folder)
    found = find_passes(
        list(satellites.values()), [station for _, station in stations], start, end, scenario.passes, processes=jobs
    )
    names = {history[0].norad_id: name for name, history in satellites.items()}
    places = {station.name: name for name, station in stations}
    limit_days = scenario.campaign.max_age_days
    every = [
        _candidate(pass_, names[pass_.norad_id], places[pass_.station], limit_days)
        for passes in (found, found.cut_away or ())
        for pass_ in passes
    ]
    every.sort(key=lambda one: (one.pass_.rise_utc, one.satellite, one.station))
    return Candidates(
        usable=tuple(one for one in every if one.is_usable),
        cut_away=tuple(one for one in every if not one.is_usable),
        failures=found.failures,
    )


def reasons_of(candidate: Candidate) -> tuple[str, ...]:
    """What was taken of a candidate and why, one sentence a rule and stretch; times of day are UTC.

    Such as ``Moon 8.0 deg from the satellite, must be at least 20 deg, all through`` and
    ``satellite sunlit until 18:42:10Z``. Empty where all of the pass can be used.
    """
    whole = Interval(start_utc=candidate.pass_.rise_utc, end_utc=candidate.pass_.set_utc)
    told = [in_words(cut, whole=whole) for cut in candidate.cuts if cut.reason != "too_short"]
    short = [cut for cut in candidate.cuts if cut.reason == "too_short"]
    if short and not candidate.intervals:
        rest = "the rest " if told else ""
        told.append(rest + in_words(max(short, key=lambda cut: cut.duration_s), whole=whole))
    return (*((candidate.unfit,) if candidate.unfit else ()), *told)


def _candidate(pass_: Pass, satellite: str, station: str, max_age_days: float) -> Candidate:
    whole = Interval(start_utc=pass_.rise_utc, end_utc=pass_.set_utc)
    usability = pass_.usability or Usability(intervals=(whole,), cuts=())
    unfit = _age_fault(pass_, max_age_days)
    return Candidate(
        satellite=satellite,
        station=station,
        pass_=pass_,
        intervals=() if unfit else usability.intervals,
        cuts=usability.cuts,
        unfit=unfit,
    )


def _age_fault(pass_: Pass, max_age_days: float) -> str:
    age = age_days(pass_.elements, pass_.culmination_utc)
    if abs(age) <= max_age_days:
        return ""
    side = "older" if age >= 0.0 else "younger"
    epoch = format_utc(pass_.elements.epoch_utc)
    return f"nearest element set, of {epoch}, is {abs(age):.1f} d {side}, must be within {max_age_days:g} d"


def _satellites(span: Span, catalog: Catalog, folder: Path) -> dict[str, tuple[Elements, ...]]:
    """Element sets by the name in the scenario; an object that has two names there keeps the first."""
    files = [folder / name for name in span.element_files]
    named: dict[str, tuple[Elements, ...]] = {}
    numbers: set[int] = set()
    for name in span.satellites:
        history = tuple(chosen_histories(files, [name])[0][0]) if files else load_history(catalog, name)
        if history[0].norad_id not in numbers:
            numbers.add(history[0].norad_id)
            named[name] = history
    return named


def _stations(scenario: CampaignScenario, catalog: Catalog, folder: Path) -> list[tuple[str, Station]]:
    names: Sequence[str] = tuple(dict.fromkeys(scenario.campaign.stations))
    return [(name, load_site(catalog, station_file(name, folder))[0].station) for name in names]


def station_file(name: str, folder: Path) -> str:
    """Name of a station as the catalogue takes it: a TOML file lies in the folder of the scenario."""
    return str(folder / name) if name.endswith(".toml") else name
