"""One self-contained HTML page of a pass: no script, no outside request, pictures inside."""

import base64
from collections.abc import Mapping
from html import escape
from typing import Any

from passplan.report.rows import Section, sections

STYLE = """
:root{color-scheme:light dark}
body{font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:1.5rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin:1.6rem 0 .4rem;text-transform:capitalize}
table{border-collapse:collapse;width:100%}
td,th{padding:.18rem .6rem;border-bottom:1px solid #8884;text-align:left;vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.figures{table-layout:fixed}.figures th:nth-child(1){width:34%}.figures th:nth-child(2){width:24%}
.figures th:nth-child(3){width:16%}td.in{padding-left:2rem}td code{white-space:nowrap}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(26rem,1fr));gap:1rem;margin:1rem 0}
figure{margin:0}img{width:100%;height:auto;background:#fff;border-radius:4px}
code{background:#8882;padding:.1rem .3rem;border-radius:3px;overflow-wrap:anywhere}small{opacity:.75}
"""


def page_html(document: Mapping[str, Any], pictures: Mapping[str, bytes], *, command: str) -> str:
    """HTML of a summary document.

    Parameters
    ----------
    document : mapping
        As ``passplan.mission.summary.summary`` gives it.
    pictures : mapping of str to bytes
        PNG files by their captions, in order.
    command : str
        What repeats the run.
    """
    title = f"{document['pass']['satellite']} over {document['pass']['station']}, {document['pass']['culmination_utc']}"
    blocks = "\n".join(_block(section) for section in sections(dict(document)))
    figures = "\n".join(figure_html(caption, png) for caption, png in pictures.items())
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{STYLE}</style></head><body>
<h1>{escape(title)}</h1>
<p><small>{escape(_provenance(document))}</small></p>
<div class="plots">
{figures}
</div>
{blocks}
{_assumed(document)}
{_proofs(document)}
<h2>Again</h2><p><code>{escape(command)}</code></p>
</body></html>
"""


def _block(section: Section) -> str:
    rows = "\n".join(
        f'<tr>{_name(row.quantity)}<td class="n">{escape(row.simulated)}</td>'
        f'<td class="n">{escape(row.published)}</td><td><small>{escape(row.source)}</small></td></tr>'
        for row in section.rows
    )
    head = '<tr><th>quantity</th><th class="n">simulated</th><th class="n">published</th><th>source</th></tr>'
    return f'<h2>{escape(section.title)}</h2><table class="figures">{head}{rows}</table>'


def _name(quantity: str) -> str:
    """Cell of a quantity, set in where it is part of the one above."""
    inner = ' class="in"' if quantity.startswith(" ") else ""
    return f"<td{inner}>{escape(quantity.strip())}</td>"


def figure_html(caption: str, png: bytes) -> str:
    """Picture of a page, inside the page."""
    data = base64.b64encode(png).decode()
    return f'<figure><img alt="{escape(caption)}" src="data:image/png;base64,{data}"></figure>'


def _assumed(document: Mapping[str, Any]) -> str:
    rows = "\n".join(
        f"<tr><td>{escape(item['file'])}</td><td><code>{escape(item['key'])}</code></td>"
        f'<td class="n">{escape(str(item["value"]))}</td><td>{escape(item["reason"])}</td></tr>'
        for item in document["assumed"]
    )
    rest = ", ".join(f"{item['key']} {item['value']}" for item in document["unsourced"])
    head = '<tr><th>file</th><th>parameter</th><th class="n">value</th><th>reason</th></tr>'
    lead = "<p>No source gives these; each has its reason.</p>"
    tail = f"<p><small>Neither source nor reason (settings of the models, defaults): {escape(rest)}.</small></p>"
    return f"<h2>What is assumed</h2>{lead}<table>{head}{rows}</table>{tail}"


def _proofs(document: Mapping[str, Any]) -> str:
    items = []
    for name, detail in document["key"]["detail"].items():
        epsilons = ", ".join(f"{key} {value:g}" for key, value in detail["epsilon"].items())
        assumed = "; ".join(detail["assumptions"])
        items.append(
            f"<li><b>{escape(name)}</b>: {detail['secret_bits']:,} bit. {escape(epsilons)}. {escape(assumed)}</li>"
        )
    return f"<h2>Proofs</h2><ul>{''.join(items)}</ul>"


def _provenance(document: Mapping[str, Any]) -> str:
    elements = document["element_set"]
    inputs = ", ".join(f"{name} {digest[:12]}" for name, digest in document["inputs"].items())
    return (
        f"passplan {document['passplan_version']}; pass {document['pass_id']}; seed {document['seed']}; element set of "
        f"{elements['epoch_utc']}, age {elements['age_days']:+.2f} d; Earth orientation to "
        f"{document['earth_orientation_date']}; inputs {inputs}"
    )
