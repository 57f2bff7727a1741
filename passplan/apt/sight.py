"""What a terminal has to follow through a pass, second by second."""

from dataclasses import dataclass, fields
from math import inf

import numpy as np

from passplan.checks import FloatArray, freeze, same_length, within
from passplan.errors import DomainError

Gaps = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """Line of sight from one terminal to the other, and its light; arrays are read-only, shape (n,).

    time_s : start of each second [s]; 1 s apart, n >= 2. A run ends 1 s after the last
    rate_x_urad_s, rate_y_urad_s : rate of the line of sight across two axes that do not turn about it [urad/s]
    range_km : slant range [km], > 0
    beacon_transmittance : of the path, for the other end's beacon [1], in [0, 1]
    azimuth_deg, elevation_deg : axes of an azimuth-elevation mount [deg]; None for a terminal that has none
    point_ahead_x_urad, point_ahead_y_urad : lead of the transmitted beam over the line of sight, 2 v/c [urad]; None
        for a terminal that sends nothing narrow
    refraction_urad : bending of the light by the air, upward along y [urad]; None outside the air
    scintillation : index of the beacon's fades in the aperture [1], variance over squared mean, >= 0; None for none
    scintillation_s : 1/e correlation time of these fades [s], > 0
    gaps_s : times without beacon, behind clouds, (start, stop) on the grid of time_s [s]
    """

    time_s: FloatArray
    rate_x_urad_s: FloatArray
    rate_y_urad_s: FloatArray
    range_km: FloatArray
    beacon_transmittance: FloatArray
    azimuth_deg: FloatArray | None = None
    elevation_deg: FloatArray | None = None
    point_ahead_x_urad: FloatArray | None = None
    point_ahead_y_urad: FloatArray | None = None
    refraction_urad: FloatArray | None = None
    scintillation: FloatArray | None = None
    scintillation_s: float = 5e-3
    gaps_s: Gaps = ()

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        arrays = {name: value for name, value in given.items() if isinstance(value, np.ndarray)}
        same_length(**arrays)
        for name, values in arrays.items():
            within(name, values, -inf, inf, ends="()")
        within("range_km", self.range_km, 0.0, inf, ends="()")
        if self.scintillation is not None:
            within("scintillation", self.scintillation, 0.0, inf, ends="[)")
        within("beacon_transmittance", self.beacon_transmittance, 0.0, 1.0)
        within("number of seconds", self.time_s.size, 2, inf)
        within("step of time_s [s]", np.diff(self.time_s), 1.0 - 1e-6, 1.0 + 1e-6)
        within("scintillation_s", self.scintillation_s, 0.0, inf, ends="()")
        for start_s, stop_s in self.gaps_s:
            if not start_s < stop_s:
                raise DomainError(f"gap of the beacon from {start_s:g} to {stop_s:g} s, must end after its start")
        for pair in (("azimuth_deg", "elevation_deg"), ("point_ahead_x_urad", "point_ahead_y_urad")):
            if len([name for name in pair if name in arrays]) == 1:
                raise DomainError(f"{pair[0]} and {pair[1]} must be given together")
        freeze(*arrays.values())

    @property
    def lead_urad(self) -> np.ndarray[tuple[int], np.dtype[np.complex128]] | None:
        """Point-ahead as one complex number x + iy [urad], shape (n,), or None."""
        if self.point_ahead_x_urad is None or self.point_ahead_y_urad is None:
            return None
        return self.point_ahead_x_urad + 1j * self.point_ahead_y_urad
