"""One self-contained HTML page of a plan or a campaign: no script, no outside request, pictures inside."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from passplan.mission.outcome import counted
from passplan.report.page import STYLE, figure_html
from passplan.report.plan_drawing import pictures_of
from passplan.report.plan_lines import (
    Document,
    Row,
    accuracy_text,
    flown,
    kbit_text,
    level_texts,
    marks_of,
    passes_text,
    reason_groups,
    simulated_bits,
    simulated_text,
    sum_text,
    without_pair,
    worth_text,
)

_MOST_OPEN = 40  # rows of a table that is not folded away
_SUMMED = ("candidates", "flyable", "chosen", "duration_s", "key_bits", "expected_bits")
_SUM_HEADINGS = ("candidates", "can be flown", "flown", "s", "key kbit", "with weather")
_SUM_NOTE = "Sums of the keys of separate blocks, each with a proof of its own; their epsilons add."
_STYLE = """
h2{text-transform:none}h2::first-letter{text-transform:uppercase}
details{margin:.3rem 0}summary{cursor:pointer}.wide figure{margin:1rem 0}tr:last-child.all td{font-weight:600}
"""


def plan_page_html(document: Document, pictures: Mapping[str, bytes] | None = None) -> str:
    """HTML of the document of a plan, or of a campaign, which has simulated keys beside the planned ones.

    Parameters
    ----------
    document : mapping
        As ``passplan.mission.plan_document.plan_document`` gives it, or a campaign.
    pictures : mapping of str to bytes, optional
        PNG files by their captions, in order; by default they are drawn.
    """
    title = f"{document['campaign']}, {document['start_utc'][:10]} to {document['end_utc'][:10]}"
    shown = pictures_of(document) if pictures is None else pictures
    figures = "\n".join(figure_html(caption, png) for caption, png in shown.items())
    blocks = (
        _result(document), f'<div class="wide">{figures}</div>', _flown(document), _nights(document),
        _by(document, "station"), _by(document, "satellite"), _pairs(document), _shares(document), _weather(document),
        _simulated(document), _proofs(document), _not_flown(document), _remarks(document), _inputs(document),
    )  # fmt: skip
    body = "\n".join(block for block in blocks if block)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{STYLE}{_STYLE}</style></head><body>
<h1>{escape(title)}</h1>
<p><small>{escape(_provenance(document))}</small></p>
{body}
</body></html>
"""


def table_html(headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 0, total: bool = False) -> str:
    """Rows of plain text as a table; the last ``numbers`` columns are set to the right, a ``total`` is the last row."""
    texts = len(headings) - numbers
    head = "".join(
        f'<th class="n">{escape(each)}</th>' if place >= texts else f"<th>{escape(each)}</th>"
        for place, each in enumerate(headings)
    )
    lines = ["".join(_cell(each, is_number=place >= texts) for place, each in enumerate(row)) for row in rows]
    marks = ["<tr>"] * len(lines)
    if total and marks:
        marks[-1] = '<tr class="all">'
    body = "\n".join(f"{mark}{line}</tr>" for mark, line in zip(marks, lines, strict=True))
    return f"<table><tr>{head}</tr>\n{body}</table>"


def _cell(text: str, *, is_number: bool) -> str:
    return f'<td class="n">{escape(text)}</td>' if is_number else f"<td>{escape(text)}</td>"


def _folded(summary: str, inside: str, *, is_open: bool = False) -> str:
    return f"<details{' open' if is_open else ''}><summary>{escape(summary)}</summary>{inside}</details>"


def _provenance(document: Document) -> str:
    inputs = ", ".join(f"{name} {digest[:12]}" for name, digest in document["inputs"].items())
    return (
        f"passplan {document['passplan_version']}; seed {document['seed']}; {document['start_utc']} to "
        f"{document['end_utc']}; Earth orientation to {document['earth_orientation_date']}; inputs {inputs}"
    )


