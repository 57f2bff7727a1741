"""A plan for a terminal: what is flown and when, the key of each night, the proof, and why the rest is not flown."""

from collections.abc import Iterable, Sequence
from textwrap import fill

from rich.markup import escape

from passplan.report.console import table_text
from passplan.report.plan_lines import (
    Document,
    Row,
    accuracy_text,
    flown,
    has_weather,
    kbit_text,
    level_texts,
    marks_of,
    passes_text,
    reason_groups,
    simulated_bits,
    simulated_text,
    sum_text,
    without_pair,
)

_WIDTH = 110
_SUMMED = ("chosen", "flyable", "duration_s", "key_bits", "expected_bits")


def plan_text(document: Document, explain: bool = False) -> str:
    """Timetable, sums of its nights, proof, and how many passes are not flown for which reason.

    Parameters
    ----------
    document : mapping
        Of a plan or a campaign.
    explain : bool
        Whether every pass that is not flown is listed with its whole reason.

    Returns
    -------
    str
        At most 110 columns wide, but where names are long or a terminal is wider.
    """
    rows = flown(document)
    parts = [_head(document)]
    if rows:
        parts += [_timetable(document, rows), _nights(document)]
    parts += [_pairs(document), _proof(document), _weather(document), _simulated(document), _reasons(document)]
    if explain:
        parts.append(_explained(document))
    parts.append("".join(_wrapped(f"note: {remark}") for remark in document["remarks"]))
    return "\n".join(part for part in parts if part)


def _head(document: Document) -> str:
    return (
        f"{document['campaign']}: {document['start_utc']} to {document['end_utc']}; "
        f"passplan {document['passplan_version']}, seed {document['seed']}\n"
    )


def _timetable(document: Document, rows: list[Row]) -> str:
    """One line a contact; columns that say nothing in this plan are left out."""
    columns: dict[str, list[str]] = {
        "night": [row["night"][5:] for row in rows],
        "start UTC": [row["start_utc"][:19].replace("T", " ") for row in rows],
        "stop": [row["stop_utc"][11:19] for row in rows],
        "satellite": [escape(row["satellite"]) for row in rows],
        "station": [escape(row["station"]) for row in rows],
    }
    unpaired = without_pair(document)
    marks = [marks_of(row, unpaired) for row in rows]
    if any(marks):
        columns[""] = marks
    texts = len(columns)
    columns |= {
        "el deg": [f"{row['max_elevation_deg']:.0f}" for row in rows],
        "s": [f"{row['duration_s']:.0f}" for row in rows],
        "key kbit": [kbit_text(row["key_bits"]) for row in rows],
    }
    if has_weather(document):
        columns["clear"] = [f"{row['clear_chance']:.0%}" for row in rows]
    if document.get("simulated"):
        columns["sim kbit"] = [simulated_text(document, row) for row in rows]
    cells = zip(*columns.values(), strict=True)
    return _table(tuple(columns), cells, numbers=len(columns) - texts)


def _nights(document: Document) -> str:
    """One line a night with something flown, and one for all."""
    with_weather, simulated = has_weather(document), bool(document.get("simulated"))
    headings = ["night", "flown of", "s", "key kbit"]
    headings += ["with weather"] * with_weather + ["sim kbit"] * simulated
    by_night: dict[str, list[Row]] = {}
    for row in flown(document):
        by_night.setdefault(row["night"], []).append(row)
    lines = []
    for night in document["nights"]:
        if night["chosen"]:
            lines.append(_night_cells(document, night, by_night[night["night"]], with_weather, simulated))
    total = {name: sum(night[name] for night in document["nights"]) for name in _SUMMED}
    lines.append(_night_cells(document, {"night": "all", **total}, flown(document), with_weather, simulated))
    return _table(headings, lines, numbers=len(headings) - 1)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int) -> str:
    text = table_text(headings, rows, numbers=numbers)
    return "".join(f"{line}\n" for line in text.splitlines() if line.strip())


def _night_cells(document: Document, night: Row, rows: list[Row], with_weather: bool, simulated: bool) -> list[str]:
    cells = [night["night"], f"{night['chosen']} of {night['flyable']}", f"{night['duration_s']:,.0f}"]
    cells.append(kbit_text(night["key_bits"]))
    if with_weather:
        cells.append(kbit_text(night["expected_bits"]))
    if simulated:
        cells.append(kbit_text(simulated_bits(document, rows)))
    return cells


def _proof(document: Document) -> str:
    lines = [f"key: {sum_text(document)}", *level_texts(document)]
    return "".join(map(_wrapped, lines))


def _reasons(document: Document) -> str:
    groups = reason_groups(document)
    if not groups:
        return "every candidate is flown\n"
    count = sum(len(rows) for _, rows in groups)
    lines = [f"not flown: {count} of {passes_text(len(document['passes']))} (--explain lists them)\n"]
    lines += [_wrapped(f"{len(rows):6d}  {kind}", indent=8) for kind, rows in groups]
    return "".join(lines)


def _explained(document: Document) -> str:
    rows = [row for row in document["passes"] if not row["is_chosen"]]
    wide = max((len(row["pass_id"]) for row in rows), default=0)
    return "".join(
        _wrapped(f"{row['pass_id']:<{wide}}  {row['max_elevation_deg']:4.1f} deg  {row['reason']}", indent=wide + 12)
        for row in rows
    )


def _wrapped(text: str, *, indent: int = 2) -> str:
    indent = indent if indent <= _WIDTH // 2 else 8
    return fill(text, _WIDTH, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False) + "\n"


def _pairs(document: Document) -> str:
    """Key of each pair of stations, and the two passes that make most of it."""
    if not document["pairs"]:
        return ""
    lines = []
    for pair in document["pairs"]:
        relays = sorted(pair["relays"], key=lambda relay: -relay["expected_bits"])
        wanted = "" if pair["wanted_bits"] is None else kbit_text(pair["wanted_bits"])
        best = _relay_text(relays[0]) if relays else "no two passes within the age"
        lines.append([" - ".join(pair["between"]), wanted, kbit_text(pair["expected_bits"]), str(len(relays)), best])
    headings = ["pair", "wanted kbit", "key kbit", "relays", "most of it"]
    return table_text(headings, [[escape(cell) for cell in line] for line in lines])


def _relay_text(relay: Row) -> str:
    """Satellite and the instants of both passes, in the order of the pair's names; the satellite is the same."""
    (satellite, _, first), (_, _, second) = (relay[which].split("/") for which in ("first", "second"))
    return f"{satellite} {first}, {second}"


def _weather(document: Document) -> str:
    weather = document["weather"]
    if not weather:
        return ""
    low, middle, high = (kbit_text(weather[f"{name}_bits"]) for name in ("quantile_05", "median", "quantile_95"))
    of = f"in {weather['weathers']} weathers"
    return _wrapped(f"{of}: 5 % of them have less than {low} kbit, half less than {middle}, 5 % more than {high}")


def _simulated(document: Document) -> str:
    accuracy = document.get("accuracy")
    return _wrapped(accuracy_text(accuracy)) if accuracy else ""
