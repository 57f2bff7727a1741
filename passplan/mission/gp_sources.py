"""The two sources of element sets: their addresses, their limits, and how a query is put to them.

CelesTrak: one query an address, ``gp.php?CATNR=..|GROUP=..|NAME=..|INTDES=..&FORMAT=csv`` (CSV because two-line sets
cannot hold the numbers from 100,000 on, and it is the shortest form). Space-Track: a login, then the class ``gp`` with
a list of catalogue numbers, as JSON.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from passplan.checks import one_of
from passplan.errors import InputError
from passplan.mission.download import check_address
from passplan.orbit.passes import slug

_FORMS = {
    "CATNR": (r"\d{1,9}", "a catalogue number of 1 to 9 digits"),
    "GROUP": (r"[A-Za-z0-9-]+", "a group's name, such as active or gps-ops"),
    "NAME": (r".*[A-Za-z0-9].*", "a part of a name"),
    "INTDES": (r"\d{4}-\d{3}", "a launch, such as 2016-051"),
}
_LIST_LENGTH = 400  # numbers in one address: some 3 kB, which every server takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where element sets come from, and how often it may be asked.

    name, base_url : ``celestrak`` or ``space-track``, and its address
    rest : time in which one query is not asked again
    per_minute, per_hour : most requests of any kind
    at_once : most objects in one request
    """

    name: str
    base_url: str
    rest: timedelta
    per_minute: int
    per_hour: int
    at_once: int

    @property
    def host(self) -> str:
        """Host, as messages name it."""
        return urlsplit(self.base_url).netloc


# CelesTrak prints no number of requests an hour: 60 is assumed, for beyond it a GROUP is the better query. Space-Track
# said fewer than 20 a minute before it said 30; 19 keeps both.
SOURCES = {
    "celestrak": Source(
        name="celestrak", base_url="https://celestrak.org", rest=timedelta(hours=2), per_minute=30, per_hour=60,
        at_once=1,
    ),
    "space-track": Source(
        name="space-track", base_url="https://www.space-track.org", rest=timedelta(hours=1), per_minute=19,
        per_hour=299, at_once=_LIST_LENGTH,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for.

    kind  : ``CATNR``, ``GROUP``, ``NAME`` or ``INTDES``
    value : a catalogue number of up to 9 digits, a group's name, a part of a name, or a launch (yyyy-nnn)
    """

    kind: str
    value: str

    def __post_init__(self) -> None:
        form, told = _FORMS[one_of("kind of query", self.kind, _FORMS)]
        if not re.fullmatch(form, self.value):
            raise InputError(f"{self.kind} is {self.value!r}, must be {told}")

    def __str__(self) -> str:
        return f"{self.kind}={self.value}"

    def file_name(self, source: Source) -> str:
        """Name of the file of the folder elements that holds the answers."""
        middle = {"NAME": "name-", "INTDES": "launch-"}.get(self.kind, "")
        return f"{source.name}-{middle}{slug(self.value)}.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A Space-Track account; never printed, never stored."""

    identity: str = field(repr=False)
    password: str = field(repr=False)


def choose_source(name: str, environment: Mapping[str, str]) -> Source:
    """A source by its name, at the address the environment gives (PASSPLAN_CELESTRAK_URL, PASSPLAN_SPACETRACK_URL).

    Raises
    ------
    InputError
        If that address is not https (or http to this machine), or carries a user or password.
    """
    source = SOURCES[name]
    variable = f"PASSPLAN_{name.replace('-', '').upper()}_URL"
    given = environment.get(variable, "").strip().rstrip("/")
    if not given:
        return source
    check_address(given, what=variable)
    return replace(source, base_url=given)


def read_credentials(environment: Mapping[str, str]) -> Credentials:
    """Space-Track account of the environment: SPACETRACK_USER (or SPACETRACK_IDENTITY) and SPACETRACK_PASSWORD.

    Raises
    ------
    InputError
        If one of them is missing.
    """
    identity = environment.get("SPACETRACK_USER") or environment.get("SPACETRACK_IDENTITY") or ""
    password = environment.get("SPACETRACK_PASSWORD") or ""
    if not identity or not password:
        missing = "SPACETRACK_USER" if not identity else "SPACETRACK_PASSWORD"
        raise InputError(f"Space-Track needs an account: {missing} is not set in the environment")
    return Credentials(identity=identity, password=password)


def check_queries(queries: Iterable[Query], source: Source, credentials: Credentials | None) -> None:
    """Raise InputError unless every query suits the source, and the source has the credentials it needs."""
    if source.name != "space-track":
        return
    other = [str(query) for query in queries if query.kind != "CATNR"]
    if other:
        raise InputError(f"space-track is asked by catalogue number only, not for {', '.join(other)}; take celestrak")
    if credentials is None:
        raise InputError("Space-Track needs an account: no credentials are given")


def address_of(source: Source, batch: Sequence[Query]) -> str:
    """Address at which a source answers a batch of at most ``at_once`` queries."""
    if source.name == "space-track":
        numbers = ",".join(query.value for query in batch)
        return f"{source.base_url}/basicspacedata/query/class/gp/NORAD_CAT_ID/{numbers}/format/json"
    (query,) = batch
    return f"{source.base_url}/NORAD/elements/gp.php?{urlencode({query.kind: query.value, 'FORMAT': 'csv'})}"


def login_address(source: Source) -> str:
    """Address that takes Space-Track's identity and password."""
    return f"{source.base_url}/ajaxauth/login"
