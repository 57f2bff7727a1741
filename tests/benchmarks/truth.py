"""Passes by brute force: elevation every second, straight from SGP4, and edges refined with the same propagator."""

import numpy as np
from sgp4.api import Satrec, SatrecArray
from skyfield.sgp4lib import theta_GMST1982
from skyfield.toposlib import wgs84

from passplan.orbit.earth import clock
from passplan.orbit.topocentric import leap_seconds

SECONDS_PER_DAY = 86_400.0
_HALVINGS = 20  # of a second: to a microsecond
_PIECE_S = 21_600


class Witness:
    """Elevations of one satellite over many stations, by SGP4 and the mean sidereal time of 1982 (as Skyfield's)."""

    def __init__(self, elements, stations, start):
        self.model, self.start = Satrec.twoline2rv(elements.line_1, elements.line_2), start
        places = [wgs84.latlon(s.latitude_deg, s.longitude_deg, elevation_m=s.height_m) for s in stations]
        self.place_km = np.array([place.itrs_xyz.km for place in places])
        latitude, longitude = np.array([(p.latitude.radians, p.longitude.radians) for p in places]).T
        self.up = np.column_stack(
            (np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude))
        )

    def elevation_deg(self, seconds, times=None):
        """Elevations [deg] over all stations at seconds [s] after the start, shape (stations, n)."""
        times = clock(self.start, seconds) if times is None else times
        fraction = times.tai_fraction - leap_seconds(times) / SECONDS_PER_DAY
        _, position_km, _ = SatrecArray([self.model]).sgp4(times.whole, fraction)
        angle_rad, _ = theta_GMST1982(times.whole, times.ut1_fraction)
        x, y, z = position_km[0].T
        fixed_km = np.array(
            (np.cos(angle_rad) * x + np.sin(angle_rad) * y, np.cos(angle_rad) * y - np.sin(angle_rad) * x, z)
        )
        height_km = self.up @ fixed_km - np.sum(self.up * self.place_km, axis=1)[:, None]
        range2_km2 = np.sum(fixed_km**2, axis=0) - 2.0 * (self.place_km @ fixed_km)
        range2_km2 += np.sum(self.place_km**2, axis=1)[:, None]
        return np.rad2deg(np.arcsin(height_km / np.sqrt(range2_km2)))


def true_passes(sets, stations, start, seconds, *, min_elevation_deg):
    """Passes as (satellite, station, rise [s], set [s]), of a window of whole seconds; cut ones end at the window's."""
    grid = np.arange(seconds + 1.0)
    pieces = [grid[first : first + _PIECE_S + 1] for first in range(0, int(seconds), _PIECE_S)]
    clocks = [clock(start, piece) for piece in pieces]
    found = []
    for number, elements in enumerate(sets):
        witness = Witness(elements, stations, start)
        above = np.concatenate(
            [
                witness.elevation_deg(piece, times)[:, :-1] >= min_elevation_deg
                for piece, times in zip(pieces, clocks, strict=True)
            ]
            + [witness.elevation_deg(grid[-1:]) >= min_elevation_deg],
            axis=1,
        )
        found += _passes(witness, number, above, min_elevation_deg)
    return found


def _passes(witness, number, above, min_elevation_deg):
    station, index = np.nonzero(above[:, 1:] != above[:, :-1])
    low, high = index.astype(float), index + 1.0
    upward = above[station, index + 1]
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if middle.size:
            inside = witness.elevation_deg(middle)[station, np.arange(middle.size)] >= min_elevation_deg
            low, high = np.where(inside == upward, low, middle), np.where(inside == upward, middle, high)
    edges = {j: ([0.0] if above[j, 0] else []) for j in range(above.shape[0])}
    for j, edge in zip(station, 0.5 * (low + high), strict=True):
        edges[int(j)].append(float(edge))
    for j in edges:
        if above[j, -1]:
            edges[j].append(float(above.shape[1] - 1))
    return [(number, j, *pair) for j, marks in edges.items() for pair in zip(marks[::2], marks[1::2], strict=True)]


def compare(found, truth, *, blink_s=1.0):
    """Missed and invented passes, and the largest error [s] of an edge; passes are (satellite, station, rise, set).

    A pass shorter than the step of the truth (``blink_s``) that was found alone is not called invented here: it must be
    looked at by itself; they are returned as the fourth value.
    """
    by_pair = {}
    for satellite, station, rise, down in truth:
        by_pair.setdefault((satellite, station), []).append([rise, down, False])
    invented, blinks, worst = [], [], 0.0
    for satellite, station, rise, down in found:
        match = next(
            (t for t in by_pair.get((satellite, station), []) if not t[2] and t[0] < down + 0.5 and t[1] > rise - 0.5),
            None,
        )
        if match is None:
            (blinks if down - rise < blink_s else invented).append((satellite, station, rise, down))
            continue
        match[2] = True
        worst = max(worst, abs(match[0] - rise), abs(match[1] - down))
    missed = [(pair, t[0], t[1]) for pair, ts in by_pair.items() for t in ts if not t[2]]
    return missed, invented, worst, blinks
