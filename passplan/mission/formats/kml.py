"""KML: stations, tracks of satellites and lines of sight for Google Earth and other globes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from xml.sax.saxutils import escape

import numpy as np

from passplan.mission.formats.geodetic import places
from passplan.mission.formats.origin import GROUND_FRAME, origin_lines
from passplan.mission.formats.sampling import grid_s, in_order
from passplan.orbit.earth import clock
from passplan.orbit.passes import Pass
from passplan.orbit.station import Station
from passplan.orbit.topocentric import ground_fixed_states
from passplan.units import add_seconds, as_utc, format_utc, seconds_between

STEP_S = 10.0
_HEIGHTS = "heights are above the WGS 84 ellipsoid; a globe takes them as above the geoid, up to 107 m apart"
_STYLES = (
    ("station", "<IconStyle><scale>1.1</scale></IconStyle>"),
    ("track", "<LineStyle><color>ffffc878</color><width>2</width></LineStyle>"),
    ("sight", "<LineStyle><color>c878ff5a</color><width>2</width></LineStyle>"),
)


def kml_text(passes: Sequence[Pass], *, created_utc: datetime, step_s: float = STEP_S) -> str:
    """Document of passes: each station once, and a folder a pass.

    Parameters
    ----------
    passes : sequence of Pass
        At least one, of any satellites over any stations.
    created_utc : datetime
        Aware instant of production.
    step_s : float
        [s] between points of a track, and for which one line of sight stands.

    Returns
    -------
    str
        KML 2.2 with the extension gx:Track. A folder holds the moving satellite, its path as a line, and lines of
        sight, each in the TimeSpan of its step. Degrees to 1e-8, heights [m] to a millimetre, altitude mode absolute.

    Raises
    ------
    InputError
        If there is no pass.
    DomainError
        If the step is out of range.
    ElementsError
        If the propagation fails.

    Notes
    -----
    Source: OGC 07-147r2, OGC KML 2.2 (2008), order of elements by its schema; Google's extension schema kml22gx.xsd
    for gx:Track, all ``when`` before all ``gx:coord``.
    """
    ordered = in_order(passes)
    written = f"written {format_utc(as_utc(created_utc, what='created_utc'))}"
    remarks = [*origin_lines(ordered, GROUND_FRAME), _HEIGHTS, written]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">',
        "<Document>",
        *_named("Satellite passes", "\n".join(remarks)),
        *(f'<Style id="{name}">{style}</Style>' for name, style in _STYLES),
        *(line for station in dict.fromkeys(item.site for item in ordered) for line in _station(station)),
        *(line for item in ordered for line in _folder(item, step_s)),
        "</Document>",
        "</kml>",
    ]
    return "\n".join(lines) + "\n"


def _station(station: Station) -> list[str]:
    return [
        "<Placemark>",
        *_named(station.name, f"height {station.height_m:g} m above the WGS 84 ellipsoid"),
        "<styleUrl>#station</styleUrl>",
        f"<Point><altitudeMode>clampToGround</altitudeMode><coordinates>{_place(station)}</coordinates></Point>",
        "</Placemark>",
    ]


def _folder(item: Pass, step_s: float) -> Iterator[str]:
    times, points = _points(item, step_s)
    yield "<Folder>"
    yield from _named(
        item.pass_id,
        f"{item.satellite} over {item.station}\nhighest {item.max_elevation_deg:.2f} deg at "
        f"{format_utc(item.culmination_utc, digits=3)}\nsmallest range {item.min_range_km:.1f} km",
    )
    yield _span(item.rise_utc, item.set_utc)
    yield from _moving(item, times, points)
    yield from _line(f"Path of {item.satellite}", _span(item.rise_utc, item.set_utc), "track", points)
    station = _place(item.site)
    for (start, end), point in zip(pairwise(times), points[:-1], strict=True):
        yield from _line(f"{item.station} to {item.satellite}", _span(start, end), "sight", [station, point])
    yield "</Folder>"


def _moving(item: Pass, times: list[datetime], points: list[str]) -> Iterator[str]:
    yield "<Placemark>"
    yield f"<name>{_plain(item.satellite)}</name>"
    yield "<styleUrl>#track</styleUrl>"
    yield "<gx:Track>"
    yield "<altitudeMode>absolute</altitudeMode>"
    yield from (f"<when>{format_utc(when, digits=6)}</when>" for when in times)
    yield from (f"<gx:coord>{point.replace(',', ' ')}</gx:coord>" for point in points)
    yield "</gx:Track>"
    yield "</Placemark>"


def _line(name: str, span: str, style: str, points: list[str]) -> Iterator[str]:
    yield "<Placemark>"
    yield f"<name>{_plain(name)}</name>"
    yield span
    yield f"<styleUrl>#{style}</styleUrl>"
    yield "<LineString>"
    yield "<altitudeMode>absolute</altitudeMode>"
    yield f"<coordinates>{' '.join(points)}</coordinates>"
    yield "</LineString>"
    yield "</Placemark>"


def _points(item: Pass, step_s: float) -> tuple[list[datetime], list[str]]:
    """Instants from rise to set, both included, and the satellite's places as longitude,latitude,height."""
    epoch, grid = grid_s(item.rise_utc, item.set_utc, step_s, 1)
    rise_s, set_s = seconds_between(epoch, item.rise_utc), seconds_between(epoch, item.set_utc)
    seconds = np.unique(np.clip(grid, rise_s, set_s))
    position_km, _ = ground_fixed_states(item.elements, clock(epoch, seconds))
    texts = [f"{lon:.8f},{lat:.8f},{height:.3f}" for lon, lat, height in zip(*places(position_km), strict=True)]
    return [add_seconds(epoch, second) for second in seconds], texts


def _place(station: Station) -> str:
    return f"{station.longitude_deg:.8f},{station.latitude_deg:.8f},{station.height_m:.3f}"


def _span(first: datetime, last: datetime) -> str:
    begin, end = (format_utc(when, digits=6) for when in (first, last))
    return f"<TimeSpan><begin>{begin}</begin><end>{end}</end></TimeSpan>"


def _named(name: str, description: str) -> list[str]:
    return [f"<name>{_plain(name)}</name>", f"<description>{_plain(description)}</description>"]


def _plain(text: str) -> str:
    """Text without the control characters that XML forbids, with its marks escaped."""
    return escape("".join(letter for letter in text if letter >= " " or letter == "\n"))
