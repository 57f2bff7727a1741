"""passplan: from an element set to the key.

Plans and simulates satellite quantum key distribution passes. The names below are handed on when they are first used,
so that ``import passplan`` costs nothing; none is defined here.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "Conditions": "orbit.conditions",
    "Limits": "mission.selection",
    "PassResult": "mission.result",
    "PassplanError": "errors",
    "RunOptions": "mission.result",
    "export_passes": "mission.outgoing",
    "find_passes": "orbit.passes",
    "iter_passes": "orbit.passes",
    "load_history": "mission.catalog",
    "load_satellite": "mission.catalog",
    "load_scenario": "mission.scenario_files",
    "load_site": "mission.catalog",
    "open_catalog": "mission.catalog",
    "per_second": "mission.export",
    "plan": "schedule.planner",
    "plan_campaign": "mission.campaign_plan",
    "plan_document": "mission.plan_document",
    "prospect_of": "mission.campaign_plan",
    "run_campaign": "mission.campaign_run",
    "select_by_id": "mission.selection",
    "select_by_night": "mission.selection",
    "simulate_pass": "mission.link",
    "summary": "mission.summary",
    "write_report": "report.folder",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'passplan' has no attribute {name!r}")
    return getattr(import_module(f"passplan.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
