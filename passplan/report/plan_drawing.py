"""Pictures of a plan, drawn into bytes."""

from collections.abc import Callable, Mapping
from typing import Any

from passplan.plots.plan_axes import new_figure
from passplan.plots.schedule import MOST_NIGHTS, nights_bars, season, timeline
from passplan.report.drawing import picture

Document = Mapping[str, Any]


def is_long(document: Document) -> bool:
    """Whether a campaign has more nights than a timeline holds."""
    return len(document["nights"]) > MOST_NIGHTS


def drawn(document: Document, form: str) -> bytes:
    """Picture of a whole plan in a form that matplotlib knows: its timeline, or its season where that is too long."""
    name, plot = ("season", season) if is_long(document) else ("timeline", timeline)
    return picture(plot(document).figure, form, salt=name)


def _wide_bars(document: Document) -> Any:
    """Bars as wide as the plots above them."""
    return nights_bars(document, new_figure(height_in=4.0).add_subplot())


def pictures_of(document: Document) -> dict[str, bytes]:
    """PNG files of a plan's report by their captions, in order: season of a long campaign, timeline, key of a night."""
    if not document["nights"]:
        return {}
    plots: dict[str, Callable[[Document], Any]] = {"season": season} if is_long(document) else {}
    plots |= {"first nights" if plots else "timeline": timeline, "key of each night": _wide_bars}
    return {caption: picture(plot(document).figure, "png", salt=caption) for caption, plot in plots.items()}
