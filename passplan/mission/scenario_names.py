"""Names in a campaign's scenario: each satellite and station that it names, found in the catalogue, in one spelling."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from passplan.checks import nearest_spelling
from passplan.detection.source import Source
from passplan.errors import InputError
from passplan.mission.campaign_scenario import CampaignScenario
from passplan.mission.catalog import Catalog, load_satellite, load_site
from passplan.mission.key_lines import Place, dotted
from passplan.orbit.elements import Elements
from passplan.orbit.satellite_pass import slug
from passplan.orbit.station import Station

EVERYTHING = "all"  # name of all satellites and stations in [[closed]]
_SATELLITE, _STATION = "satellite", "station"
_EITHER = (_SATELLITE, _STATION)
Item = TypeVar("Item")


@dataclass(slots=True)
class Names:
    """The satellites and stations of a campaign.

    satellites : element sets, oldest first, by name
    sources : what each satellite sends, by name
    stations : station by name
    files : that were read for them
    spelled : name by the slug of every spelling, of satellites and of stations

    A name is the one that stands in the ids of passes: ``micius``, ``xinglong``; that of a station's own TOML file is
    the file's, as written.
    """

    satellites: dict[str, tuple[Elements, ...]] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    stations: dict[str, Station] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    spelled: dict[str, dict[str, str]] = field(default_factory=lambda: {_SATELLITE: {}, _STATION: {}})

    def find(self, text: str, kinds: Iterable[str] = _EITHER) -> str | None:
        """Name of a satellite or a station of the campaign in any spelling, or None."""
        return next((self.spelled[kind][slug(text)] for kind in kinds if slug(text) in self.spelled[kind]), None)

    def of(self, kinds: Iterable[str]) -> list[str]:
        """Names of all satellites or stations of the campaign."""
        known: dict[str, Iterable[str]] = {_SATELLITE: self.satellites, _STATION: self.stations}
        return [name for kind in kinds for name in known[kind]]


def find_names(document: Mapping[str, Any], catalog: Catalog, folder: Path) -> tuple[Names, dict[Place, str]]:
    """Satellites and stations that a document names, and the faults of all its names by their places.

    Stations' TOML files lie in ``folder``. The document may have other faults: what is no name is passed over.
    """
    names, faults, unknown = Names(), {}, []
    for kind, key in ((_SATELLITE, "satellites"), (_STATION, "stations")):
        written = _table(document, "campaign").get(key)
        for place, text in _texts(("campaign", key), written):
            try:
                is_satellite = kind == _SATELLITE
                name = _satellite(names, catalog, text) if is_satellite else _station(names, catalog, text, folder)
            except InputError as error:
                faults[place] = f"{dotted(place)}: {error}"
                unknown.append(text)
                continue
            if name is None:
                faults[place] = f"{dotted(place)} is {text!r}, which stands in the list already"
    for place, text, allowed in _mentions(document):
        kinds = tuple(kind for kind in allowed if kind != EVERYTHING)
        if names.find(text, kinds) or (EVERYTHING in allowed and slug(text) == EVERYTHING):
            continue
        if not nearest_spelling(text, unknown):  # else told already, in the list itself
            faults[place] = _not_of_the_campaign(place, text, kinds, names)
    for place, text in _doubles(document, names):
        faults[place] = text
    return names, faults


def with_names(scenario: CampaignScenario, names: Names) -> CampaignScenario:
    """The scenario with every satellite and station under its one name."""

    def of(text: str) -> str:
        return names.find(text) or text

    def by_name(table: Mapping[str, Item]) -> dict[str, Item]:
        return {of(key): value for key, value in table.items()}

    windows = tuple(replace(window, satellite=of(window.satellite)) for window in scenario.classical.window)
    return replace(
        scenario,
        campaign=replace(scenario.campaign, satellites=tuple(names.satellites), stations=tuple(names.stations)),
        terminals=by_name(scenario.terminals),
        quota_of=by_name(scenario.quota_of),
        closed=tuple(replace(closure, of=of(closure.of)) for closure in scenario.closed),
        hours=by_name(scenario.hours),
        classical=replace(scenario.classical, window=windows),
        priority=by_name(scenario.priority),
        demand=tuple(replace(each, between=(of(each.between[0]), of(each.between[1]))) for each in scenario.demand),
    )


def _satellite(names: Names, catalog: Catalog, text: str) -> str | None:
    payload, history, files = load_satellite(catalog, text)
    identity = payload.satellite
    name = slug(identity.name)
    names.spelled[_SATELLITE] |= {
        slug(each): name for each in (text, identity.name, str(identity.norad_id), *identity.aliases)
    }
    if name in names.satellites:
        return None
    names.satellites[name], names.sources[name] = history, payload.source
    names.files += files
    return name


def _station(names: Names, catalog: Catalog, text: str, folder: Path) -> str | None:
    is_file = text.endswith(".toml")
    site, path = load_site(catalog, str(folder / text) if is_file else text)
    own = slug(site.station.name)
    if not is_file and own != path.stem:  # passes carry the station's own name, by which its file is found again
        raise InputError(f"{path} holds the station {site.station.name!r}, its file must be called {own}.toml")
    name = text if is_file else own
    if own in names.spelled[_STATION]:
        return None
    names.spelled[_STATION] |= {slug(text): name, own: name}
    names.stations[name] = site.station
    names.files.append(path)
    return name


def _mentions(document: Mapping[str, Any]) -> Iterator[tuple[Place, str, tuple[str, ...]]]:
    """Place, text and allowed kinds of every name outside [campaign]."""
    tables = (("terminals", _EITHER), ("priority", _EITHER), ("quota_of", (_SATELLITE,)), ("hours", (_STATION,)))
    for table, kinds in tables:
        for key in _table(document, table):
            yield (table, key), key, kinds
    for index, closure in _items(document, "closed"):
        for place, text in _texts(("closed", index, "of"), closure.get("of")):
            yield place, text, (*_EITHER, EVERYTHING)
    for index, window in _items(_table(document, "classical"), "window"):
        for place, text in _texts(("classical", "window", index, "satellite"), window.get("satellite")):
            yield place, text, (_SATELLITE,)
    for index, demand in _items(document, "demand"):
        for place, text in _texts(("demand", index, "between"), demand.get("between")):
            yield place, text, (_STATION,)


def _not_of_the_campaign(place: Place, text: str, kinds: tuple[str, ...], names: Names) -> str:
    known = names.of(kinds)
    what = " or ".join(kinds)
    close = nearest_spelling(text, known)
    hint = f"did you mean {close!r}?" if close else f"it has {', '.join(known) or 'none'}"
    return f"{dotted(place)} names {text!r}, which is no {what} of [campaign]; {hint}"


def _doubles(document: Mapping[str, Any], names: Names) -> Iterator[tuple[Place, str]]:
    """Tables of one satellite or station under two spellings."""
    for table in ("terminals", "priority", "quota_of", "hours"):
        first: dict[str, str] = {}
        for key in _table(document, table):
            name = names.find(key)
            if name is not None and first.setdefault(name, key) != key:
                yield (table, key), f"{dotted((table, key))} is the same as {dotted((table, first[name]))}, keep one"


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = document.get(name)
    return table if isinstance(table, dict) else {}


def _items(document: Mapping[str, Any], name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    items = document.get(name)
    if isinstance(items, list):
        yield from ((index, item) for index, item in enumerate(items) if isinstance(item, dict))


def _texts(place: Place, value: Any) -> Iterator[tuple[Place, str]]:
    """Texts of a value that is one, or a list of them, each with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        yield from (((*place, index), item) for index, item in enumerate(value) if isinstance(item, str))
