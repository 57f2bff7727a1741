"""Every plot of a pass by its file name, drawn into bytes."""

import io
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from passplan.mission.monte_carlo import TrackStatistics
from passplan.mission.result import PassPath, PassResult
from passplan.mission.validation import Curves, published_curves
from passplan.plots.key import proof_bars
from passplan.plots.link import (
    background,
    error_rate,
    loss_terms,
    sifted_rate,
    tracking_error,
)
from passplan.plots.passes import elevation_range, sky_chart
from passplan.plots.polarization import (
    plate_rates,
    polarization_contrast,
    polarization_error,
    polarization_page,
    rotation_and_plate,
)
from passplan.plots.tracking import (
    ENDS,
    axis_rates,
    axis_torques,
    coarse_error,
    each_second,
    pointing_error,
    states,
    stroke_histogram,
)
from passplan.plots.tracking_pages import statistics_page, tracking_page
from passplan.plots.tracking_spectra import cumulative_rms, spectra

_DOTS_PER_INCH = 110

# Those that need no tracking can be drawn while it runs.
PATH_PLOTS: dict[str, Callable[[PassPath], Any]] = {
    "sky": sky_chart,
    "elevation_range": elevation_range,
    "contrast": polarization_contrast,
    "rotation": rotation_and_plate,
}
PLOTS: dict[str, Callable[[PassResult, Curves], Any]] = {
    "sky": lambda result, _: PATH_PLOTS["sky"](result),
    "elevation_range": lambda result, _: PATH_PLOTS["elevation_range"](result),
    "loss": lambda result, curves: loss_terms(result, measured=curves.loss),
    "tracking": lambda result, _: tracking_error(result),
    "contrast": lambda result, _: PATH_PLOTS["contrast"](result),
    "rotation": lambda result, _: PATH_PLOTS["rotation"](result),
    "sifted_rate": lambda result, curves: sifted_rate(result, measured=curves.rate),
    "qber": lambda result, _: error_rate(result),
    "background": lambda result, _: background(result),
    "proofs": lambda result, _: proof_bars(result),
}


TRACKING_PAGE = "tracking_page"
TRACKING_PLOTS: dict[str, Callable[[PassResult], Any]] = {
    **{f"pointing_error_{end}": partial(pointing_error, end=end) for end in ENDS},
    **{f"each_second_{end}": partial(each_second, end=end) for end in ENDS},
    **{f"spectrum_{end}": partial(spectra, end=end) for end in ENDS},
    "cumulative_rms": cumulative_rms,
    "coarse_error": coarse_error,
    "stroke": stroke_histogram,
    "axis_rates": axis_rates,
    "axis_torques": axis_torques,
    "states": states,
}
POLARIZATION_PAGE = "polarization_page"
POLARIZATION_PLOTS: dict[str, Callable[[PassPath], Any]] = {
    "contrast": polarization_contrast,
    "rotation": rotation_and_plate,
    "plate_rates": plate_rates,
    "polarization_error": polarization_error,
}
_PAGES: dict[str, Callable[[PassResult], Any]] = {TRACKING_PAGE: tracking_page, POLARIZATION_PAGE: polarization_page}


def draw(name: str, result: PassResult, curves: Curves, form: str = "png") -> bytes:
    """Draw one plot, or a page of plots, as a file of a form that matplotlib knows (png, svg, pdf)."""
    if name in _PAGES:
        return picture(_PAGES[name](result), form, salt=name)
    return picture(PLOTS[name](result, curves).figure, form, salt=name)


def draw_path(path: PassPath) -> dict[str, bytes]:
    """Draw the plots that need no tracking as PNG files."""
    return {name: picture(plot(path).figure, "png", salt=name) for name, plot in PATH_PLOTS.items()}


def draw_all(result: PassResult, *, drawn: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """Every plot of the report as a PNG file, in order; those that are drawn already are taken as they are."""
    curves, standing = published_curves(result), drawn or {}
    return {name: standing[name] if name in standing else draw(name, result, curves) for name in PLOTS}


def draw_tracking(result: PassResult) -> dict[str, bytes]:
    """Draw every tracking plot and their page as a PNG file, in order."""
    return _singles_and_page(result, TRACKING_PLOTS, TRACKING_PAGE)


def draw_polarization(result: PassResult) -> dict[str, bytes]:
    """Draw every polarization plot and their page as a PNG file, in order."""
    return _singles_and_page(result, POLARIZATION_PLOTS, POLARIZATION_PAGE)


def draw_statistics(statistics: TrackStatistics, form: str = "png") -> bytes:
    """Draw the numbers of many runs as a file of a form that matplotlib knows (png, svg, pdf)."""
    return picture(statistics_page(statistics), form, salt="statistics")


def picture(figure: Any, form: str, *, salt: str) -> bytes:
    """File of a figure in a form that matplotlib knows; the same figure and salt give the same bytes."""
    import matplotlib

    data = io.BytesIO()
    settings: dict[str, dict[str, Any]] = {
        "png": {"pil_kwargs": {"compress_level": 1}},  # a fifth faster for a tenth more bytes
        "svg": {"metadata": {"Date": None}},
        "pdf": {"metadata": {"CreationDate": None}},
    }
    with matplotlib.rc_context({"svg.hashsalt": salt}) if form == "svg" else nullcontext():
        figure.savefig(data, format=form, dpi=_DOTS_PER_INCH, **settings.get(form, {}))
    return data.getvalue()


def _singles_and_page(
    result: PassResult, plots: Mapping[str, Callable[[PassResult], Any]], page: str
) -> dict[str, bytes]:
    singles = {name: picture(plot(result).figure, "png", salt=name) for name, plot in plots.items()}
    return {**singles, page: picture(_PAGES[page](result), "png", salt=page)}
