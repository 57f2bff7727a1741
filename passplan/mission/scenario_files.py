"""A campaign's scenario file, read whole: every fault at once, names found, the files that it stands on with hashes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from passplan.errors import InputError
from passplan.mission.campaign_scenario import CampaignScenario
from passplan.mission.catalog import Catalog, station_names
from passplan.mission.element_choice import chosen_histories
from passplan.mission.key_lines import KeyLines, Place, dotted
from passplan.mission.scenario import parse_document, raise_faults, read_text, record_of
from passplan.mission.scenario_names import Names, find_names, with_names
from passplan.mission.scenario_rules import aim_faults, remarks_of, sense_faults
from passplan.orbit.elements import Elements
from passplan.orbit.station import Station
from passplan.schedule.weather import Climatology, CloudTable, same_clouds
from passplan.schedule.weather_text import parse_clouds


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A scenario and what it stands on.

    scenario : every name in the one spelling that the catalogue and the ids of passes have; files as written
    path : of its file; the files that it names lie in the same folder
    histories : element sets, oldest first, by satellite
    stations : by name
    clouds : of the weather file, or the one probability of the scenario; ``clouds.over(start, end)`` is the table
    files : every file read: the scenario, satellites, stations, element sets, weather
    remarks : what it says to no effect
    """

    scenario: CampaignScenario
    path: Path
    histories: dict[str, tuple[Elements, ...]]
    stations: dict[str, Station]
    clouds: CloudTable | Climatology
    files: tuple[Path, ...]
    remarks: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Folder in which the files that the scenario names lie."""
        return self.path.parent

    @property
    def element_files(self) -> tuple[Path, ...]:
        """Paths of the element files that it names."""
        return tuple(self.folder / name for name in self.scenario.campaign.element_files)

    @property
    def weather_file(self) -> Path | None:
        """Path of the weather file, or None."""
        name = self.scenario.weather.file
        return self.folder / name if name is not None else None

    def hashes(self) -> dict[str, str]:
        """SHA-256 of every file, by its path as text."""
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in self.files}


def read_scenario(path: Path, catalog: Catalog) -> CampaignScenario:
    """Scenario of a file, validated whole; see `load_scenario`."""
    return load_scenario(path, catalog).scenario


def load_scenario(path: Path, catalog: Catalog) -> Loaded:
    """Scenario of a TOML file with what it stands on.

    Parameters
    ----------
    path : Path
        The file.
    catalog : Catalog
        Holds its satellites and stations.

    Raises
    ------
    InputError
        With a line for each fault, all of them at once: keys, types, units and limits; unknown names, with the nearest
        right spelling; times without a zone or in the wrong order; demands that contradict each other; missing files.
    """
    text = read_text(path)
    document = parse_document(text, CampaignScenario, source=str(path))
    names, faults = find_names(document, catalog, path.parent)
    scenario, wrong = record_of(document, CampaignScenario)
    faults = {**faults, **wrong}
    checked, skipped = (scenario, frozenset[str]()) if not wrong else _without(document, wrong)
    if checked is not None:
        faults |= {**sense_faults(checked, names, skipped=skipped), **faults}
    faults |= _file_faults(document, path, names)
    clouds, unread = _clouds(document, path, names, catalog)
    raise_faults({**faults, **unread}, text, source=str(path))
    named = with_names(scenario, names)
    own = [path.parent / name for name in (*named.campaign.element_files, named.weather.file) if name is not None]
    return Loaded(
        scenario=named,
        path=path,
        histories=names.satellites,
        stations=names.stations,
        clouds=clouds or same_clouds(tuple(names.stations), named.weather.cloud),
        files=tuple(dict.fromkeys((path, *names.files, *own))),
        remarks=remarks_of(named),
    )


def with_aim(loaded: Loaded, **changes: Any) -> Loaded:
    """The same with other values under [objective], such as ``kind="demand"`` of a command's option.

    Raises
    ------
    InputError
        If the scenario has not what the objective needs.
    """
    aim = replace(loaded.scenario.objective, **changes)
    faults = aim_faults(aim, pairs=len(loaded.scenario.demand))
    if faults:
        lines = KeyLines(read_text(loaded.path))
        told = (f"{loaded.path}:{lines.line_of(('objective', key))}: {text}" for key, text in faults.items())
        raise InputError("\n".join(told))
    changed = replace(loaded.scenario, objective=aim)
    return replace(loaded, scenario=changed, remarks=remarks_of(changed))


def _without(
    document: Mapping[str, Any], faults: Mapping[Place, str]
) -> tuple[CampaignScenario | None, frozenset[str]]:
    """Scenario without the tables that are faulty in themselves, and their names; None when [campaign] is one."""
    faulty = frozenset(str(place[0]) for place in faults)
    if "campaign" in faulty:
        return None, faulty
    scenario, left = record_of({key: table for key, table in document.items() if key not in faulty}, CampaignScenario)
    return (None if left else scenario), faulty


def _file_faults(document: Mapping[str, Any], path: Path, names: Names) -> dict[Place, str]:
    """Files that the scenario names and that are not there, and satellites that its element files do not hold."""
    faults: dict[Place, str] = {}
    campaign, weather = (document.get(name) for name in ("campaign", "weather"))
    listed = campaign.get("element_files") if isinstance(campaign, dict) else None
    listed = listed if isinstance(listed, list) else []
    written: dict[Place, Any] = {("campaign", "element_files", index): name for index, name in enumerate(listed)}
    if isinstance(weather, dict) and "file" in weather:
        written["weather", "file"] = weather["file"]
    for place, name in written.items():
        if isinstance(name, str) and not (path.parent / name).is_file():
            faults[place] = f"{dotted(place)} is {name!r}, but no such file stands in {path.parent}"
    if listed and not faults:
        faults |= _taken_sets([path.parent / name for name in listed if isinstance(name, str)], names)
    return faults


def _clouds(
    document: Mapping[str, Any], path: Path, names: Names, catalog: Catalog
) -> tuple[CloudTable | Climatology | None, dict[Place, str]]:
    """Weather of the file that the scenario names, if it is there, and what is wrong with it."""
    weather = document.get("weather")
    name = weather.get("file") if isinstance(weather, dict) else None
    if not isinstance(name, str) or not (path.parent / name).is_file():
        return None, {}
    source = path.parent / name
    known = {*station_names(catalog), *names.stations}
    try:
        return parse_clouds(read_text(source), source=str(source), known=known, needed=names.stations), {}
    except InputError as error:
        place: Place = ("weather", "file")
        return None, {(*place, index): f"weather.file: {line}" for index, line in enumerate(str(error).splitlines())}


def _taken_sets(files: list[Path], names: Names) -> dict[Place, str]:
    """Put the sets of element files in the place of the catalogue's; faults where a satellite has none."""
    faults: dict[Place, str] = {}
    told = []
    for name, sets in names.satellites.items():
        try:
            (history,), _ = chosen_histories(files, (str(sets[-1].norad_id),))
            names.satellites[name] = tuple(replace(item, name=sets[-1].name) for item in history)
        except InputError as error:
            told.append(f"{name}: {error}")
    if told:
        faults["campaign", "element_files"] = "campaign.element_files: " + "; ".join(told)
    return faults
