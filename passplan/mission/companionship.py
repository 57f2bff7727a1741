"""Whether a satellite's and a station's file go together: what each allows alone, and no pass could be run with."""

from pathlib import Path

from passplan.channel.extinction import WAVELENGTH_RANGE_NM
from passplan.channel.extinction_table import ExtinctionTable
from passplan.channel.passband import bands_touched
from passplan.errors import InputError
from passplan.mission.detector_files import detectors_at
from passplan.mission.key_lines import place_in
from passplan.mission.payload import GroundSite, Payload

_SIGNAL = "transmitter.wavelength_nm"


def check_together(
    payload: Payload, site: GroundSite, paths: tuple[Path, Path], *, extinction_table: ExtinctionTable | None = None
) -> None:
    """Refuse two files that no pass can be run with, as soon as both are read.

    Parameters
    ----------
    payload, site : Payload, GroundSite
        The files as read, efficiency tables not yet looked up.
    paths : tuple of Path
        The satellite's file and the station's.
    extinction_table : ExtinctionTable, optional
        What the file that the station names holds; without it its wavelengths are not looked at.

    Raises
    ------
    InputError
        With every fault, one a line, each with file, line, key, value, what is allowed and unit: a wavelength [nm] for
        which there is no law of the air, a filter that misses the signal, a signal or a beacon amid absorption lines, a
        table of extinction or of efficiency that ends before the signal.
    """
    satellite, station = paths
    found = _range_faults(payload, site, satellite, station)
    if not found:
        found = [
            *_filter_faults(payload, site, station),
            *_signal_faults(payload, site, satellite, station, extinction_table),
            *_beacon_faults(payload, site, satellite, station),
            *_detector_faults(payload, site, station),
        ]
    if found:
        raise InputError("\n".join(found))


def _told(path: Path, key: str, message: str) -> str:
    return f"{place_in(path, tuple(key.split('.')))}: {key} is {message}"


def _range_faults(payload: Payload, site: GroundSite, satellite: Path, station: Path) -> list[str]:
    """Wavelengths beyond the laws; a centre of the filter is one of them."""
    low_nm, high_nm = WAVELENGTH_RANGE_NM
    values = (
        (satellite, _SIGNAL, payload.transmitter.wavelength_nm),
        (satellite, "beacon.wavelength_nm", payload.beacon.wavelength_nm),
        (station, "beacon.wavelength_nm", site.beacon.wavelength_nm),
        (station, "receiver.filter_centre_nm", site.receiver.filter_centre_nm),
    )
    return [
        _told(path, key, f"{value_nm}, must lie in [{low_nm:g}, {high_nm:g}] nm")
        for path, key, value_nm in values
        if value_nm is not None and not low_nm <= value_nm <= high_nm
    ]


def _filter_faults(payload: Payload, site: GroundSite, station: Path) -> list[str]:
    centre_nm, width_nm = site.receiver.filter_centre_nm, site.receiver.filter_nm
    signal_nm = payload.transmitter.wavelength_nm
    if centre_nm is None or centre_nm - 0.5 * width_nm <= signal_nm <= centre_nm + 0.5 * width_nm:
        return []
    allowed = f"[{signal_nm - 0.5 * width_nm:g}, {signal_nm + 0.5 * width_nm:g}] nm"
    missed = f"or the filter of {width_nm:g} nm misses the signal, {_SIGNAL} = {signal_nm:g} nm"
    return [_told(station, "receiver.filter_centre_nm", f"{centre_nm:g}, must lie in {allowed}, {missed}")]


def _signal_faults(
    payload: Payload, site: GroundSite, satellite: Path, station: Path, table: ExtinctionTable | None
) -> list[str]:
    """Absorption lines for which no table is named, or a table that ends before the signal."""
    signal_nm, air = payload.transmitter.wavelength_nm, site.atmosphere
    if air.extrapolate:
        return []
    if air.extinction_table is None:
        ways = f"{station} must name an atmosphere.extinction_table of MODTRAN or libRadtran, or say"
        return _line_faults(satellite, _SIGNAL, signal_nm, f"{ways} {_coarse()}")
    if table is None or table.wavelength_nm[0] <= signal_nm <= table.wavelength_nm[-1]:
        return []
    holds = f"which holds [{table.wavelength_nm[0]:g}, {table.wavelength_nm[-1]:g}] nm"
    must = f"must hold the signal, {_SIGNAL} = {signal_nm:g} nm"
    ways = "or say extrapolate = true under [atmosphere] to go on beyond it"
    return [_told(station, "atmosphere.extinction_table", f"{air.extinction_table!r}, {holds}, {must}, {ways}")]


def _beacon_faults(payload: Payload, site: GroundSite, satellite: Path, station: Path) -> list[str]:
    """Absorption lines on a beacon, which no table helps: that is made for the signal."""
    if site.atmosphere.extrapolate:
        return []
    ways = f"{station} must say {_coarse()}"
    beacons = ((satellite, payload.beacon), (station, site.beacon))
    return [
        fault
        for path, beacon in beacons
        for fault in _line_faults(path, "beacon.wavelength_nm", beacon.wavelength_nm, ways)
    ]


def _line_faults(path: Path, key: str, wavelength_nm: float, ways: str) -> list[str]:
    bands = bands_touched(low_nm=wavelength_nm, high_nm=wavelength_nm)
    if not bands:
        return []
    listed = ", ".join(f"{band.gas} {band.low_nm:g} to {band.high_nm:g} nm" for band in bands)
    return [_told(path, key, f"{wavelength_nm:g} nm, amid absorption lines ({listed}): {ways}")]


def _coarse() -> str:
    return "extrapolate = true under [atmosphere] for a coarse mean"


def _detector_faults(payload: Payload, site: GroundSite, station: Path) -> list[str]:
    try:
        detectors_at(site.detectors, station.parent, wavelength_nm=payload.transmitter.wavelength_nm)
    except InputError as error:
        return [f"{place_in(station, ('detectors', 'efficiency_table'))}: {error}"]
    return []
