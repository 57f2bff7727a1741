"""Attitudes and retardances that a satellite's or a station's file names, which stand beside it."""

from pathlib import Path

from passplan.mission.files import named_file
from passplan.mission.payload import GroundSite, Payload
from passplan.polarization.attitude_file import read_attitude
from passplan.polarization.attitude_history import AttitudeHistory
from passplan.polarization.stress import JonesMap, read_jones_map


def attitude_history_of(payload: Payload, path: Path) -> tuple[AttitudeHistory | None, tuple[Path, ...]]:
    """Attitudes of a satellite whose law is a file, and that file; None and no file otherwise.

    Raises
    ------
    InputError
        If the file is not there or is wrong.
    """
    if payload.attitude.file is None:
        return None, ()
    beside = named_file(path, "attitude.file", payload.attitude.file)
    return read_attitude(beside), (beside,)


def stress_map_of(site: GroundSite, path: Path) -> tuple[JonesMap | None, tuple[Path, ...]]:
    """Retardance of a station's telescope, and its file; None and no file where the station names none.

    Raises
    ------
    InputError
        If the file is not there or is wrong.
    """
    if site.polarization.stress_map is None:
        return None, ()
    beside = named_file(path, "polarization.stress_map", site.polarization.stress_map)
    return read_jones_map(beside), (beside,)
