"""Finds and loads what the folders ``tle/`` and ``stations/`` hold; nothing else in the house looks for data files.

Three places are searched, the later adding to and overriding the earlier: the bundled catalogue, the user's own
(``$XDG_DATA_HOME/passplan``, by default ``~/.local/share/passplan``), and a folder given by hand.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from importlib import resources
from pathlib import Path

from passplan.checks import nearest_spelling
from passplan.errors import InputError, UnknownName
from passplan.mission.payload import GroundSite, Payload, Published
from passplan.mission.scenario import read_record
from passplan.orbit.elements import Elements, read_tle
from passplan.orbit.passes import slug


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


def open_catalog(extra: Path | None = None) -> Catalog:
    """Catalogue of the bundled data, the user's own, and a folder given by hand.

    Raises
    ------
    InputError
        If the given folder holds neither ``tle`` nor ``stations``.
    """
    folders = [bundled_folder()]
    own = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "passplan"
    if own.is_dir():
        folders.insert(0, own)
    if extra is not None:
        if not any((extra / kind).is_dir() for kind in ("tle", "stations")):
            raise InputError(f"{extra}: holds neither a folder tle nor a folder stations")
        folders.insert(0, extra)
    return Catalog(tuple(folders))


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

    Raises
    ------
    UnknownName
        With the nearest right spelling.
    InputError
        When a file is wrong, with all its faults.
    """
    path = _find(catalog.paths("tle", ".toml"), name) or _find_by_alias(catalog, name)
    payload = read_record(path, Payload)
    check_companions(payload, path)
    elements_path = path.parent / payload.satellite.elements
    history = read_tle(elements_path, name=payload.satellite.name)
    strangers = sorted({str(item.norad_id) for item in history if item.norad_id != payload.satellite.norad_id})
    if strangers:
        raise InputError(
            f"{elements_path}: holds sets of number {', '.join(strangers)}, must hold only {payload.satellite.norad_id}"
        )
    return payload, tuple(sorted(history, key=lambda item: item.epoch_utc)), (path, elements_path)


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
    path = _find(paths, name)
    if path is None:
        raise UnknownName(_unknown("station", name, paths))
    return read_record(path, GroundSite), path


def night_window(when: datetime, longitude_deg: float) -> tuple[datetime, datetime]:
    """Local mean solar noon to noon around the night that begins on the evening of a date [UTC datetimes]."""
    solar_offset = timedelta(hours=longitude_deg / 15.0)  # the Earth turns 15 deg an hour
    noon = datetime.combine(when.date(), time(12), tzinfo=UTC) - solar_offset
    return noon, noon + timedelta(days=1)


def site_at_night(site: GroundSite, when: datetime) -> GroundSite:
    """The site with what its file says of the very night in which an instant lies."""
    for night in site.night:
        evening = datetime.combine(night.date, time(0), tzinfo=UTC)
        start, end = night_window(evening, site.station.longitude_deg)
        if start <= when < end:
            atmosphere = replace(site.atmosphere, visibility_km=night.visibility_km)
            assumed = {**site.assumed, "atmosphere.visibility_km": night.reason}
            return replace(site, atmosphere=atmosphere, assumed=assumed)
    return site


def published_of(payload: Payload, pass_id: str) -> Published | None:
    """Published figures of a pass, or None."""
    return next((item for item in payload.published if pass_id.startswith(item.pass_id)), None)


def _find(paths: dict[str, Path], name: str) -> Path | None:
    return paths.get(slug(name))


def _find_by_alias(catalog: Catalog, name: str) -> Path:
    paths = catalog.paths("tle", ".toml")
    for path in paths.values():
        identity = read_record(path, Payload).satellite
        if slug(name) in {slug(identity.name), str(identity.norad_id), *map(slug, identity.aliases)}:
            return path
    raise UnknownName(_unknown("satellite", name, paths))


def _unknown(what: str, name: str, known: dict[str, Path]) -> str:
    close = nearest_spelling(name, known)
    hint = f"; did you mean {close!r}?" if close else "."
    return f"{what} {name!r} is not in the catalogue{hint} Known: {', '.join(sorted(known))}"


def catalog_files(catalog: Catalog) -> Iterator[Path]:
    """Every file of the catalogue, for ``data status`` and ``check``."""
    for kind, ending in (("tle", ".toml"), ("tle", ".tle"), ("stations", ".toml")):
        yield from catalog.paths(kind, ending).values()