def _result(document: Document) -> str:
    """The proof: stage by stage what it came to, the bound, the gap, the greedy choice."""
    levels = document["objective"]["levels"]
    rows = [
        (
            level["objective"],
            worth_text(level["worth"], level["unit"]),
            worth_text(level["bound"], level["unit"]),
            "-" if level["gap"] is None else f"{level['gap']:.2g}",
            worth_text(level["greedy_worth"], level["unit"]),
        )
        for level in levels
    ]
    told = "".join(f"<li>{escape(text)}</li>" for text in (sum_text(document), *level_texts(document)))
    table = table_html(("objective", "worth", "no timetable has more than", "gap", "greedy choice"), rows, numbers=4)
    return f"<h2>Result</h2><ul>{told}</ul>{table}"


def _flown(document: Document) -> str:
    rows = flown(document)
    if not rows:
        return "<h2>Flown</h2><p>No pass is flown.</p>"
    unpaired = without_pair(document)
    headings = ("night", "start UTC", "stop", "satellite", "station", "", "el deg", "km", "s", "key kbit", "clear",
                "simulated kbit")  # fmt: skip
    cells = (
        (
            row["night"],
            row["start_utc"][:19].replace("T", " "),
            row["stop_utc"][11:19],
            row["satellite"],
            row["station"],
            marks_of(row, unpaired),
            f"{row['max_elevation_deg']:.1f}",
            f"{row['min_range_km']:.0f}",
            f"{row['duration_s']:.0f}",
            kbit_text(row["key_bits"]),
            f"{row['clear_chance']:.0%}",
            simulated_text(document, row),
        )
        for row in rows
    )
    table = table_html(headings, cells, numbers=6)
    return f"<h2>Flown</h2>{_folded(passes_text(len(rows)), table, is_open=len(rows) <= _MOST_OPEN)}"


def _nights(document: Document) -> str:
    rows_of: dict[str, list[Row]] = {}
    for row in document["passes"]:
        rows_of.setdefault(row["night"], []).append(row)
    lines = [_sums(document, night["night"], night, rows_of.get(night["night"], [])) for night in document["nights"]]
    table = _sum_table(document, "night", lines)
    folded = _folded(counted(len(lines), "night"), table, is_open=len(lines) <= _MOST_OPEN)
    return f"<h2>Key of each night</h2><p>{_SUM_NOTE}</p>{folded}"


def _by(document: Document, of: str) -> str:
    """Sums by station or satellite, and of all."""
    sums = document[f"{of}s"]
    every = list(document["passes"])
    lines = [_sums(document, each[of], each, [row for row in every if row[of] == each[of]]) for each in sums]
    total = {name: sum(each[name] for each in sums) for name in _SUMMED}
    lines.append(_sums(document, "all", total, every))
    table = _sum_table(document, of, lines, total=True)
    return f"<h2>Key of each {of}</h2><p>{_SUM_NOTE}</p>{table}"


def _sums(document: Document, name: str, sums: Row, rows: list[Row]) -> tuple[str, ...]:
    simulated = (kbit_text(simulated_bits(document, rows)),) if document.get("simulated") else ()
    return (
        name,
        *(f"{sums[each]:,}" for each in _SUMMED[:3]),
        f"{sums['duration_s']:,.0f}",
        kbit_text(sums["key_bits"]),
        kbit_text(sums["expected_bits"]),
        *simulated,
    )


def _sum_table(document: Document, of: str, lines: list[tuple[str, ...]], *, total: bool = False) -> str:
    headings = [of, *_SUM_HEADINGS, *(["simulated kbit"] if document.get("simulated") else [])]
    return table_html(headings, lines, numbers=len(headings) - 1, total=total)


def _pairs(document: Document) -> str:
    if not document["pairs"]:
        return ""
    rows = [
        (
            " and ".join(pair["between"]),
            "all" if pair["wanted_bits"] is None else kbit_text(pair["wanted_bits"]),
            kbit_text(pair["expected_bits"]),
            f"{pair['weight']:g}",
            f"{len(pair['relays'])}",
        )
        for pair in document["pairs"]
    ]
    table = table_html(("pair", "wanted kbit", "relayed kbit", "weight", "pairs of passes"), rows, numbers=4)
    lead = "<p>A relayed key is as long as the shorter of its two parts, and the satellite is trusted with it.</p>"
    relays = [
        (relay["first"], relay["second"], kbit_text(relay["spent_bits"]), kbit_text(relay["expected_bits"]))
        for pair in document["pairs"]
        for relay in pair["relays"]
    ]
    inside = table_html(("first pass", "second pass", "spent kbit", "expected kbit"), relays, numbers=2)
    folded = _folded(f"{len(relays)} pairs of passes", inside)
    return f"<h2>Key of each pair of stations</h2>{lead}{table}{folded}"


