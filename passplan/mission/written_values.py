"""Values as a TOML file writes them: numbers with their unit, instants with their zone, times of day without one.

Each reader is given the place of the value; what cannot be read is noted there as a fault, and a stand-in returned.
"""

import re
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from passplan.channel.radiance_units import radiance_of
from passplan.checks import nearest_spelling
from passplan.errors import InputError, PassplanError
from passplan.mission.key_lines import Place, dotted
from passplan.units import as_utc, parse_utc

_RADIANCE = "W / (m2 sr um)"
# Ending of a field's name -> unit, longest ending first where one ends in another.
UNIT_OF_ENDING = {
    "_w_m2_sr_um": _RADIANCE,
    "_urad2_s3": "urad2 / s3",
    "_urad2_s": "urad2 / s",
    "_urad2_hz": "urad2 / Hz",
    "_urad_s": "urad / s",
    "_kg_m2": "kg m2",
    "_n_m_s": "N m s",
    "_n_m": "N m",
    "_deg_s2": "deg / s2",
    "_deg_s": "deg / s",
    "_km_s": "km / s",
    "_m_s": "m / s",
    "_urad": "urad",
    "_mrad": "mrad",
    "_deg": "deg",
    "_cps": "1 / s",
    "_khz": "kHz",
    "_hz": "Hz",
    "_km": "km",
    "_mm": "mm",
    "_nm": "nm",
    "_ns": "ns",
    "_ps": "ps",
    "_ms": "ms",
    "_mw": "mW",
    "_w": "W",
    "_m": "m",
    "_s": "s",
    "_db": "dB",
}
# Of keys of files alone: among results ``_h`` is horizontal light and ``_min`` the least.
UNIT_OF_FILE_ENDING = {"_bits": "bit", "_days": "d", "_h": "h", "_min": "min", "_wh": "W h"}
_STAND_IN = datetime(2000, 1, 1, tzinfo=UTC)


def unit_of(key: str) -> str | None:
    """Unit that the ending of a key's name states, or None."""
    return next((unit for ending, unit in UNIT_OF_ENDING.items() if key.endswith(ending)), None)


def unit_in_file(key: str) -> str | None:
    """Unit that the ending of a key of a file states, or None; knows times and bits besides what `unit_of` knows."""
    found = unit_of(key)
    return found or next((unit for ending, unit in UNIT_OF_FILE_ENDING.items() if f"_{key}".endswith(ending)), None)


def number_of(text: str, place: Place, faults: dict[Place, str]) -> float:
    """Number [unit of the key] of a text such as ``"850 nm"``, whose last key of the place says the unit.

    A radiance may be stated as a power; photons and magnitudes are refused, since they need the wavelength, which
    another file holds.
    """
    if unit_of(_last_key(place)) != _RADIANCE:
        return _number_with_unit(text, place, faults)
    unknown: dict[Place, str] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # several slashes in a unit
        number = _number_with_unit(text, place, unknown)
    if not unknown:
        return number
    try:
        return radiance_of(text)
    except PassplanError as error:
        faults[place] = f"{dotted(place)}: {error}"
        return 0.0


def instant_of(value: Any, place: Place, faults: dict[Place, str]) -> datetime:
    """UTC instant of a TOML time, a date, which stands for 0 h UTC, or an ISO 8601 text; a zone must be written."""
    try:
        if isinstance(value, datetime):
            return as_utc(value, what=f"{dotted(place)},")
        if isinstance(value, date):
            return datetime.combine(value, time(0), tzinfo=UTC)
        if isinstance(value, str):
            return parse_utc(value, what=f"{dotted(place)},")
        faults[place] = (
            f"{dotted(place)} is {value!r}, must be a time with its zone, as 2016-12-19T16:52:13Z, or a date"
        )
    except InputError as error:
        faults[place] = str(error)
    return _STAND_IN


def time_of_day_of(value: Any, place: Place, faults: dict[Place, str]) -> time:
    """Local time of a day, of a TOML time or of a text such as ``"18:00"``."""
    try:
        clock = time.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        clock = None
    if isinstance(clock, time) and clock.tzinfo is None:
        return clock
    zone = " without a zone" if isinstance(clock, time) else ""
    faults[place] = f'{dotted(place)} is {str(value)!r}, must be a local time of day{zone}, as "18:00"'
    return time(0)


def _last_key(place: Place) -> str:
    return next(str(part) for part in reversed(place) if isinstance(part, str))


def _number_with_unit(text: str, place: Place, faults: dict[Place, str]) -> float:
    import astropy.units as u

    wanted = unit_in_file(_last_key(place))
    match = re.fullmatch(r"\s*([-+0-9.eE]+)\s*([^\d\s].*?)?\s*", text)
    allowed = f" in {wanted} or with a unit of its kind" if wanted else ""
    unknown = f"{dotted(place)} is {text!r}, must be a number{allowed}"
    if not match:
        faults[place] = unknown
        return 0.0
    try:
        number = float(match[1])
        return number if not match[2] else float((number * u.Unit(match[2])).to_value(u.Unit(wanted or "")))
    except (ValueError, TypeError, u.UnitConversionError):
        close = nearest_spelling(match[2] or "", _kindred_units(wanted))
        faults[place] = unknown + (f"; did you mean {close!r}?" if close else "")
        return 0.0


def _kindred_units(wanted: str | None) -> Iterator[str]:
    import astropy.units as u

    if wanted:
        yield wanted
        for unit in u.Unit(wanted).find_equivalent_units(include_prefix_units=True):
            yield from unit.names
