"""The document of a planned campaign: stable keys, units in the names; tables, plots, pages and re-planning read it."""

from importlib.metadata import version
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from passplan.mission.campaign_candidates import Candidate
from passplan.mission.campaign_plan import CampaignPlan
from passplan.mission.campaign_windows import evening_of
from passplan.mission.summary import SCHEMA_VERSION
from passplan.orbit.earth import earth_orientation_date
from passplan.orbit.elements import age_days
from passplan.orbit.nights import dark_stretches
from passplan.qkd.settings import KeySettings
from passplan.schedule.fairness import Shares
from passplan.schedule.relay_demand import PairKey
from passplan.schedule.risk import Spread
from passplan.schedule.timetable import Contact
from passplan.schedule.window import Window
from passplan.units import add_seconds, format_utc

PASS_COLUMNS = (
    "pass_id", "satellite", "station", "night", "is_chosen", "is_trimmed", "start_utc", "stop_utc", "duration_s",
    "rise_utc", "culmination_utc", "set_utc", "max_elevation_deg", "min_range_km", "key_bits", "clear_chance",
    "expected_bits", "priority", "satellite_terminal", "station_terminal", "element_age_days", "reason",
)  # fmt: skip
_BIT_DIGITS = 6  # of what a solver splits: beyond them is its rounding
QUANTILES = (0.05, 0.5, 0.95)
SUM_OF_KEYS = "each pass is a block of its own; sums are sums of keys, and their epsilons add"


def plan_document(found: CampaignPlan) -> dict[str, Any]:
    """Document of a plan, ready for JSON; its keys are listed in the README.

    ``key_bits`` is the key expected under a clear sky, ``expected_bits`` that with the weather; what a window of a pass
    not flown would make is that of its longest one.
    """
    prospect = found.prospect
    span = prospect.loaded.scenario.campaign
    rows = pass_rows(found)
    return {
        **heading(found),
        "start_utc": format_utc(span.start),
        "end_utc": format_utc(span.end),
        "objective": objective_section(found),
        "passes": rows,
        "nights": night_rows(rows),
        "satellites": sum_rows(rows, "satellite"),
        "stations": sum_rows(rows, "station"),
        "pairs": pair_rows(found),
        "shares": shares_section(found),
        "weather": weather_section(found),
        "proofs": proof_rows(found),
        "dark": _dark(found),
        "remarks": remarks_of(found),
    }


def heading(found: CampaignPlan) -> dict[str, Any]:
    """What every output of a campaign carries."""
    loaded = found.prospect.loaded
    span = loaded.scenario.campaign
    return {
        "schema_version": SCHEMA_VERSION,
        "passplan_version": version("passplan"),
        "campaign": span.name,
        "seed": span.seed,
        "inputs": {_shown(path, loaded.folder): digest for path, digest in loaded.hashes().items()},
        "earth_orientation_date": earth_orientation_date().isoformat(),
    }


def objective_section(found: CampaignPlan) -> dict[str, Any]:
    """What was made the most of, stage by stage, and the proof.

    ``has_trimmed_windows``: the proof is over the windows offered, some of them trimmed at chosen instants.
    ``night_bits``: key that a night should have, where its chance was made the most of; else None.
    """
    plan, aim = found.plan, found.prospect.loaded.scenario.objective
    levels = [
        {
            "objective": level.objective,
            "worth": level.worth,
            "bound": level.bound if isfinite(level.bound) else None,
            "gap": level.gap if isfinite(level.gap) else None,
            "greedy_worth": level.greedy_worth,
            "unit": level.unit,
        }
        for level in plan.levels
    ]
    return {
        "method": plan.method,
        "is_proven": plan.is_proven,
        "changes": plan.changes,
        "has_trimmed_windows": len(found.problem.windows) > len(found.prospect.offer.windows),
        "night_bits": aim.night_bits if aim.risk == "chance" else None,
        "levels": levels,
    }


def pass_rows(found: CampaignPlan) -> list[dict[str, Any]]:
    """A row a candidate, in order of rise, with its contact if it is flown, or the reason why it is not."""
    flown = {contact.window.contact: contact for contact in found.plan.timetable.contacts}
    longest = {window.contact: window for window in reversed(found.problem.windows)}
    for window in found.problem.windows:
        if window.duration_s > longest[window.contact].duration_s:
            longest[window.contact] = window
    candidates = found.prospect.candidates
    every = sorted((*candidates.usable, *candidates.cut_away), key=lambda one: (one.pass_.rise_utc, one.pass_.pass_id))
    return [_row(found, one, flown.get(one.pass_.pass_id), longest.get(one.pass_.pass_id)) for one in every]


def _row(found: CampaignPlan, one: Candidate, contact: Contact | None, longest: Window | None) -> dict[str, Any]:
    window = longest if contact is None else contact.window
    pass_, epoch = one.pass_, found.prospect.epoch_utc
    longitude_deg = found.prospect.loaded.stations[one.station].longitude_deg
    row: dict[str, Any] = dict.fromkeys(PASS_COLUMNS)
    row |= {
        "pass_id": pass_.pass_id,
        "satellite": one.satellite,
        "station": one.station,
        "night": evening_of(pass_.culmination_utc, longitude_deg),
        "is_chosen": contact is not None,
        "is_trimmed": contact is not None and longest is not None and contact.window.duration_s < longest.duration_s,
        "rise_utc": format_utc(pass_.rise_utc, digits=3),
        "culmination_utc": format_utc(pass_.culmination_utc, digits=3),
        "set_utc": format_utc(pass_.set_utc, digits=3),
        "max_elevation_deg": pass_.max_elevation_deg,
        "min_range_km": pass_.min_range_km,
        "element_age_days": age_days(pass_.elements, pass_.culmination_utc),
        "reason": found.reason_of(one),
    }
    if window is not None:
        row |= {
            "start_utc": format_utc(add_seconds(epoch, window.start_s), digits=3),
            "stop_utc": format_utc(add_seconds(epoch, window.stop_s), digits=3),
            "duration_s": window.duration_s,
            "key_bits": window.key_bits,
            "clear_chance": window.clear,
            "expected_bits": window.expected_bits,
            "priority": window.priority,
        }
    if contact is not None:
        row |= {"satellite_terminal": contact.satellite_terminal, "station_terminal": contact.station_terminal}
    return row