def _shares(document: Document) -> str:
    shares = document["shares"]
    if not shares:
        return ""
    rows = [(name, kbit_text(bits), kbit_text(shares["weighted"][name])) for name, bits in shares["bits"].items()]
    return f"<h2>Shares</h2>{table_html(('of', 'key kbit', 'over its weight, kbit'), rows, numbers=2)}"


def _weather(document: Document) -> str:
    found = document["weather"]
    if not found:
        return ""
    rows = [
        (name, kbit_text(found[key]))
        for name, key in (
            ("mean", "mean_bits"),
            ("one in twenty has less", "quantile_05_bits"),
            ("median", "median_bits"),
            ("one in twenty has more", "quantile_95_bits"),
        )
    ]
    return f"<h2>Key over {found['weathers']:,} weathers</h2>{table_html(('', 'key kbit'), rows, numbers=1)}"


def _simulated(document: Document) -> str:
    """What was simulated, how it compares with the plan, and what failed."""
    outcomes = document.get("simulated")
    if not outcomes:
        return ""
    done = [outcome for outcome in outcomes.values() if outcome is not None]
    faults = [
        (name, each["fault"]) for name, each in outcomes.items() if each is not None and each["fault"] is not None
    ]
    told = [f"{len(done)} of {passes_text(len(outcomes))} simulated, {len(faults)} of them failed."]
    accuracy = document.get("accuracy")
    if accuracy:
        told.append(accuracy_text(accuracy))
    failed = _folded(f"{len(faults)} failed", table_html(("pass", "why"), faults), is_open=True) if faults else ""
    return f"<h2>Simulated in full</h2><p>{escape(' '.join(told))}</p>{failed}"


def _proofs(document: Document) -> str:
    rows = [
        (
            each["satellite"],
            each["station"],
            each["proof"],
            f"{each['epsilon_sec']:g}",
            f"{each['epsilon_cor']:g}",
            "-" if each["error_correction_efficiency"] is None else f"{each['error_correction_efficiency']:g}",
            "-" if each["max_range_km"] is None else f"{each['max_range_km']:g}",
        )
        for each in document["proofs"]
    ]
    headings = ("satellite", "station", "proof", "epsilon sec", "epsilon cor", "f", "key within km")
    return f"<h2>Proofs, of one pass each</h2>{table_html(headings, rows, numbers=4)}"


def _not_flown(document: Document) -> str:
    groups = reason_groups(document)
    if not groups:
        return "<h2>Not flown</h2><p>Every candidate is flown.</p>"
    count = sum(len(rows) for _, rows in groups)
    blocks = "\n".join(_folded(f"{len(rows)}: {kind}", _reasons(rows)) for kind, rows in groups)
    return f"<h2>Not flown</h2><p>{count} of {passes_text(len(document['passes']))}, by reason.</p>{blocks}"


def _reasons(rows: Sequence[Row]) -> str:
    cells = (
        (row["pass_id"], row["reason"], f"{row['max_elevation_deg']:.1f}", kbit_text(row["key_bits"])) for row in rows
    )
    return table_html(("pass", "why", "el deg", "key kbit"), cells, numbers=2)


def _remarks(document: Document) -> str:
    items = "".join(f"<li>{escape(each)}</li>" for each in document["remarks"])
    return f"<h2>Remarks</h2><ul>{items}</ul>" if items else ""


def _inputs(document: Document) -> str:
    items = "".join(
        f"<li>{escape(name)} <code>{escape(digest)}</code></li>" for name, digest in document["inputs"].items()
    )
    return f"<h2>Inputs, by SHA-256</h2><ul>{items}</ul>"
