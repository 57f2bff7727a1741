"""Every plot of a pass by its file name, drawn into bytes."""

import io
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from passplan.mission.result import PassResult
from passplan.mission.validation import Curves, published_curves
from passplan.plots.link import (
    error_rate,
    loss_terms,
    polarization_contrast,
    rotation_and_plate,
    sifted_rate,
    tracking_error,
)
from passplan.plots.passes import elevation_range, sky_chart

_DOTS_PER_INCH = 110

PLOTS: dict[str, Callable[[PassResult, Curves], Any]] = {
    "sky": lambda result, _: sky_chart(result),
    "elevation_range": lambda result, _: elevation_range(result),
    "loss": lambda result, curves: loss_terms(result, measured=curves.loss),
    "tracking": lambda result, _: tracking_error(result),
    "contrast": lambda result, _: polarization_contrast(result),
    "rotation": lambda result, _: rotation_and_plate(result),
    "sifted_rate": lambda result, curves: sifted_rate(result, measured=curves.rate),
    "qber": lambda result, _: error_rate(result),
}


def draw(name: str, result: PassResult, curves: Curves, form: str = "png") -> bytes:
    """Draw one plot as a file of a form that matplotlib knows (png, svg, pdf); the same pass gives the same bytes."""
    import matplotlib

    data = io.BytesIO()
    settings: dict[str, dict[str, Any]] = {
        "png": {"pil_kwargs": {"compress_level": 1}},  # a fifth faster for a tenth more bytes
        "svg": {"metadata": {"Date": None}},
        "pdf": {"metadata": {"CreationDate": None}},
    }
    with matplotlib.rc_context({"svg.hashsalt": name}) if form == "svg" else nullcontext():
        figure = PLOTS[name](result, curves).figure
        figure.savefig(data, format=form, dpi=_DOTS_PER_INCH, **settings.get(form, {}))
    return data.getvalue()


def draw_all(result: PassResult) -> dict[str, bytes]:
    """Draw every plot as a PNG file, in order."""
    curves = published_curves(result)
    return {name: draw(name, result, curves) for name in PLOTS}
