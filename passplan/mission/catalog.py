"""Finds and loads what the folders ``tle/``, ``stations/`` and ``elements/`` hold; nothing else looks for data files.

Three places are searched, the later adding to and overriding the earlier: the bundled catalogue, the user's own
(``$XDG_DATA_HOME/passplan``, by default ``~/.local/share/passplan``), and a folder given by hand. The folders
``elements/`` hold files of element sets of many objects in any form; they add to the history of every satellite, and
are opened only when one is asked for.
"""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from importlib import resources
from pathlib import Path

from passplan.checks import nearest_spelling
from passplan.errors import InputError, UnknownName
from passplan.mission.library import all_names, element_paths, numbers_named, one_epoch_each, sets_of_number
from passplan.mission.payload import GroundSite, Night, Payload, Published
from passplan.mission.scenario import read_record
from passplan.orbit.elements import Elements, read_tle
from passplan.orbit.passes import slug

MOST_NAMES = 20  # that a message lists
OPTICAL_DEPTH = "atmosphere.aerosol_optical_depth"


@dataclass(frozen=True, slots=True)
class Catalog:
    """The folders in which satellites and stations are looked for, the last one first."""

    folders: tuple[Path, ...]

    def paths(self, kind: str, ending: str) -> dict[str, Path]:
        """Path of every file of a kind (``tle`` or ``stations``), by its stem."""
        found: dict[str, Path] = {}
        for folder in reversed(self.folders):
            for path in sorted((folder / kind).glob(f"*{ending}")):
                found[path.stem] = path
        return found

    def element_files(self) -> list[Path]:
        """Files of element sets of many objects, those of the last folder first."""
        return element_paths(self.folders)


def open_catalog(extra: Path | None = None) -> Catalog:
    """Catalogue of the bundled data, the user's own, and a folder given by hand.

    Raises
    ------
    InputError
        If the given folder holds neither ``tle`` nor ``stations`` nor ``elements``.
    """
    folders = [bundled_folder()]
    own = own_folder()
    if own.is_dir():
        folders.insert(0, own)
    if extra is not None:
        if not any((extra / kind).is_dir() for kind in ("tle", "stations", "elements")):
            raise InputError(f"{extra}: holds neither a folder tle nor a folder stations nor a folder elements")
        folders.insert(0, extra)
    return Catalog(tuple(folders))


def own_folder() -> Path:
    """The user's data folder, which need not exist: ``data add`` and ``data refresh`` write there."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "passplan"


def bundled_folder() -> Path:
    """Folder that holds the bundled ``tle`` and ``stations``: in the wheel the package's data, else the checkout."""
    package = Path(str(resources.files("passplan")))
    carried = package / "data"
    return carried if (carried / "stations").is_dir() else package.parent


def satellite_names(catalog: Catalog) -> list[str]:
    """Slugs of the satellites that have a payload file."""
    return sorted(catalog.paths("tle", ".toml"))


def station_names(catalog: Catalog) -> list[str]:
    """Slugs of the stations of the catalogue."""
    return sorted(catalog.paths("stations", ".toml"))


def load_satellite(catalog: Catalog, name: str) -> tuple[Payload, tuple[Elements, ...], tuple[Path, ...]]:
    """Payload, element sets (oldest first) and the files read, of a satellite by its name, an alias or its number.

    The sets are those beside the payload and those of the same number in the element files; of two with one epoch that
    beside the payload counts, then that of the later folder.

    Raises
    ------
    UnknownName
        With the nearest right spelling.
    InputError
        When a file is wrong, with all its faults.
    """
    path = _payload_path(catalog, name)
    if path is None:
        raise UnknownName(_unknown("satellite", name, catalog.paths("tle", ".toml")))
    payload, bundled, elements_path = read_satellite(path)
    further, files = sets_of_number(catalog.element_files(), payload.satellite.norad_id)
    named = (replace(item, name=payload.satellite.name) for item in further)
    return payload, one_epoch_each((*bundled, *named)), (path, elements_path, *files)


def read_satellite(path: Path) -> tuple[Payload, tuple[Elements, ...], Path]:
    """Payload of a file, the element sets beside it, and their path.

    Raises
    ------
    InputError
        When a file is wrong or missing, with all its faults, or the element file holds another object too.
    """
    payload = read_record(path, Payload)
    check_companions(payload, path)
    elements_path = path.parent / payload.satellite.elements
    sets = read_tle(elements_path, name=payload.satellite.name)
    strangers = sorted({str(item.norad_id) for item in sets if item.norad_id != payload.satellite.norad_id})
    if strangers:
        raise InputError(
            f"{elements_path}: holds sets of number {', '.join(strangers)}, must hold only {payload.satellite.norad_id}"
        )
    return payload, tuple(sets), elements_path


def load_history(catalog: Catalog, name: str) -> tuple[Elements, ...]:
    """Element sets (oldest first, each epoch once) of any satellite of the catalogue or of the element files.

    Parameters
    ----------
    name : str
        Name, alias or catalogue number of a satellite with a payload; else the catalogue number, the name or the
        international designator (2016-051A) of an object in the element files.

    Raises
    ------
    UnknownName
        With the nearest right spelling, or with the numbers when several objects have the name.
    InputError
        When a file is wrong, with all its faults.
    """
    if _payload_path(catalog, name) is not None:
        return load_satellite(catalog, name)[1]
    sets, _ = sets_of_number(catalog.element_files(), satellite_number(catalog, name))
    if not sets:
        raise UnknownName(_unknown("satellite", name, catalog.paths("tle", ".toml")))
    newest = max(sets, key=lambda item: item.epoch_utc)
    return one_epoch_each(replace(item, name=newest.name) for item in sets)


