"""What a user adds to the catalogue: files are checked whole, then copied into the data folder, each at once or not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from passplan.detection.efficiency import EFFICIENCY_TABLES
from passplan.errors import InputError
from passplan.mission.air_files import cn2_profile_of, extinction_table_of
from passplan.mission.catalog import Catalog, bundled_folder, read_satellite
from passplan.mission.fetch_log import Fetch, read_log
from passplan.mission.files import make_folder, named_file, write_file
from passplan.mission.library import ELEMENT_SUFFIXES
from passplan.mission.outcome import counted
from passplan.mission.payload import GroundSite, Payload
from passplan.mission.scenario import read_record
from passplan.mission.selection import DEFAULT_MAX_AGE_DAYS
from passplan.mission.status import Verdict, is_station_file
from passplan.orbit.element_files import read_elements
from passplan.orbit.elements import Elements, age_days
from passplan.orbit.passes import slug
from passplan.units import format_utc, seconds_between

_MOST_FAULTS = 3  # that a message quotes


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What became of one file.

    kind   : ``station``, ``satellite`` or ``elements``
    state  : ``added``, ``replaced`` or ``unchanged`` (the very file was there already)
    file   : where it lies now
    holds  : what it holds, in words
    before : what was replaced, or which bundled file it takes the place of; else empty
    faults : objects of an element file that cannot be used, one line each; the others count
    """

    kind: str
    state: str
    file: str
    holds: str
    before: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A file that was found good: its contents by their targets, the file itself last."""

    kind: str
    contents: tuple[tuple[Path, bytes], ...]
    holds: str
    before: str = ""
    faults: tuple[str, ...] = ()


def add_files(paths: Sequence[Path], *, folder: Path, force: bool = False, name: str | None = None) -> list[Added]:
    """Copy stations, satellites (with the files they name) and element files into a data folder.

    Parameters
    ----------
    paths : sequence of Path
        TOML files of stations or payloads, or element files in any form that `read_elements` knows.
    folder : Path
        The data folder; ``tle``, ``stations`` and ``elements`` are made in it as needed.
    force : bool
        Replace a different file of the same name.
    name : str, optional
        Name in the catalogue instead of the file's own; for one path only.

    Returns
    -------
    list of Added
        One a path. Adding a file twice changes nothing.

    Raises
    ------
    InputError
        With all faults of all files; nothing is copied then. An element file is refused only if none of its sets can
        be used.
    """
    if name is not None and len(paths) != 1:
        raise InputError(f"a name is for one file, but {len(paths)} are given")
    if name is not None and not _stem(name):
        raise InputError(f"the name {name!r} holds neither a letter nor a digit")
    plans, faults = [], []
    for path in paths:
        try:
            plan = _plan(path, folder, name)
            plans.append(plan)
            faults += [] if force else _conflicts(plan)
        except InputError as error:
            faults.append(str(error))
    faults += _doubles(plans)
    if faults:
        raise InputError("\n".join(faults))
    return [_carry_out(plan) for plan in plans]


def element_verdicts(catalog: Catalog, *, now: datetime) -> list[Verdict]:
    """Verdict on each element file of the catalogue: what it holds, how old, whence, and when it may be refreshed.

    Raises
    ------
    InputError
        If a record of fetches cannot be read.
    """
    return [_element_verdict(path, now) for path in catalog.element_files()]


def _element_verdict(path: Path, now: datetime) -> Verdict:
    fetch = read_log(path.parent.parent).of_file(path.name)
    origin = "; " + _origin(fetch, now) if fetch else ""
    try:
        sets, faults = _read(path)
    except InputError as error:
        return Verdict(name=str(path), kind="faulty", holds="-", go=False, reason=f"{error}{origin}")
    age = min((age_days(item, now) for item in sets), key=abs)
    told = f"; {counted(len(faults), 'fault')}: {'; '.join(faults[:_MOST_FAULTS])}" if faults else ""
    reason = f"nearest set is {age:+.1f} d from {format_utc(now)}, limit {DEFAULT_MAX_AGE_DAYS:g} d{origin}{told}"
    fresh = abs(age) <= DEFAULT_MAX_AGE_DAYS
    return Verdict(name=str(path), kind="elements", holds=_holds(sets), go=fresh and not faults, reason=reason)


def _origin(fetch: Fetch, now: datetime) -> str:
    taken = fetch.taken_utc or fetch.asked_utc
    age_h = seconds_between(taken, now) / 3600.0
    next_text = "now" if fetch.next_utc <= now else f"from {format_utc(fetch.next_utc)}"
    return f"{fetch.query} of {fetch.source}, taken {age_h:.1f} h ago, may be refreshed {next_text}"


def _plan(path: Path, folder: Path, name: str | None) -> _Plan:
    if path.suffix.lower() != ".toml":
        return _elements_plan(path, folder, name)
    stem = _stem(name or path.stem)
    if is_station_file(path):
        return _station_plan(path, folder, stem)
    return _satellite_plan(path, folder, stem)


def _stem(name: str) -> str:
    """Name of a file, without its suffix, that neither leads elsewhere nor hides."""
    return slug(name).strip(".-")


def _station_plan(path: Path, folder: Path, stem: str) -> _Plan:
    site = read_record(path, GroundSite)
    extinction_table_of(site, path)
    cn2_profile_of(site, path)
    station = site.station
    place = f"{station.latitude_deg:.4f}, {station.longitude_deg:.4f} deg, {station.height_m:g} m"
    target = folder / "stations" / f"{stem}.toml"
    return _Plan(
        kind="station",
        contents=(*_beside(path, target, station_companions(site)), (target, _bytes(path))),
        holds=f"{station.name}, {place}",
        before=_overridden(target),
    )


def _satellite_plan(path: Path, folder: Path, stem: str) -> _Plan:
    payload, sets, _ = read_satellite(path)
    target = folder / "tle" / f"{stem}.toml"
    return _Plan(
        kind="satellite",
        contents=(*_beside(path, target, companions(payload)), (target, _bytes(path))),
        holds=f"{payload.satellite.name} ({payload.satellite.norad_id}), {_holds(sets)}",
        before=_overridden(target),
    )


def companions(payload: Payload) -> list[str]:
    """Names of the files that a payload names, each once."""
    curves = [name for item in payload.published for name in (item.sifted_rate_curve, item.loss_curve)]
    names = [payload.satellite.elements, payload.attitude.file, *curves]
    return [name for name in dict.fromkeys(names) if name]


def station_companions(site: GroundSite) -> list[str]:
    """Names of the files that a station names: tables of the air, of its mirrors' stress, of its detectors."""
    table = site.detectors.efficiency_table
    own_table = None if table in EFFICIENCY_TABLES else table
    names = [site.atmosphere.extinction_table, site.atmosphere.cn2_profile, site.polarization.stress_map, own_table]
    return [name for name in dict.fromkeys(names) if name]


