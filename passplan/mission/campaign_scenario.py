"""What a campaign is asked for, as its scenario file says it: a record for each table, the limits beside the fields."""

from dataclasses import dataclass, field
from datetime import datetime, time
from math import inf
from typing import Annotated, Literal

from annotated_types import Interval

from passplan.checks import Fraction, NonNegative, Positive, check_limits
from passplan.orbit.conditions import Conditions

Count = Annotated[int, Interval(ge=1, le=1000)]
NIGHT_SUN_DEG = -12.0  # end of nautical twilight: the sky is then as dark as it gets, to a tenth


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Table [campaign]: what is planned, and when.

    name : of the campaign
    satellites, stations : names of the catalogue, at least one each
    start, end : aware; a date in the file stands for 0 h UTC; start < end
    element_files : files of element sets beside the scenario, instead of the catalogue's
    max_age_days : greatest distance [d] of an element set from a pass
    seed : of every random draw
    """

    name: str = "campaign"
    satellites: tuple[str, ...]
    stations: tuple[str, ...]
    start: datetime
    end: datetime
    element_files: tuple[str, ...] = ()
    max_age_days: Positive = 30.0
    seed: Annotated[int, Interval(ge=0, le=2**63 - 1)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NightConditions(Conditions):
    """Table [passes]: limits of geometry and rules of light as for every search, but of the night by default.

    max_sun_elevation_deg : the Sun at the station must stand below [deg]; 90 lets daylight in
    """

    max_sun_elevation_deg: Annotated[float | None, Interval(ge=-90.0, le=90.0)] = NIGHT_SUN_DEG


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRules:
    """Table [contact]: what makes a contact worth flying, and the time between two.

    min_length_s : shortest useful contact [s], >= 0
    min_key_bits : least expected key under a clear sky [bit], >= 0
    setup_s : time between two contacts of one terminal besides turning [s], >= 0
    slew_deg_s : speed at which terminals turn between contacts [deg/s], > 0; infinite if not given
    trim : whether contacts that overlap may be shortened rather than dropped
    """

    min_length_s: NonNegative = 60.0
    min_key_bits: NonNegative = 1.0
    setup_s: NonNegative = 60.0
    slew_deg_s: Annotated[float, Interval(gt=0.0)] = inf
    trim: bool = True

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminals:
    """Table [terminals.NAME]: terminals of a satellite or station that differ from the rule.

    count : how many contacts it can hold at once, >= 1
    setup_s, slew_deg_s : as in [contact], which holds where one is not given
    """

    count: Count = 1
    setup_s: NonNegative | None = None
    slew_deg_s: Annotated[float, Interval(gt=0.0)] | None = None

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Table [quota], or [quota_of.SATELLITE] for one: what a satellite may spend in a night.

    passes : most contacts, >= 0; None: no limit
    energy_wh : most energy [W h], >= 0; None: no limit
    power_w : what a contact draws [W], >= 0
    warm_up_s : time before each contact in which it draws as much [s], >= 0

    The night of a satellite is that of the station: from local solar noon to noon, named by the evening's date.
    """

    passes: Annotated[int, Interval(ge=0)] | None = None
    energy_wh: NonNegative | None = None
    power_w: NonNegative = 0.0
    warm_up_s: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Table [[closed]]: a time in which a satellite or a station cannot be used.

    of : name of the satellite or station, or "all"
    kind : "laser keep-out", "maintenance" or "other"
    start, end : aware times, start < end
    reason : what the timetable says where a pass is lost to it
    min_azimuth_deg, max_azimuth_deg, min_elevation_deg, max_elevation_deg : part of the station's sky that is closed
        [deg]; azimuths from north over east, across north if the first is the greater; by default all of the sky
    """

    of: str
    kind: Literal["laser keep-out", "maintenance", "other"] = "laser keep-out"
    start: datetime
    end: datetime
    reason: str = ""
    min_azimuth_deg: Annotated[float, Interval(ge=0.0, le=360.0)] = 0.0
    max_azimuth_deg: Annotated[float, Interval(ge=0.0, le=360.0)] = 360.0
    min_elevation_deg: Annotated[float, Interval(ge=-90.0, le=90.0)] = -90.0
    max_elevation_deg: Annotated[float, Interval(ge=-90.0, le=90.0)] = 90.0

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def is_of_all_the_sky(self) -> bool:
        """Whether it closes every direction."""
        azimuths = self.min_azimuth_deg == 0.0 and self.max_azimuth_deg == 360.0
        return azimuths and self.min_elevation_deg <= -90.0 and self.max_elevation_deg >= 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Table [hours.STATION]: when its operators work.

    start, end : local times of the day; across midnight if the start is the later
    utc_offset_h : local time less UTC [h], in [-14, 14]
    weekdays : days on which a shift may start, of mon tue wed thu fri sat sun; all by default
    """

    start: time
    end: time
    utc_offset_h: Annotated[float, Interval(ge=-14.0, le=14.0)] = 0.0
    weekdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
        "mon", "tue", "wed", "thu", "fri", "sat", "sun",
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassicalWindow:
    """Table [[classical.window]]: a contact of a satellite with the ground over which the classical channel runs.

    satellite : its name
    start, end : aware times, start < end
    """

    satellite: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Classical:
    """Table [classical]: the classical channel that sifting, error correction and amplification need.

    max_delay_h : longest wait [h] from the end of a pass to a window that is used for it
    min_length_s : part of a window after the pass that it needs [s]
    window : the windows; a satellite without any is not limited
    """

    max_delay_h: Positive = 24.0
    min_length_s: NonNegative = 0.0
    window: tuple[ClassicalWindow, ...] = ()

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """Table [weather]: chance of cloud, from a file or one number for every station and hour.

    file : CSV beside the scenario: climatology or ensemble
    cloud : probability of cloud where there is no file [1]
    correlation_h : 1/e time over which clouds of a station keep, for the draws of scenarios [h], > 0
    """

    file: str | None = None
    cloud: Fraction = 0.0
    correlation_h: Positive = 6.0

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Table [objective]: what the plan makes the most of.

    kind : "sum" of all keys, "fair" share of the least, or "demand" between pairs of stations
    fair_of : whose least share counts with "fair"
    risk : "expected" key, mean of the worst share of weathers ("cvar"), or "chance" of at least ``night_bits`` a night
    worst_share : share of the weathers in that tail [1], in (0, 1]
    night_bits : key wanted each night with "chance" [bit]
    weathers : how many weathers are drawn where the file gives no ensemble
    relay_age_h : greatest time between the two passes that make a pair's key [h], with "demand"
    time_limit_s : for the solver [s]
    gap : relative gap with which it may stop [1]
    """

    kind: Literal["sum", "fair", "demand"] = "sum"
    fair_of: Literal["station", "satellite"] = "station"
    risk: Literal["expected", "cvar", "chance"] = "expected"
    worst_share: Annotated[float, Interval(gt=0.0, le=1.0)] = 0.1
    night_bits: NonNegative = 0.0
    weathers: Annotated[int, Interval(ge=1, le=100_000)] = 100
    relay_age_h: Positive = 24.0
    time_limit_s: Positive = 60.0
    gap: Fraction = 0.0

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Table [[demand]]: key wanted by a pair of stations, relayed by a satellite that both trust.

    between : names of the two
    bits : most that is of use over the campaign [bit]; None: no limit
    weight : of each bit against those of other pairs [1], > 0
    """

    between: tuple[str, str]
    bits: NonNegative | None = None
    weight: Positive = 1.0

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """Table [link]: what differs from the catalogue for every pass; None leaves the catalogue's value.

    visibility_km : reduced to sea level [km]
    max_range_km : key window [km]
    """

    visibility_km: Positive | None = None
    max_range_km: Positive | None = None

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWish:
    """Table [key]: the proof whose length counts; None: the mission's own."""

    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Table [simulate]: which chosen passes are simulated in full.

    passes : "all", "none", or how many of the best
    check : passes simulated in full to measure the error of the planned keys
    """

    passes: Literal["all", "none"] | Annotated[int, Interval(ge=0)] = "all"
    check: Annotated[int, Interval(ge=0, le=1000)] = 6

    def __post_init__(self) -> None:
        if not isinstance(self.passes, str):
            check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignScenario:
    """A scenario file, table by table.

    passes : table [passes], limits of geometry and rules of light
    priority : weight of the key of a satellite or station, by name; those of both multiply
    quota_of : quotas of single satellites, instead of ``quota``
    """

    campaign: Span
    passes: NightConditions = field(default_factory=NightConditions)
    contact: ContactRules = field(default_factory=ContactRules)
    terminals: dict[str, Terminals] = field(default_factory=dict)
    quota: Quota = field(default_factory=Quota)
    quota_of: dict[str, Quota] = field(default_factory=dict)
    closed: tuple[Closure, ...] = ()
    hours: dict[str, Hours] = field(default_factory=dict)
    classical: Classical = field(default_factory=Classical)
    weather: Weather = field(default_factory=Weather)
    objective: Aim = field(default_factory=Aim)
    priority: dict[str, Positive] = field(default_factory=dict)
    demand: tuple[Demand, ...] = ()
    link: LinkSettings = field(default_factory=LinkSettings)
    key: KeyWish = field(default_factory=KeyWish)
    simulate: Simulated = field(default_factory=Simulated)
