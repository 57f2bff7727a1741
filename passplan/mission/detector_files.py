"""Efficiency tables that a station's detectors name: built in, or a CSV file beside the station's."""

from pathlib import Path

from passplan.checks import nearest_spelling
from passplan.detection.detector import Detectors
from passplan.detection.efficiency import EFFICIENCY_TABLES, EfficiencyTable, parse_efficiency, with_table
from passplan.errors import DomainError, InputError, UnknownName

_KEY = "detectors.efficiency_table"


def detectors_at(detectors: Detectors, folder: Path, *, wavelength_nm: float) -> tuple[Detectors, tuple[Path, ...]]:
    """Detectors with the efficiency that their table has at a wavelength, and the file read for it.

    Parameters
    ----------
    detectors : Detectors
        As the station's file has them.
    folder : Path
        Folder of the station's file; a table's file stands there or below.
    wavelength_nm : float
        Vacuum wavelength of the signal [nm].

    Returns
    -------
    detectors : Detectors
        The same where no table is named; else factor times table.
    files : tuple of Path
        The file, or none for a built-in table.

    Raises
    ------
    UnknownName
        If the name is neither that of a built-in table nor that of a CSV file.
    InputError
        If the file is not there or is no table, or the wavelength lies outside the table and the record does not ask
        to extrapolate.
    """
    table, files = efficiency_table_of(detectors, folder)
    if table is None:
        return detectors, ()
    try:
        read = with_table(detectors, table, wavelength_nm=wavelength_nm, extrapolate=detectors.extrapolate_efficiency)
    except DomainError as error:
        raise InputError(f"{_KEY} is {detectors.efficiency_table!r}: {error}") from error
    return read, files


def efficiency_table_of(detectors: Detectors, folder: Path) -> tuple[EfficiencyTable | None, tuple[Path, ...]]:
    """Table that detectors name, None where they name none, and the file read for it; ``folder`` as `detectors_at`.

    Raises
    ------
    UnknownName, InputError
        As `detectors_at`, but for the wavelength.
    """
    name = detectors.efficiency_table
    if name is None:
        return None, ()
    if fault := name_fault(name):
        raise UnknownName(fault)
    if name in EFFICIENCY_TABLES:
        return EFFICIENCY_TABLES[name], ()
    return _read(folder / name, name), (folder / name,)


def name_fault(name: str) -> str | None:
    """What is wrong with the name of an efficiency table, or None."""
    if name.lower().endswith(".csv") or name in EFFICIENCY_TABLES:
        return None
    close = nearest_spelling(name, EFFICIENCY_TABLES)
    hint = f"; did you mean {close!r}?" if close else ""
    return f"{_KEY} is {name!r}, must be {', '.join(EFFICIENCY_TABLES)} or a file *.csv{hint}"


def _read(path: Path, name: str) -> EfficiencyTable:
    """Table of a CSV file; every fault is told with the path."""
    if not path.is_file():
        raise InputError(f"{_KEY} is {name!r}, but no such file stands in {path.parent}")
    try:
        return parse_efficiency(path.read_text(encoding="utf-8-sig"), name=str(path), source=f"file {path.name}")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    except DomainError as error:
        raise InputError(f"{path}: {error}") from error
