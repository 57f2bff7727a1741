"""The numbers of many runs of a pass as text for a terminal, and as a part of its document."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from passplan.mission.monte_carlo import NUMBERS, TrackStatistics
from passplan.report.console import table_text

_UNITS = {"urad": "urad", "s": "s"}


def statistics_document(statistics: TrackStatistics) -> dict[str, Any]:
    """Spread of each number over the runs, and the numbers of each run."""
    return {
        "runs": int(statistics.seeds.size),
        "first_seed": int(statistics.seeds[0]),
        "last_seed": int(statistics.seeds[-1]),
        "spread": {name: asdict(statistics.spread(name)) for name in NUMBERS},
        "by_run": {name: values.tolist() for name, values in statistics.columns.items()},
    }


def statistics_text(statistics: TrackStatistics) -> str:
    """Table of mean, standard deviation and percentiles of each number."""
    first, last = statistics.seeds[0], statistics.seeds[-1]
    title = f"{statistics.seeds.size} runs, seeds {first} to {last}; errors over the locked seconds of the key window"
    headings = ("number", "unit", "runs", "mean", "std", "5 %", "50 %", "95 %")
    return table_text(headings, map(_cells(statistics), NUMBERS), title=title, numbers=6)


def _cells(statistics: TrackStatistics) -> Callable[[str], tuple[str, ...]]:
    def cells(name: str) -> tuple[str, ...]:
        spread = statistics.spread(name)
        words, _, end = name.rpartition("_")
        unit = _UNITS.get(end, "1")
        label = (name if unit == "1" else words).replace("_", " ")
        values = (spread.mean, spread.std, spread.p05, spread.p50, spread.p95)
        shown = ("-" if value != value else f"{value:.4g}" for value in values)  # nan equals nothing
        return label, unit, f"{spread.runs}", *shown

    return cells
