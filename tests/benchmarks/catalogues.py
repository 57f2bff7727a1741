"""Synthetic catalogues of element sets: Walker shells, sun-synchronous, Molniya and geostationary orbits; seeded."""

from datetime import UTC, datetime

import numpy as np

from passplan.orbit.elements import checksum, parse_tle
from passplan.orbit.station import Station

EPOCH = datetime(2026, 3, 19, tzinfo=UTC)
_EPOCH_TEXT = "26078.00000000"

STATIONS = tuple(
    Station(name=name, latitude_deg=latitude_deg, longitude_deg=longitude_deg, height_m=height_m)
    for name, latitude_deg, longitude_deg, height_m in (
        ("Xinglong", 40.3959, 117.5775, 890.0),
        ("Nanshan", 43.4753, 87.1767, 2028.0),
        ("Graz", 47.0671, 15.4933, 539.0),
        ("Quito", -0.2150, -78.5025, 2800.0),
        ("Haleakala", 20.7080, -156.2570, 3048.0),
        ("Svalbard", 78.2297, 15.4075, 450.0),
        ("McMurdo", -77.8391, 166.6671, 150.0),
        ("Perth", -31.8025, 115.8852, 22.0),
        ("Hartebeesthoek", -25.8872, 27.7075, 1410.0),
        ("Matera", 40.6486, 16.7046, 537.0),
    )
)


def catalogue(count, seed=20260319):
    """Element sets of made-up satellites: 60 % shells, 30 % sun-synchronous, 5 % Molniya, 5 % geostationary."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(4, size=count, p=(0.6, 0.3, 0.05, 0.05))
    return [_MAKERS[kind](number, rng) for number, kind in enumerate(kinds)]


def _shell(number, rng):
    """Walker shells such as the large constellations': 53 and 70 deg, 550 and 1200 km."""
    inclination_deg, turns = ((53.0, 15.06), (70.0, 14.99), (87.9, 13.16))[rng.integers(3)]
    return _set(number, inclination_deg, rng.uniform(0, 360), 1e-4, 90.0, rng.uniform(0, 360), turns)


def _sun_synchronous(number, rng):
    altitude_turns = rng.uniform(14.2, 15.3)
    return _set(number, 97.9, rng.uniform(0, 360), rng.uniform(1e-4, 3e-3), 100.0, rng.uniform(0, 360), altitude_turns)


def _molniya(number, rng):
    return _set(number, 63.4, rng.uniform(0, 360), rng.uniform(0.6, 0.74), 270.0, rng.uniform(0, 360), 2.006)


def _geostationary(number, rng):
    return _set(number, rng.uniform(0.01, 8.0), rng.uniform(0, 360), 3e-4, 10.0, rng.uniform(0, 360), 1.0027)


_MAKERS = (_shell, _sun_synchronous, _molniya, _geostationary)


def _set(number, inclination_deg, node_deg, eccentricity, perigee_deg, anomaly_deg, turns_per_day):
    line_1 = f"1 {10_000 + number:5d}U 26001A   {_EPOCH_TEXT}  .00001000  00000-0  50000-4 0  999"
    line_2 = (
        f"2 {10_000 + number:5d} {inclination_deg:8.4f} {node_deg:8.4f} {round(eccentricity * 1e7):07d} "
        f"{perigee_deg:8.4f} {anomaly_deg:8.4f} {turns_per_day:11.8f}    1"
    )
    text = "\n".join(line + str(checksum(line)) for line in (line_1, line_2))
    return parse_tle(text, source=f"made up {number}", name=f"SAT-{number}")[0]
