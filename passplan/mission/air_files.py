"""Tables of the air that a station's file names and that stand beside it: extinction and turbulence."""

from pathlib import Path

from passplan.channel.extinction_table import ExtinctionTable, read_extinction_table
from passplan.channel.profiles import TabulatedProfile, read_profile
from passplan.errors import DomainError, InputError
from passplan.mission.files import named_file
from passplan.mission.payload import GroundSite


def extinction_table_of(site: GroundSite, path: Path) -> tuple[ExtinctionTable | None, tuple[Path, ...]]:
    """Slant transmittances above a station, and their file; None and no file where the station names none.

    Raises
    ------
    InputError
        If the file is not there or is wrong.
    """
    name = site.atmosphere.extinction_table
    if name is None:
        return None, ()
    beside = named_file(path, "atmosphere.extinction_table", name)
    return read_extinction_table(beside), (beside,)


def cn2_profile_of(site: GroundSite, path: Path) -> tuple[TabulatedProfile | None, tuple[Path, ...]]:
    """Turbulence above a station, and its file; None and no file where the station names none.

    Raises
    ------
    InputError
        If the file is not there, is wrong, or does not reach from the ground to the jet.
    """
    atmosphere = site.atmosphere
    if atmosphere.cn2_profile is None:
        return None, ()
    beside = named_file(path, "atmosphere.cn2_profile", atmosphere.cn2_profile)
    profile = read_profile(
        beside,
        height_above=atmosphere.cn2_height_above,
        site_height_m=site.station.height_m,
        extrapolate=atmosphere.extrapolate,
    )
    try:
        profile.nodes()
    except DomainError as fault:
        raise InputError(f"{beside}: {fault}") from fault
    return profile, (beside,)