def _beside(path: Path, target: Path, names: Sequence[str]) -> list[tuple[Path, bytes]]:
    return [(target.parent / name, _bytes(named_file(path, "a table", name))) for name in names]


def _elements_plan(path: Path, folder: Path, name: str | None) -> _Plan:
    sets, faults = _read(path)
    suffix = path.suffix.lower() if path.suffix.lower() in ELEMENT_SUFFIXES else ".txt"
    stem = _stem((name or path.name).removesuffix(path.suffix)) or "elements"
    target = folder / "elements" / f"{stem}{suffix}"
    return _Plan(
        kind="elements", contents=((target, _bytes(path)),), holds=_holds(sets), before=_before(target), faults=faults
    )


def _read(path: Path) -> tuple[tuple[Elements, ...], tuple[str, ...]]:
    """Good sets of an element file, and its faults, one line each."""
    reading = read_elements(path)
    return reading.sets, tuple(str(fault) for fault in reading.faults)


def _holds(sets: Iterable[Elements]) -> str:
    listed = list(sets)
    objects = len({item.norad_id for item in listed})
    first, last = min(item.epoch_utc for item in listed), max(item.epoch_utc for item in listed)
    return f"{counted(objects, 'object')}, {counted(len(listed), 'set')}, {first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _overridden(target: Path) -> str:
    """Which bundled file a new one hides."""
    bundled = bundled_folder() / target.parent.name / target.name
    return f"takes the place of the bundled {target.stem}" if bundled.is_file() else ""


def _before(target: Path) -> str:
    """What an element file holds that is about to be replaced."""
    if not target.is_file():
        return ""
    try:
        return _holds(_read(target)[0])
    except InputError:
        return "a file that cannot be read"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error


def _differs(target: Path, content: bytes) -> bool:
    return target.exists() and (not target.is_file() or _bytes(target) != content)


def _conflicts(plan: _Plan) -> list[str]:
    return [
        f"{target}: is there already, and differs; --force replaces it, --name NAME keeps both"
        for target, content in plan.contents
        if _differs(target, content)
    ]


def _doubles(plans: Sequence[_Plan]) -> list[str]:
    """Faults of files that would be copied onto each other."""
    seen: dict[Path, bytes] = {}
    pairs = [pair for plan in plans for pair in plan.contents]
    return [f"{target}: two of the files would go there" for target, content in pairs
            if seen.setdefault(target, content) != content]  # fmt: skip


def _carry_out(plan: _Plan) -> Added:
    """Write the files of a plan that are new or differ; what a satellite's file names comes before itself."""
    target = plan.contents[-1][0]
    stood = target.exists()
    to_write = [(path, content) for path, content in plan.contents if not path.is_file() or _bytes(path) != content]
    for path, content in to_write:
        make_folder(path.parent)
        write_file(path, content)
    state = ("replaced" if stood else "added") if to_write else "unchanged"
    before = plan.before if state != "unchanged" else ""
    return Added(kind=plan.kind, state=state, file=str(target), holds=plan.holds, before=before, faults=plan.faults)
