"""What the key loses when the plates are not driven as planned, as a table and as data."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from passplan.mission.polarization_cases import PolarizationCase
from passplan.report.console import table_text

_HEADINGS = ("what the key loses", "contrast", "error H/V and D/A", "secret bits", "lost bits")


def cases_text(cases: Sequence[PolarizationCase], *, proof: str) -> str:
    """Table of the cases; without any, one line that says why."""
    if not cases:
        return "No second is in the key window: there is no key to lose.\n"
    rows = [
        (
            case.name,
            f"{case.contrast:,.1f} : 1",
            f"{100.0 * case.error_hv:.2f} / {100.0 * case.error_da:.2f} %",
            f"{case.secret_bits:,}",
            _lost(case.lost_bits) if index else "",
        )
        for index, case in enumerate(cases)
    ]
    return (
        table_text(_HEADINGS, rows, numbers=4)
        + f"Secret bits of the whole key window under {proof}, everything else as planned.\n"
    )


def _lost(bits: int) -> str:
    return f"{bits:,}" if bits >= 0 else f"gains {-bits:,}"


def cases_document(cases: Sequence[PolarizationCase]) -> list[dict[str, Any]]:
    """The cases as entries of the JSON document."""
    return [asdict(case) for case in cases]
