"""Commented templates of the files that passplan reads."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from passplan.checks import one_of
from passplan.errors import InputError
from passplan.mission.files import write_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One kind of file: what it is for, the ending of its name, and the text of the template."""

    purpose: str
    suffix: str
    text: Callable[[], str]


def _packaged(name: str) -> Callable[[], str]:
    def text() -> str:
        return (resources.files("passplan") / "data" / "templates" / name).read_text(encoding="utf-8")

    return text


def _bundled(folder: str, name: str) -> str:
    """Text of a file of the bundled catalogue, whose reader is imported only here: a template must come at once."""
    from passplan.mission.catalog import bundled_folder

    return (bundled_folder() / folder / name).read_text(encoding="utf-8")


def _station() -> str:
    return _HEAD["station"] + _bundled("stations", "xinglong.toml")


def _satellite() -> str:
    """The bundled satellite without its published figures, whose curves are files of its own."""
    text = _bundled("tle", "micius.toml")
    return _HEAD["satellite"] + text[: text.index("[[published]]")] + text[text.index("[sources]") :]


_HEAD = {
    "station": """\
# A station. This is Xinglong as the catalogue has it: change what is yours, and say under [sources] and [assumed] where
# each number comes from. Save it as <name>.toml after the station's own name; then
#   passplan check <name>.toml && passplan data add <name>.toml

""",
    "satellite": """\
# A satellite. This is Micius as the catalogue has it: change what is yours, and say under [sources] and [assumed] where
# each number comes from. Its element sets stand beside it, in the file that satellite.elements names; then
#   passplan check <name>.toml && passplan data add <name>.toml

""",
}

TEMPLATES = {
    "scenario": Template(
        purpose="a campaign: satellites, stations, dates, constraints, weather, demand, objective",
        suffix=".toml",
        text=_packaged("scenario.toml"),
    ),
    "weather": Template(
        purpose="chance of cloud by station, month and hour, or hour by hour, for a campaign",
        suffix=".csv",
        text=_packaged("weather.csv"),
    ),
    "station": Template(
        purpose="a ground station: position, telescope, detectors, pointing, air", suffix=".toml", text=_station
    ),
    "satellite": Template(
        purpose="a satellite: transmitter, source, pointing, attitude, practice of the key",
        suffix=".toml",
        text=_satellite,
    ),
}


def template_text(kind: str) -> str:
    """Text of a template; raises UnknownName with the nearest kind."""
    return TEMPLATES[one_of("kind of file", kind, TEMPLATES)].text()


def write_template(kind: str, path: Path, *, force: bool = False) -> None:
    """Write a template to a file.

    Raises
    ------
    UnknownName
        If there is no such kind.
    InputError
        If the file is there and ``force`` is not given, its suffix is wrong, or it cannot be written.
    """
    text = template_text(kind)
    suffix = TEMPLATES[kind].suffix
    if path.suffix.lower() != suffix:
        raise InputError(f"{path}: the suffix is {path.suffix or 'absent'}, must be {suffix} for a {kind}")
    if path.exists() and not force:
        raise InputError(f"{path}: is there already; --force writes over it")
    write_file(path, text)
