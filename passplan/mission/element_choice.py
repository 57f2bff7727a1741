"""Objects chosen out of element files that a user names."""

from collections.abc import Sequence
from pathlib import Path

from passplan.errors import InputError
from passplan.orbit.element_files import read_elements
from passplan.orbit.elements import Elements, histories
from passplan.orbit.passes import slug


def chosen_histories(
    files: Sequence[Path], satellites: Sequence[str] = ()
) -> tuple[list[tuple[Elements, ...]], list[str]]:
    """Element sets of each object of some files, oldest first, and the faults of the files, one a text.

    With ``satellites`` only those objects, by name (in any spelling of case and spaces) or catalogue number.

    Raises
    ------
    ElementsError
        If a file cannot be read or holds no set.
    InputError
        If the files hold no such satellite.
    """
    readings = [read_elements(path) for path in files]
    faults = [str(fault) for reading in readings for fault in reading.faults]
    by_number = histories([item for reading in readings for item in reading.sets])
    if not satellites:
        return list(by_number.values()), faults
    keys = {number: {slug(sets[-1].name), str(number)} for number, sets in by_number.items()}
    wanted = {slug(name): name for name in satellites}
    missing = [name for key, name in wanted.items() if not any(key in each for each in keys.values())]
    if missing:
        mine = [
            str(fault)
            for reading in readings
            for fault in reading.faults
            if {slug(fault.name), str(fault.norad_id)} & {slug(name) for name in missing}
        ]
        told = f"{', '.join(map(str, files))}: holds no satellite {', '.join(sorted(missing))}"
        raise InputError("\n".join([told, *mine]))
    return [sets for number, sets in by_number.items() if keys[number] & wanted.keys()], faults
