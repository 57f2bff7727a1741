"""One pass of a satellite over a station, as a record."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from passplan.errors import DomainError
from passplan.orbit.conditions import Usability
from passplan.orbit.elements import Elements
from passplan.orbit.station import Station
from passplan.units import as_utc, format_utc, seconds_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass of a satellite over a station; angles without refraction unless it says so.

    satellite, norad_id, station : names and catalogue number
    rise_utc, culmination_utc, set_utc : aware, rise <= culmination <= set; culmination is the highest instant
    rise_azimuth_deg, culmination_azimuth_deg, set_azimuth_deg : [deg] from north over east
    max_elevation_deg : elevation [deg] at culmination
    min_range_km : smallest range [km] within the pass
    is_truncated : the search window, or the end of what the element set can tell, cut the pass, so that it begins
        before or ends after what is said here
    culminations : number of maxima of elevation within; 0 when the window cut it away
    elements : the element set from which all this follows
    site : the station itself
    refraction : model of refraction of the search, None for geometric angles; with one, elevation is as seen
    usability : what the rules of light leave of the pass, None when there was none
    """

    satellite: str
    norad_id: int
    station: str
    rise_utc: datetime
    culmination_utc: datetime
    set_utc: datetime
    rise_azimuth_deg: float
    culmination_azimuth_deg: float
    set_azimuth_deg: float
    max_elevation_deg: float
    min_range_km: float
    is_truncated: bool
    culminations: int
    elements: Elements
    site: Station
    refraction: str | None = None
    usability: Usability | None = None

    def __post_init__(self) -> None:
        rise, culmination, down = (as_utc(when) for when in (self.rise_utc, self.culmination_utc, self.set_utc))
        if not rise <= culmination <= down:
            raise DomainError(
                f"Pass.culmination_utc is {format_utc(culmination, digits=3)}, must lie between rise_utc "
                f"{format_utc(rise, digits=3)} and set_utc {format_utc(down, digits=3)}"
            )

    @property
    def duration_s(self) -> float:
        """Time [s] from rise to set."""
        return seconds_between(self.rise_utc, self.set_utc)

    @property
    def pass_id(self) -> str:
        """Stable name: satellite, station and culmination to the second, as ``micius/xinglong/20161219T165213Z``."""
        culmination = re.sub("[-:]", "", format_utc(self.culmination_utc))
        return f"{slug(self.satellite)}/{slug(self.station)}/{culmination}"


@lru_cache(maxsize=65_536)
def slug(name: str) -> str:
    """Name in lower case, with anything but letters, digits and ``. + - _`` turned into single hyphens."""
    return "-".join(word for word in re.split(r"[^\w.+-]+", name.lower()) if word)
