"""The report as text for a terminal: plain when it is no terminal or NO_COLOR is set."""

import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from passplan.mission.explanation import Explanation
from passplan.qkd.key_record import KeyLength
from passplan.report.epsilons import epsilon_text, roles_text
from passplan.report.rows import Section
from passplan.units import format_utc

_NARROWEST = 100  # columns; on a narrower terminal lines wrap, but no figure is cut


def table_text(headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "", numbers: int = 0) -> str:
    """Rows as an aligned table; the last ``numbers`` columns are set to the right."""
    from rich import box
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, heading in enumerate(headings):
        right = place >= len(headings) - numbers
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return rendered(table, whole=True)


def sections_text(blocks: Iterable[Section]) -> str:
    """Blocks of a report as aligned text, the published figure beside the simulated one."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("quantity", no_wrap=True)
    table.add_column("simulated", justify="right", no_wrap=True)
    table.add_column("published", justify="right", no_wrap=True)
    table.add_column("source")
    for block in blocks:
        table.add_section()
        table.add_row(f"[bold]{block.title.upper()}[/bold]")
        for row in block.rows:
            table.add_row(row.quantity, row.simulated, row.published, row.source)
    return rendered(table)


def rendered(table: Any, *, whole: bool = False) -> str:
    """Text of a rich table, coloured only on a terminal.

    It is as wide as the terminal, or 120 columns where there is none; ``whole`` makes it as wide as its contents, so
    that no name is cut short.
    """
    from rich.console import Console

    text = io.StringIO()
    terminal = sys.stdout.isatty()
    console = Console(file=text, width=None if terminal else 120, force_terminal=terminal, highlight=False)
    if whole:
        natural = Console(width=10_000).measure(table).maximum
        console.width = max(console.width, natural)
    console.width = max(console.width, _NARROWEST)
    console.print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().strip("\n").splitlines()) + "\n"


def passes_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Table of passes for a terminal: what a planner looks at first."""
    headings = (
        "pass",
        "rise UTC",
        "set UTC",
        "s",
        "el deg",
        "range km",
        "Sun deg",
        "sunlit",
        "Moon deg",
        "lit",
        "age d",
    )
    return table_text(headings, (_pass_cells(row) for row in rows), numbers=8)


def _pass_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["pass_id"] + (" (cut)" if row["is_truncated"] else ""),
        row["rise_utc"][:19].replace("T", " "),
        row["set_utc"][11:19],
        f"{row['duration_s']:.0f}",
        f"{row['max_elevation_deg']:.1f}",
        f"{row['min_range_km']:.0f}",
        f"{row['sun_elevation_deg']:.1f}",
        f"{row['sunlit_fraction']:.0%}",
        f"{row['moon_elevation_deg']:.0f}",
        f"{row['moon_illumination']:.0%}",
        f"{row['element_age_days']:+.1f}",
    )


def explanations_text(rows: Sequence[Explanation]) -> str:
    """Table of candidate passes with the verdict on each in words."""
    cells = (
        (
            row.pass_.pass_id,
            format_utc(row.pass_.rise_utc)[:19].replace("T", " "),
            f"{row.pass_.max_elevation_deg:.1f}",
            "yes" if row.is_usable else "no",
            row.text,
        )
        for row in rows
    )
    return table_text(("pass", "rise UTC", "el deg", "usable", "why"), cells)


def keys_text(
    keys: Mapping[str, KeyLength],
    refused: Mapping[str, str] = MappingProxyType({}),
    *,
    marks: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Key lengths of one block of counts under each proof, with what they stand on, and why other proofs refuse it.

    ``marks`` says by proof id what a key is there for, such as "default" or "to compare".
    """
    headings: tuple[str, ...] = ("secret bits", "phase error <=", "leaked bits", "f", "epsilons")
    rows: list[tuple[str, ...]] = [_key_cells(key) for key in keys.values()]
    if not marks.keys().isdisjoint(keys):
        headings = ("use", *headings)
        rows = [(marks.get(name, ""), *cells) for name, cells in zip(keys, rows, strict=True)]
    named = [(name, *cells) for name, cells in zip(keys, rows, strict=True)]
    table = table_text(("proof", *headings), named) if keys else ""
    reasons = "".join(f"{name} is not for these counts: {why}\n" for name, why in refused.items())
    return table + roles_text(keys.values()) + reasons


def _key_cells(key: KeyLength) -> tuple[str, ...]:
    phase, efficiency = key.bounds.get("phase_error_upper"), key.error_correction_efficiency
    shown = "-" if phase is None else f"{100.0 * phase:.2f} %"
    told = "-" if efficiency is None else f"{efficiency:.3g}"
    return f"{key.secret_bits:,}", shown, f"{key.leak_bits:,.0f}", told, epsilon_text(key.epsilon)
