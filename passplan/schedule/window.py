"""What competes: windows of time, the satellites and stations whose terminals they need, and limits on their sums."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot, inf
from typing import Annotated

from annotated_types import Interval

from passplan.checks import Fraction, NonNegative, Positive, check_limits
from passplan.errors import DomainError

Vector = tuple[float, float, float]
Aim = tuple[Vector, Vector]
_UNIT_LENGTH = 1e-6  # by how much the length of a unit vector may be wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One way to fly one contact: a stretch of time that binds a terminal of a satellite to one of a station.

    contact : id of the pass; windows of one contact are alternatives, of which at most one is flown
    satellite, station : names of what it binds
    start_s, stop_s : from and to [s] since the epoch of the plan, start < stop
    key_bits : key that is expected under a clear sky [bit], >= 0
    clear : probability of a clear sky [1], in [0, 1]
    priority : weight of its key against that of others [1], > 0
    night : name of the night that it counts for
    satellite_aim, station_aim : directions at start and stop, unit vectors in a frame of the satellite's body or of the
        station; None: not known, and turning takes no time
    """

    contact: str
    satellite: str
    station: str
    start_s: float
    stop_s: float
    key_bits: NonNegative
    clear: Fraction = 1.0
    priority: Positive = 1.0
    night: str = ""
    satellite_aim: Aim | None = None
    station_aim: Aim | None = None

    def __post_init__(self) -> None:
        check_limits(self)
        if not -inf < self.start_s < self.stop_s < inf:
            raise DomainError(f"{self.contact}: start_s is {self.start_s}, must be before stop_s, {self.stop_s}")
        for name, aim in (("satellite_aim", self.satellite_aim), ("station_aim", self.station_aim)):
            for vector in aim or ():
                if not abs(hypot(*vector) - 1.0) < _UNIT_LENGTH:
                    raise DomainError(f"{self.contact}: {name} has the length {hypot(*vector)}, must be a unit vector")

    @property
    def duration_s(self) -> float:
        """Length [s]."""
        return self.stop_s - self.start_s

    @property
    def expected_bits(self) -> float:
        """Key [bit] that is expected with the weather."""
        return self.key_bits * self.clear

    @property
    def value(self) -> float:
        """Expected key times priority [bit]."""
        return self.expected_bits * self.priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Terminals of a satellite or a station, which can each hold one contact at a time.

    name : of the satellite or station
    terminals : how many there are, >= 1
    setup_s : time between two contacts of one terminal besides turning [s], >= 0
    slew_deg_s : speed at which a terminal turns from the end of one contact to the start of the next [deg/s], > 0;
        infinite: turning takes no time. No contact moves a terminal faster than this, so that what follows a contact
        may follow what came before it too
    """

    name: str
    terminals: Annotated[int, Interval(ge=1, le=1000)] = 1
    setup_s: NonNegative = 0.0
    slew_deg_s: Annotated[float, Interval(gt=0.0)] = inf

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A limit on what chosen windows use together, such as passes or energy of a satellite in a night.

    name : what the limit is called where a window is refused for it
    limit : most that may be used [unit], >= 0
    unit : of the limit and the uses
    uses : what a window uses [unit], >= 0, by its place among the windows of the problem
    """

    name: str
    limit: NonNegative
    unit: str
    uses: Mapping[int, float]

    def __post_init__(self) -> None:
        check_limits(self)
        for place, use in self.uses.items():
            if not 0.0 <= use < inf:
                raise DomainError(f"{self.name}: use of window {place} is {use} {self.unit}, must be >= 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A plan that stands and is to be changed as little as asked.

    contacts : ids of the contacts that it flies; a contact that is shortened or lengthened is not a change
    most_changes : how many contacts may be added or dropped, >= 0; None: no limit
    cost_bits : what each contact added or dropped costs [bit], >= 0
    """

    contacts: frozenset[str]
    most_changes: Annotated[int | None, Interval(ge=0)] = None
    cost_bits: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a plan chooses from.

    windows : all that may be flown
    satellites, stations : terminals by name; every name that a window has
    budgets : limits on sums
    fixed : windows that must be flown (True) or must not (False), by place; what is frozen already
    standing : the plan that is to be changed, or None
    """

    windows: tuple[Window, ...]
    satellites: Mapping[str, Resource]
    stations: Mapping[str, Resource]
    budgets: tuple[Budget, ...] = ()
    fixed: Mapping[int, bool] | None = None
    standing: Standing | None = None

    def __post_init__(self) -> None:
        for what, names, known in (
            ("satellite", {window.satellite for window in self.windows}, self.satellites),
            ("station", {window.station for window in self.windows}, self.stations),
        ):
            missing = sorted(names - set(known))
            if missing:
                raise DomainError(f"windows name the {what} {missing[0]!r}, which has no terminals in the problem")
        places = {place for budget in self.budgets for place in budget.uses} | set(self.fixed or {})
        outside = sorted(place for place in places if not 0 <= place < len(self.windows))
        if outside:
            raise DomainError(f"place {outside[0]} is named, must lie in [0, {len(self.windows)})")
