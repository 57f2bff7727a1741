"""The folder that a simulated pass leaves behind: table, document, plots, page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from passplan.mission.export import ecsv_text, json_text, per_second, table_meta
from passplan.mission.files import folder_beside, write_file
from passplan.mission.result import PassResult
from passplan.mission.summary import summary
from passplan.report.drawing import draw_all
from passplan.report.page import page_html


def write_report(
    result: PassResult, folder: Path, *, command: str, drawn: Mapping[str, bytes] | None = None
) -> dict[str, Any]:
    """Write the folder whole or not at all, and return the summary document.

    The files are ``summary.json``, ``per_second.ecsv``, ``report.html`` and one PNG a plot. ``command`` is what repeats
    the run; ``drawn`` are plots that stand already, by name.
    """
    document = summary(result)
    pictures = draw_all(result, drawn=drawn or {})
    with folder_beside(folder) as beside:
        write_file(beside / "summary.json", json_text(document))
        write_file(beside / "per_second.ecsv", ecsv_text(per_second(result), meta=table_meta(result)))
        write_file(beside / "report.html", page_html(document, pictures, command=command))
        for name, png in pictures.items():
            write_file(beside / f"{name}.png", png)
    return document