def night_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a night with candidates: what is flown in it and the key expected of it, in all and by station."""
    nights: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        nights.setdefault(row["night"], []).append(row)
    return [{"night": night, **_sums(nights[night])} for night in sorted(nights)]


def sum_rows(rows: list[dict[str, Any]], of: str) -> list[dict[str, Any]]:
    """A row a satellite or a station: what is flown, and the key expected of it."""
    names = dict.fromkeys(row[of] for row in rows)
    return [{of: name, **_sums([row for row in rows if row[of] == name])} for name in sorted(names)]


def _sums(rows: list[dict[str, Any]]) -> dict[str, Any]:
    chosen = [row for row in rows if row["is_chosen"]]
    return {
        "candidates": len(rows),
        "flyable": sum(row["key_bits"] is not None for row in rows),
        "chosen": len(chosen),
        "duration_s": float(sum(row["duration_s"] for row in chosen)),
        "key_bits": float(sum(row["key_bits"] for row in chosen)),
        "expected_bits": float(sum(row["expected_bits"] for row in chosen)),
    }


def pair_rows(found: CampaignPlan) -> list[dict[str, Any]]:
    """A row a pair of stations whose key is relayed, with the passes that serve it; empty for other objectives."""
    detail = found.plan.detail
    if not (isinstance(detail, tuple) and all(isinstance(item, PairKey) for item in detail)):
        return []
    return [
        {
            "between": list(item.pair),
            "wanted_bits": item.wanted_bits if isfinite(item.wanted_bits) else None,
            "expected_bits": round(item.expected_bits, _BIT_DIGITS),
            "weight": item.weight,
            "relays": [
                {
                    "first": relay.first,
                    "second": relay.second,
                    "spent_bits": round(relay.spent_bits, _BIT_DIGITS),
                    "expected_bits": round(relay.expected_bits, _BIT_DIGITS),
                }
                for relay in item.relays
            ],
        }
        for item in detail
    ]


def weather_section(found: CampaignPlan) -> dict[str, Any] | None:
    """How the key is spread over the weathers, or the shares of a fair plan; None where nothing is known of them."""
    detail = found.plan.detail
    if isinstance(detail, Spread):
        low, middle, high = (float(value) for value in detail.quantile_bits(QUANTILES))
        return {
            "weathers": int(np.size(detail.total_bits)),
            "mean_bits": detail.mean_bits,
            "quantile_05_bits": low,
            "median_bits": middle,
            "quantile_95_bits": high,
        }
    return None


def proof_rows(found: CampaignPlan) -> list[dict[str, Any]]:
    """Proof, epsilons and key window of each satellite over each station."""
    rows = {}
    for profile in found.prospect.profiles:
        settings: KeySettings = profile.rule.settings
        rows[profile.candidate.satellite, profile.candidate.station] = {
            "satellite": profile.candidate.satellite,
            "station": profile.candidate.station,
            "proof": profile.rule.proof,
            "epsilon_sec": settings.epsilon_sec,
            "epsilon_cor": settings.epsilon_cor,
            "error_correction_efficiency": settings.error_correction_efficiency,
            "max_range_km": profile.rule.max_range_km,
        }
    return [rows[name] for name in sorted(rows)]


def remarks_of(found: CampaignPlan) -> list[str]:
    """What an operator should know before trusting the plan."""
    prospect, detail = found.prospect, found.plan.detail
    told = [*prospect.loaded.remarks, SUM_OF_KEYS]
    told += [f"{failure}" for failure in prospect.candidates.failures]
    if isinstance(detail, Shares) and detail.without_candidate:
        told.append(f"without any pass that can be flown, and not counted: {', '.join(detail.without_candidate)}")
    stale = [abs(age_days(one.pass_.elements, one.pass_.culmination_utc)) for one in prospect.candidates.usable]
    old = [age for age in stale if age > 7.0]
    if old:
        told.append(f"{len(old)} passes rest on element sets of more than 7 d, at most {max(old):.1f} d")
    return told


def shares_section(found: CampaignPlan) -> dict[str, Any] | None:
    """Shares of a fair plan [bit] by name; None for other objectives."""
    detail = found.plan.detail
    return {"bits": dict(detail.bits), "weighted": dict(detail.weighted)} if isinstance(detail, Shares) else None


def _dark(found: CampaignPlan) -> dict[str, list[list[str]]]:
    """Dark times of each station by name, from and to."""
    loaded = found.prospect.loaded
    span = loaded.scenario.campaign
    limit = loaded.scenario.passes.max_sun_elevation_deg
    if limit is None:
        return {name: [] for name in loaded.stations}
    return {
        name: [
            [format_utc(each.start_utc), format_utc(each.end_utc)]
            for each in dark_stretches(station, span.start, span.end, max_sun_elevation_deg=limit)
        ]
        for name, station in loaded.stations.items()
    }


def _shown(path: str, folder: Path) -> str:
    """Path of an input without the folder of the scenario, so that a document does not depend on where it was made."""
    try:
        return Path(path).resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return Path(path).name
