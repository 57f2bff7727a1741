"""The lines of a pass's report: quantity, simulated value, unit, and the published figure beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from passplan.mission.polarization_summary import PLATE_TEXTS
from passplan.mission.summary import value_of
from passplan.report.epsilons import epsilon_text

Formatter = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what, the simulated value with its unit, the printed figure, and its source or status."""

    quantity: str
    simulated: str
    published: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled block of lines."""

    title: str
    rows: tuple[Row, ...]


def number(digits: int, unit: str = "", *, factor: float = 1.0) -> Formatter:
    """Formatter of a number with a fixed count of digits, thousands parted; a dash when it does not apply."""

    def text(value: Any) -> str:
        return "-" if value is None else f"{value * factor:,.{digits}f} {unit}".rstrip()

    return text


def plain(value: Any) -> str:
    """Text of a value as it is."""
    return "-" if value is None else str(value)


def clock(value: Any) -> str:
    """Time of day of an ISO 8601 text."""
    return "-" if value is None else str(value).split("T")[1]


PERCENT = number(2, "%", factor=100.0)

LINES: dict[str, tuple[tuple[str, str, Formatter], ...]] = {
    "pass": (
        ("rise", "pass.rise_utc", clock),
        ("culmination", "pass.culmination_utc", clock),
        ("set", "pass.set_utc", clock),
        ("highest elevation", "pass.max_elevation_deg", number(2, "deg")),
        ("smallest range", "pass.min_range_km", number(1, "km")),
        ("fastest azimuth", "pass.max_azimuth_rate_deg_s", number(3, "deg/s")),
        ("largest point-ahead", "pass.max_point_ahead_urad", number(1, "urad")),
        ("Sun", "pass.sun_elevation_deg", number(1, "deg")),
        ("Moon elevation", "pass.moon_elevation_deg", number(1, "deg")),
        ("Moon lit", "pass.moon_illumination", number(0, "%", factor=100.0)),
        ("satellite in sunlight", "pass.sunlit_fraction", number(0, "% of the pass", factor=100.0)),
        ("age of the element set", "pass.element_age_days", number(2, "d")),
    ),
    "key window": (
        ("rule", "window.rule", plain),
        ("from", "window.start_utc", clock),
        ("to", "window.stop_utc", clock),
        ("length", "window.duration_s", number(0, "s")),
    ),
    "tracking": (
        ("acquired", "tracking.acquired_utc", clock),
        ("acquisition took", "tracking.acquisition_s", number(2, "s")),
        ("satellite coarse, rms an axis", "tracking.satellite.coarse_rms_urad", number(2, "urad")),
        ("satellite fine x, rms", "tracking.satellite.fine_x_rms_urad", number(2, "urad")),
        ("satellite fine y, rms", "tracking.satellite.fine_y_rms_urad", number(2, "urad")),
        ("satellite bias", "tracking.satellite.bias_urad", number(2, "urad")),
        ("ground fine x, rms", "tracking.ground.fine_x_rms_urad", number(2, "urad")),
        ("ground fine y, rms", "tracking.ground.fine_y_rms_urad", number(2, "urad")),
        ("both in fine lock", "tracking.locked_fraction", number(1, "% of the window", factor=100.0)),
        ("dropouts", "tracking.dropouts", plain),
    ),
    "polarization": (
        ("rotation in the key window", "polarization.rotation_span_deg", number(1, "deg")),
        ("fastest rotation", "polarization.max_rotation_rate_deg_s", number(2, "deg/s")),
        ("contrast uncompensated, highest", "polarization.contrast_uncompensated_max", number(1, ": 1")),
        ("contrast uncompensated, lowest", "polarization.contrast_uncompensated_min", number(5, ": 1")),
        ("the same at rise, geometry alone", "polarization.contrast_geometry_start", number(1, ": 1")),
        ("the same at its lowest, geometry alone", "polarization.contrast_geometry_min", number(5, ": 1")),
        ("contrast compensated, mean", "polarization.contrast_compensated_mean", number(0, ": 1")),
    ),
    "link": (
        ("visibility, reduced to sea level, assumed", "link.visibility_km", number(1, "km")),
        ("loss at the smallest range", "link.loss_at_min_range_db", number(2, "dB")),
        ("loss at the largest range", "link.loss_at_max_range_db", number(2, "dB")),
        ("raw background", "detection.background_cps", number(0, "counts/s")),
    ),
    "detection": (
        ("detections", "detection.detections", number(0)),
        ("sifted bits", "detection.sifted_bits", number(0, "bit")),
        ("sifted over detections", "detection.sifted_over_detections", number(5)),
        ("sifted rate, highest", "detection.sifted_rate_bit_s.max", number(2, "kbit/s", factor=1e-3)),
        ("sifted rate, first second", "detection.sifted_rate_bit_s.first", number(2, "kbit/s", factor=1e-3)),
        ("sifted rate, last second", "detection.sifted_rate_bit_s.last", number(2, "kbit/s", factor=1e-3)),
        ("QBER", "detection.qber", PERCENT),
        ("  of it source and alignment", "detection.qber_by_cause.source_and_alignment", PERCENT),
        ("  of it polarization", "detection.qber_by_cause.polarization", PERCENT),
        ("  of it background", "detection.qber_by_cause.background", PERCENT),
    ),
    "key": (
        ("secret bits", "key.secret_bits", number(0, "bit")),
        ("secret rate", "key.secret_rate_bit_s", number(0, "bit/s")),
    ),
}


END_LINES: tuple[tuple[str, str, Formatter], ...] = (
    ("acquisition took", "acquisition_s", number(2, "s")),
    ("dropouts", "dropouts", plain),
    ("without fine lock after the first", "outage_s", number(2, "s")),
    ("longest time to reacquire", "longest_reacquisition_s", number(2, "s")),
    ("coarse x, rms", "coarse_x_rms_urad", number(2, "urad")),
    ("coarse y, rms", "coarse_y_rms_urad", number(2, "urad")),
    ("fine x, rms", "fine_x_rms_urad", number(2, "urad")),
    ("fine y, rms", "fine_y_rms_urad", number(2, "urad")),
    ("bias", "bias_urad", number(2, "urad")),
)
_MOST_OUTAGES = 8  # that a table lists


def sections(document: dict[str, Any], titles: tuple[str, ...] = tuple(LINES)) -> list[Section]:
    """Blocks of a summary document, with the published figure of each line where there is one."""
    published = {item["key"]: item for item in document["published"] or []}
    blocks = []
    for title in titles:
        if title in ("satellite", "ground"):  # one end's tracking, for those who ask
            blocks.append(Section(f"{title} terminal", tuple(_end_rows(document["tracking"][title]))))
            continue
        if title in POLARIZATION_BLOCKS:  # for those who ask
            blocks.append(Section(title, tuple(POLARIZATION_BLOCKS[title](document["polarization"]))))
            continue
        rows = [_row(name, value_of(document, key), text, published.get(key)) for name, key, text in LINES[title]]
        if title == "key":
            rows += _key_rows(document)
        if title == "link":
            haze, *losses, background = rows
            rows = [
                _haze_row(document["link"], haze),
                *losses,
                *_term_rows(document),
                *_curve_rows(document),
                background,
                *_cause_rows(document),
            ]
        blocks.append(Section(title, tuple(rows)))
    return blocks


def _row(name: str, value: Any, text: Formatter, published: dict[str, Any] | None) -> Row:
    if published is None:
        return Row(name, text(value))
    status = "" if published["status"] == "read" else f", {published['status']}"
    return Row(name, text(value), published["printed"], published["source"] + status)


def _end_rows(end: dict[str, Any]) -> list[Row]:
    """Tracking of one end: states, errors, stroke and axes against their limits, outages."""
    rows = [Row(name, text(end[key])) for name, key, text in END_LINES]
    rows.append(_against("stroke to either side", [end["stroke_used_urad"]], end["stroke_limit_urad"], "urad"))
    rows.append(_against("fastest axes", end["axis_rate_max_deg_s"], end["axis_rate_limit_deg_s"], "deg/s"))
    if end["axis_torque_max_n_m"] is None:
        most, limit, unit = end["axis_acceleration_max_deg_s2"], end["axis_acceleration_limit_deg_s2"], "deg/s^2"
        rows.append(_against("largest accelerations of the motors", most, limit, unit))
    else:
        rows.append(_against("largest torques", end["axis_torque_max_n_m"], end["axis_torque_limit_n_m"], "N m"))
    for state, seconds in end["states_s"].items():
        if seconds > 0.0:
            rows.append(Row(f"  in state {state.replace('_', ' ')}", f"{seconds:,.2f} s"))
    for outage in end["outages"][:_MOST_OUTAGES]:
        back = outage["reacquisition_s"]
        told = "not found again" if back is None else f"found again in {back:.2f} s"
        rows.append(Row(f"  outage at {clock(outage['start_utc'])}", f"{outage['duration_s']:.2f} s", "", told))
    if len(end["outages"]) > _MOST_OUTAGES:
        rows.append(Row("  more outages", f"{len(end['outages']) - _MOST_OUTAGES}"))
    return rows


def _against(name: str, values: list[float | None], limit: float | None, unit: str) -> Row:
    """Row of values of both axes beside their limit."""
    shown = ", ".join("-" if value is None else f"{value:.3g}" for value in values)
    return Row(name, f"{shown} {unit}", "", "" if limit is None else f"limit {limit:g} {unit}")


def _key_rows(document: dict[str, Any]) -> list[Row]:
    key = document["key"]
    published = {item["key"]: item for item in document["published"] or []}
    window = document["window"]
    rows = [
        Row("  under", f"{key['proof']}, f {key['error_correction_efficiency']:g}"),
        Row("  block", f"{window['duration_s']:.0f} s of one pass", "", window["rule"]),
    ]
    for name, detail in key["detail"].items():
        phase = detail["bounds"].get("phase_error_upper")
        note = f"epsilon: {epsilon_text(detail['epsilon'])}"
        note += f"; phase error <= {100.0 * phase:.2f} %" if phase is not None else ""
        printed = published.get(f"key.by_proof.{name}", {}).get("printed", "")
        rows.append(Row(f"  {name}", f"{detail['secret_bits']:,} bit", printed, note))
    return rows


def _haze_row(link: dict[str, Any], visibility: Row) -> Row:
    """Row of that which makes the extinction: the visibility, a measured optical depth, or a table."""
    if link["extinction_table"] is not None:
        return Row("extinction by the table", link["extinction_table"])
    if link["aerosol_optical_depth"] is not None:
        return Row("optical depth of the haze, vertical", number(3)(link["aerosol_optical_depth"]))
    return visibility


def _curve_rows(document: dict[str, Any]) -> list[Row]:
    deviations = document["link"]["rms_to_published_db"] or {}
    source = document["link"]["published_curve_source"] or ""
    return [
        Row(f"rms to the published curve, {arm}", f"{value:.2f} dB", "", source) for arm, value in deviations.items()
    ]


def _cause_rows(document: dict[str, Any]) -> list[Row]:
    """Background over the key window by cause, those that count nothing left out."""
    causes = document["detection"]["background_by_cause"].items()
    text = number(1, "counts/s")
    return [Row(f"  of it {cause.replace('_', ' ')}", text(value)) for cause, value in causes if value]


def _term_rows(document: dict[str, Any]) -> list[Row]:
    """Least and greatest loss of each term over the key window, one number where they print alike."""
    terms = document["link"]["terms_db"].items()
    ends = {name.replace("_", " "): (f"{item['min']:.2f}", f"{item['max']:.2f}") for name, item in terms}
    return [
        Row(f"  {name}", (low if low == high else f"{low} to {high}") + " dB") for name, (low, high) in ends.items()
    ]


def _plate_block(polarization: dict[str, Any]) -> list[Row]:
    """Mirrors, plates, their travel and rates, what is left, and when they cannot follow."""
    mirrors = [f"{one['coating']} to {one['to']}" for one in polarization["mirrors"]]
    swapped = "sifting exchanges them too" if polarization["labels_swapped"] else ""
    driven = "driven" if polarization["compensated"] else "not driven in this receiver; below: if they were"
    rows = [
        Row("mirrors behind the telescope", str(len(mirrors)), "", ", ".join(mirrors)),
        Row("plates", polarization["plates"], "", driven),
        Row("labels of D and A exchanged", "yes" if polarization["labels_swapped"] else "no", "", swapped),
    ]
    rate_limit, acceleration_limit = (
        polarization[f"plate_{what}"] for what in ("rate_limit_deg_s", "acceleration_limit_deg_s2")
    )
    for name, plate in polarization["plate"].items():
        travel = f"from {plate['start_deg']:.2f} to {plate['stop_deg']:.2f} deg"
        rows.append(Row(f"{PLATE_TEXTS[name]} travels", f"{plate['travel_deg']:.1f} deg", "", travel))
        rows.append(_against("  fastest", [plate["max_rate_deg_s"]], rate_limit, "deg/s"))
        rows.append(
            _against("  largest acceleration", [plate["max_acceleration_deg_s2"]], acceleration_limit, "deg/s^2")
        )
    corrected = f"corrected by {polarization['feedback']}" if polarization["feedback"] else ""
    rows.append(Row("largest angle left behind the plates", number(2, "deg")(polarization["max_residual_deg"])))
    rows.append(Row("unknown angle, sigma", number(3, "deg")(polarization["unknown_angle_deg"]), "", corrected))
    for what, key in (("held back", "held_back"), ("rewinds", "rewinds")):
        rows += _span_rows(what, polarization[key])
    return rows


def _span_rows(what: str, spans: list[dict[str, Any]]) -> list[Row]:
    if not spans:
        return [Row(what, "never")]
    rows = [Row(what, "once" if len(spans) == 1 else f"{len(spans)} times")]
    rows += [Row(f"  from {clock(one['start_utc'])}", f"to {clock(one['stop_utc'])}") for one in spans[:_MOST_OUTAGES]]
    if len(spans) > _MOST_OUTAGES:
        rows.append(Row("  more of them", f"{len(spans) - _MOST_OUTAGES}"))
    return rows


def _state_block(polarization: dict[str, Any]) -> list[Row]:
    """Contrast of each state with driven and with still plates, and the error of each basis."""
    still = polarization["contrast_uncompensated_by_state"]
    rows = [
        Row(f"{state}, of its mean error", f"{value:,.0f} : 1", "", f"with still plates {still[state]:.3g} : 1")
        for state, value in polarization["contrast_by_state"].items()
    ]
    leans = polarization["imbalance_by_basis"]
    names = {"hv": "error in H/V", "da": "error in D/A"}
    percent = number(3, "%", factor=100.0)
    rows += [
        Row(names[basis], percent(error), "", f"over the sifted bits, which lean by {percent(leans[basis])}")
        for basis, error in polarization["qber_by_basis"].items()
    ]
    return rows


def _cause_block(polarization: dict[str, Any]) -> list[Row]:
    """Mean error of the four states with driven plates, by cause."""
    text, parts = number(4, "%", factor=100.0), polarization["error_by_cause"]
    rows = [Row(f"  {cause}", text(value), "", CAUSE_NOTES[cause]) for cause, value in parts.items()]
    return [Row("mean error of the four states", text(sum(parts.values())), "", "over the seconds"), *rows]


CAUSE_NOTES = {
    "optics": "left with every plate at its ideal angle",
    "motor": "steps, latency, limits, play and bias",
    "knowledge": "age of the element set, attitude, feedback",
    "intrinsic": "source and what is not modelled",
}
POLARIZATION_BLOCKS: dict[str, Callable[[dict[str, Any]], list[Row]]] = {
    "wave plates": _plate_block,
    "polarization states": _state_block,
    "polarization error by cause": _cause_block,
}
