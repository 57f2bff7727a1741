"""A plan that stands: read again, matched with the passes of today, and how far it may be changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from passplan.errors import InputError, NoPlan
from passplan.mission.campaign_scenario import CampaignScenario
from passplan.mission.campaign_windows import Offer, dressed
from passplan.mission.planned_key import PlannedProfile, key_bits, window_with
from passplan.mission.scenario import read_text
from passplan.mission.scenario_files import Loaded
from passplan.orbit.station import Station
from passplan.schedule.replan import frozen_until, keeping, places_of
from passplan.schedule.window import Problem, Window
from passplan.units import parse_utc, seconds_between

_SAME_S = 0.5  # by which ends of a contact may differ between two runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """A plan that stands, and how far it may be changed.

    windows : what it flies
    frozen_until_utc : everything that starts before is kept, aware; None: nothing is
    most_changes : how many contacts may be added or dropped; None: any number
    change_cost_bits : what each costs [bit]
    """

    windows: tuple[Window, ...]
    frozen_until_utc: datetime | None = None
    most_changes: int | None = None
    change_cost_bits: float = 0.0

    def is_frozen(self, window: Window, epoch_utc: datetime) -> bool:
        """Whether a window begins before what is frozen ends; its times count from the epoch [s]."""
        until = self.frozen_until_utc
        return until is not None and window.start_s < seconds_between(epoch_utc, until)


def former_of(
    path: Path,
    loaded: Loaded,
    *,
    frozen_until_utc: datetime | None = None,
    most_changes: int | None = None,
    change_cost_bits: float = 0.0,
) -> Former:
    """Plan that stands, out of the document that ``passplan plan`` or ``passplan campaign`` wrote.

    Raises
    ------
    InputError
        If the file is no such document.
    """
    try:
        document = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}: is not JSON: {error.msg}") from error
    epoch = loaded.scenario.campaign.start
    windows = [_window_of(row, epoch, path) for row in chosen_rows(document, source=str(path))]
    return Former(
        windows=tuple(windows),
        frozen_until_utc=frozen_until_utc,
        most_changes=most_changes,
        change_cost_bits=change_cost_bits,
    )


def _window_of(row: dict[str, Any], epoch: datetime, path: Path) -> Window:
    try:
        start, stop = (
            seconds_between(epoch, parse_utc(row[name], what=f"{path}: {name}")) for name in ("start_utc", "stop_utc")
        )
        return Window(
            contact=str(row["pass_id"]),
            satellite=str(row["satellite"]),
            station=str(row["station"]),
            start_s=start,
            stop_s=stop,
            key_bits=float(row["key_bits"]),
            priority=float(row.get("priority") or 1.0),
            night=str(row.get("night", "")),
        )
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: the row of {row.get('pass_id')!r} is wrong: {error}") from error


def standing_windows(
    former: Former,
    scenario: CampaignScenario,
    stations: Mapping[str, Station],
    profiles: Sequence[PlannedProfile],
    *,
    offer: Offer,
) -> tuple[Window, ...]:
    """What a plan that stands flies, as windows of the passes of today, with their keys and directions.

    A contact is found again by the id of its pass, else by satellite, station and time: newer element sets move the
    culmination, and with it the id. One that has not begun is left out if the rules of today do not leave it all of
    its time; a frozen one is kept.

    Raises
    ------
    NoPlan
        If a frozen contact has no pass today.
    """
    epoch = scenario.campaign.start
    found = []
    for window in former.windows:
        profile = _profile_of(window, profiles)
        frozen = former.is_frozen(window, epoch)
        if profile is None:
            if frozen:
                raise NoPlan(_without_pass(window, offer))
            continue
        if frozen or _is_offered(window, profile, offer):
            found.append(_today(window, profile, scenario, stations))
    return tuple(found)


def not_among(stands: Sequence[Window], windows: Sequence[Window]) -> list[Window]:
    """Those of the windows that stand which are not offered as they are, to half a second."""
    known = [(window.contact, window.start_s, window.stop_s) for window in windows]
    return [each for each in stands if not any(_alike(each, *other) for other in known if other[0] == each.contact)]


def with_former(problem: Problem, former: Former, stands: Sequence[Window], *, epoch_utc: datetime) -> Problem:
    """Return a problem that starts from a plan that stands; its windows are among those of the problem.

    Raises
    ------
    NoPlan
        If what is frozen does not fit together.
    """
    flown = places_of(problem, stands)
    kept = {window.contact for window in stands}
    problem = keeping(problem, kept, most_changes=former.most_changes, cost_bits=former.change_cost_bits)
    if former.frozen_until_utc is None:
        return problem
    return frozen_until(problem, flown, seconds_between(epoch_utc, former.frozen_until_utc))


def _profile_of(window: Window, profiles: Sequence[PlannedProfile]) -> PlannedProfile | None:
    mine = [
        profile
        for profile in profiles
        if (profile.candidate.satellite, profile.candidate.station) == (window.satellite, window.station)
        and profile.time_s.size
    ]
    same = [profile for profile in mine if profile.candidate.pass_.pass_id == window.contact]
    over = [profile for profile in mine if profile.time_s[0] < window.stop_s and window.start_s < profile.time_s[-1]]
    return next(iter(same or over), None)


def _is_offered(window: Window, profile: PlannedProfile, offer: Offer) -> bool:
    name = profile.candidate.pass_.pass_id
    return any(
        each.contact == name and each.start_s - _SAME_S <= window.start_s and window.stop_s <= each.stop_s + _SAME_S
        for each in offer.windows
    )


def _today(
    window: Window, profile: PlannedProfile, scenario: CampaignScenario, stations: Mapping[str, Station]
) -> Window:
    """The window with the id, directions and key of today; the key of then where none is expected any more."""
    bits = float(key_bits([profile], window.start_s, window.stop_s)[0])
    made = window_with(profile, window.start_s, window.stop_s, key_bits=bits or window.key_bits)
    return dressed(made, profile, scenario, stations)


def _without_pass(window: Window, offer: Offer) -> str:
    why = offer.refused.get(window.contact, "no pass of today's element sets is near it")
    return f"{window.contact} is frozen, but cannot be flown: {why}"


def _alike(window: Window, _contact: str, start_s: float, stop_s: float) -> bool:
    return abs(window.start_s - start_s) <= _SAME_S and abs(window.stop_s - stop_s) <= _SAME_S


def chosen_rows(document: dict[str, Any], *, source: str) -> list[dict[str, Any]]:
    """Rows of a plan's document that are flown.

    Raises
    ------
    InputError
        If the document is none of a plan.
    """
    rows = document.get("passes") if isinstance(document, dict) else None
    needed = {"pass_id", "satellite", "station", "is_chosen", "start_utc", "stop_utc", "key_bits"}
    if not isinstance(rows, list) or not all(isinstance(row, dict) and needed <= row.keys() for row in rows):
        raise InputError(f"{source}: is no plan of passplan: 'passes' must be a list of rows with {sorted(needed)}")
    return [row for row in rows if row["is_chosen"]]
