"""CZML: satellites, stations and lines of sight moving in a Cesium globe."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from passplan.mission.formats.geodetic import station_position_m
from passplan.mission.formats.origin import GROUND_FRAME, origin_lines
from passplan.mission.formats.sampling import DEGREE, ephemeris, in_order
from passplan.orbit.passes import Pass, slug
from passplan.orbit.station import Station
from passplan.units import as_utc, format_utc

STEP_S = 10.0
_SPEED_UP = 10.0
_STATION_RGBA = [255, 200, 60, 255]
_SATELLITE_RGBA = [120, 200, 255, 255]
_LINK_RGBA = [90, 255, 120, 200]


def czml_text(passes: Sequence[Pass], *, created_utc: datetime, step_s: float = STEP_S) -> str:
    """Scene of passes: each station once, and for each pass a moving satellite and a line of sight.

    Parameters
    ----------
    passes : sequence of Pass
        At least one, of any satellites over any stations.
    created_utc : datetime
        Aware instant of production.
    step_s : float
        [s] between positions of a satellite.

    Returns
    -------
    str
        JSON array of packets. Positions [m] to a millimetre in the turning Earth's frame (FIXED), Lagrange
        interpolation of degree 9 with five samples beyond rise and set. The line of sight exists from rise to set only.

    Raises
    ------
    InputError
        If there is no pass, or a leap second lies within one.
    DomainError
        If the step is out of range.
    ElementsError
        If the propagation fails.

    Notes
    -----
    Each pass has a packet of its own: a line of sight that refers to a position in intervals stops Cesium (its issue
    4915).
    Source: CZML Guide, pages CZML-Structure, Packet, Position and Polyline.
    """
    ordered = in_order(passes)
    stations = {item.site: "" for item in ordered}
    for number, station in enumerate(stations, start=1):
        stations[station] = f"station/{number}/{slug(station.name)}"
    packets = [_document(ordered, created_utc)]
    packets += [_station(station, name) for station, name in stations.items()]
    for item in ordered:
        packets += [_satellite(item, step_s), _line_of_sight(item, stations[item.site])]
    return json.dumps(packets, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _document(ordered: list[Pass], created_utc: datetime) -> dict[str, Any]:
    first, last = ordered[0].rise_utc, max(item.set_utc for item in ordered)
    written = f"written {format_utc(as_utc(created_utc, what='created_utc'))}"
    return {
        "id": "document",
        "name": "Satellite passes",
        "version": "1.0",
        "description": _html("\n".join([*origin_lines(ordered, GROUND_FRAME), written])),
        "clock": {
            "interval": _interval(first, last),
            "currentTime": format_utc(first, digits=6),
            "multiplier": _SPEED_UP,
            "range": "LOOP_STOP",
            "step": "SYSTEM_CLOCK_MULTIPLIER",
        },
    }


def _station(station: Station, name: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": station.name,
        "position": {"cartesian": station_position_m(station)},
        "point": {"pixelSize": 8, "color": {"rgba": _STATION_RGBA}},
        "label": _label(station.name, _STATION_RGBA),
    }


def _satellite(item: Pass, step_s: float) -> dict[str, Any]:
    states = ephemeris(item.elements, item.rise_utc, item.set_utc, step_s, "ground")
    times = states.times_utc
    samples: list[float] = []
    for second, position in zip(states.time_s - states.time_s[0], states.position_km * 1e3, strict=True):  # km -> m
        samples += [round(float(second), 6), *(round(float(value), 3) for value in position)]
    return {
        "id": _satellite_name(item),
        "name": item.satellite,
        "description": _html(f"{item.pass_id}, highest {item.max_elevation_deg:.2f} deg"),
        "availability": _interval(times[0], times[-1]),
        "position": {
            "referenceFrame": "FIXED",
            "interpolationAlgorithm": "LAGRANGE",
            "interpolationDegree": DEGREE,
            "epoch": format_utc(times[0], digits=6),
            "cartesian": samples,
        },
        "point": {"pixelSize": 6, "color": {"rgba": _SATELLITE_RGBA}},
        "label": _label(item.satellite, _SATELLITE_RGBA),
        "path": {
            "width": 1.5,
            "resolution": step_s,
            "material": {"solidColor": {"color": {"rgba": _SATELLITE_RGBA}}},
        },
    }


def _line_of_sight(item: Pass, station_name: str) -> dict[str, Any]:
    shown = _interval(item.rise_utc, item.set_utc)
    return {
        "id": f"{item.pass_id}/{item.norad_id}/line-of-sight",
        "name": f"{item.station} to {item.satellite}",
        "availability": shown,
        "polyline": {
            "show": [{"interval": shown, "boolean": True}],
            "width": 2,
            "arcType": "NONE",
            "material": {"solidColor": {"color": {"rgba": _LINK_RGBA}}},
            "positions": {"references": [f"{station_name}#position", f"{_satellite_name(item)}#position"]},
        },
    }


def _satellite_name(item: Pass) -> str:
    return f"{item.pass_id}/{item.norad_id}/satellite"


def _label(text: str, rgba: list[int]) -> dict[str, Any]:
    return {
        "text": text,
        "font": "12pt sans-serif",
        "horizontalOrigin": "LEFT",
        "pixelOffset": {"cartesian2": [10, 0]},
        "fillColor": {"rgba": rgba},
    }


def _interval(first: datetime, last: datetime) -> str:
    return f"{format_utc(first, digits=6)}/{format_utc(last, digits=6)}"


def _html(text: str) -> str:
    """Text for a field that Cesium shows as HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