def satellite_number(catalog: Catalog, name: str) -> int:
    """Catalogue number of a satellite by its name, an alias, its designator, or the number itself; see `load_history`.

    Raises
    ------
    UnknownName
        With the nearest right spelling, or with the numbers when several objects have the name.
    """
    path = _payload_path(catalog, name)
    if path is not None:
        return read_record(path, Payload).satellite.norad_id
    if name.strip().isascii() and name.strip().isdigit():
        return int(name)
    files = catalog.element_files()
    found = numbers_named(files, name)
    known: dict[str, object] = dict(catalog.paths("tle", ".toml"))
    if not found:
        names = all_names(files)
        known |= names
        found = dict.fromkeys(names.get(slug(name), ()), name)
    if not found:
        raise UnknownName(_unknown("satellite", name, known))
    if len(found) > 1:
        listed = ", ".join(f"{number} ({told})" for number, told in sorted(found.items()))
        raise UnknownName(f"satellite {name!r} fits {len(found)} objects, write the number: {listed}")
    return next(iter(found))


def check_companions(payload: Payload, path: Path) -> None:
    """Raise InputError unless the files that a payload names stand beside it."""
    names = [payload.satellite.elements]
    for item in payload.published:
        names += [name for name in (item.sifted_rate_curve, item.loss_curve) if name]
    missing = [name for name in names if Path(name).name != name or not (path.parent / name).is_file()]
    if missing:
        raise InputError(f"{path}: names files that do not stand beside it: {', '.join(missing)}")


def load_site(catalog: Catalog, name: str) -> tuple[GroundSite, Path]:
    """Record and path of a station's file, by name or by path.

    Raises
    ------
    UnknownName
        With the nearest right spelling.
    InputError
        When the file is wrong, with all its faults.
    """
    if name.endswith(".toml"):
        return read_record(Path(name), GroundSite), Path(name)
    paths = catalog.paths("stations", ".toml")
    path = paths.get(slug(name))
    if path is None:
        raise UnknownName(_unknown("station", name, paths))
    return read_record(path, GroundSite), path


def night_window(when: datetime, longitude_deg: float) -> tuple[datetime, datetime]:
    """Local mean solar noon to noon around the night that begins on the evening of a date [UTC datetimes]."""
    solar_offset = timedelta(hours=longitude_deg / 15.0)  # the Earth turns 15 deg an hour
    noon = datetime.combine(when.date(), time(12), tzinfo=UTC) - solar_offset
    return noon, noon + timedelta(days=1)


def site_at_night(site: GroundSite, when: datetime) -> GroundSite:
    """The site with what its file says of the very night in which an instant lies.

    Its visibility takes the place of a measured optical depth, and a note under ``assumed`` says so.
    """
    night = night_of(site, when)
    if night is None:
        return site
    assumed = {**site.assumed, "atmosphere.visibility_km": night.reason}
    if site.atmosphere.aerosol_optical_depth is not None:
        assumed[OPTICAL_DEPTH] = (
            f"was measured as {site.atmosphere.aerosol_optical_depth:g}; the night's visibility_km, "
            f"{night.visibility_km:g} km, takes its place"
        )
    return replace(site, atmosphere=site.atmosphere.with_visibility(night.visibility_km), assumed=assumed)


def night_of(site: GroundSite, when: datetime) -> Night | None:
    """What the site's file says of the very night in which an instant lies, or None."""
    for night in site.night:
        evening = datetime.combine(night.date, time(0), tzinfo=UTC)
        start, end = night_window(evening, site.station.longitude_deg)
        if start <= when < end:
            return night
    return None


def published_of(payload: Payload, pass_id: str) -> Published | None:
    """Published figures of a pass, or None."""
    return next((item for item in payload.published if pass_id.startswith(item.pass_id)), None)


def _payload_path(catalog: Catalog, name: str) -> Path | None:
    """Payload file of a satellite by its name, an alias or its number, or None."""
    paths = catalog.paths("tle", ".toml")
    if slug(name) in paths:
        return paths[slug(name)]
    for path in paths.values():
        identity = read_record(path, Payload).satellite
        if slug(name) in {slug(identity.name), str(identity.norad_id), *map(slug, identity.aliases)}:
            return path
    return None


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    close = nearest_spelling(name, known)
    hint = f"; did you mean {close!r}?" if close else "."
    names = sorted(known)
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return f"{what} {name!r} is not in the catalogue{hint} Known: {', '.join(names[:MOST_NAMES])}{more}"


def catalog_files(catalog: Catalog) -> Iterator[Path]:
    """Every file of the catalogue, for ``data status`` and ``check``."""
    for kind, ending in (("tle", ".toml"), ("tle", ".tle"), ("stations", ".toml")):
        yield from catalog.paths(kind, ending).values()
