"""Published passes and flown links beside their bands: tables for a terminal, a document, and rows of a CSV file."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from passplan.mission.spread import Band
from passplan.mission.uncertainty import QBER, SIFTED
from passplan.mission.validation_needs import Needs
from passplan.mission.validation_table import Bound, Check, PublishedPass, Validation
from passplan.report.console import table_text

_LABELS = {
    "link.loss_db.mean": "loss, mean",
    "link.loss_at_min_range_db": "loss at the least range",
    "link.loss_at_max_range_db": "loss at the greatest range",
    SIFTED: "sifted bits",
    QBER: "QBER",
    "detection.background_cps": "background, raw counts",
    "link.loss_db": "loss",
}
_READ = "read"
_QUANTILES = tuple(Band.__dataclass_fields__)


def validation_text(found: Validation) -> str:
    """Tables, then which figures fall outside and what they would need, then the bounds."""
    parts = [_passes(found), _sky(found.passes)]
    if found.flown:
        parts.append(_flown(found.flown))
    outside = outside_texts(found)
    if outside:
        parts.append("outside the 95 % band:\n" + "".join(f"  {text}\n" for text in outside))
    parts.append("stated bounds:\n" + "".join(f"  {bound_text(bound)}\n" for bound in found.bounds))
    return "\n".join(parts)


def outside_texts(found: Validation) -> list[str]:
    """Each figure outside its band in words, and what would have to be otherwise."""
    passes = {each.pass_id: each for each in found.passes}
    return [_outside(check, passes.get(check.subject)) for check in found.checks if not check.is_inside]


def bound_text(bound: Bound) -> str:
    """One claim of the project with what was found."""
    return f"{'holds' if bound.holds else 'FAILS'}: {bound.claim} ({bound.found})"


def validation_document(found: Validation) -> dict[str, Any]:
    """The same with all digits; bands are quantiles by name, a band that begins at nothing has no ratio."""
    shared = ("schema_version", "passplan_version", "earth_orientation_date")
    return {
        **{key: value for each in found.passes[:1] for key, value in each.heading.items() if key in shared},
        "satellite": found.satellite,
        "seed": found.seed,
        "samples": found.samples,
        "inputs": {name: digest for each in found.passes for name, digest in each.heading["inputs"].items()},
        "passes": [_pass_document(each) for each in found.passes],
        "flown_links": [_check_document(check) for check in found.flown],
        "bounds": [{"claim": bound.claim, "found": bound.found, "holds": bound.holds} for bound in found.bounds],
        "holds": found.holds,
    }


def validation_columns(found: Validation) -> dict[str, list[Any]]:
    """Columns of one row a figure; those of the sky are nan, an empty cell, for a flown link."""
    passes = {each.pass_id: each for each in found.passes}
    rows = [_row(check, passes.get(check.subject)) for check in found.checks]
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def _passes(found: Validation) -> str:
    rows = [
        (check.subject, _LABELS[check.key], _drives(check), *_cells(check))
        for each in found.passes
        for check in each.checks
    ]
    headings = ("pass", "quantity", "driven most by", "printed", "simulated", "95 % from", "to", "ratio", "inside")
    title = f"{found.satellite}: published figures beside {found.samples} samples of each pass, seed {found.seed}"
    second_hand = any(check.status != _READ for each in found.passes for check in each.checks)
    return table_text(headings, rows, title=title, numbers=6) + ("* not read in the paper itself\n" * second_hand)


def _sky(passes: Sequence[PublishedPass]) -> str:
    headings = ("what stood in the sky", "elevation deg", "Moon lit", "Moon deg", "nearest deg", "background 1/s",
                "of it moonlight")  # fmt: skip
    rows = [
        (
            each.pass_id,
            f"{each.max_elevation_deg:.1f}",
            f"{each.moon_illumination:.0%}",
            f"{each.moon_elevation_deg:.0f}",
            f"{each.moon_separation_deg:.0f}",
            f"{each.background_cps:.0f}",
            f"{each.moonlight_cps:.0f}",
        )
        for each in passes
    ]
    return table_text(headings, rows, numbers=6)


def _flown(checks: Sequence[Check]) -> str:
    headings = ("link that flew", "what the loss counts", "driven most by", "km", "printed", "median", "95 % from",
                "to", "ratio", "inside")  # fmt: skip
    rows = [
        (check.subject, check.reading, _drives(check), f"{check.range_km:g}", *_cells(check)[:-1], _verdict(check))
        for check in checks
    ]
    return table_text(headings, rows, numbers=7)


def _cells(check: Check) -> tuple[str, ...]:
    """Printed and simulated figure, ends and ratio of the band, verdict."""
    mark = "" if check.status == _READ else " *"
    values = (check.simulated, check.band.p2_5, check.band.p97_5)
    ratio = f"{check.width_ratio:.2f}" if isfinite(check.width_ratio) else "-"
    return f"{check.printed}{mark}", *(_shown(check, value) for value in values), ratio, _verdict(check)


def _verdict(check: Check) -> str:
    if check.is_inside:
        return "yes"
    return "NO" if check.is_stated else "no, not claimed"


def _drives(check: Check) -> str:
    # a share is measured against sampled variance and may exceed one by the scatter of that
    return ", ".join(
        f"{name.replace('_', ' ')} {min(share, 1.0):.0%}".replace("%", " %") for name, share in check.drives
    )


def _shown(check: Check, value: Any) -> str:
    if check.key == QBER:
        return f"{100.0 * value:.2f} %"
    return f"{value:.2f} dB" if check.key.startswith("link.") else f"{value:,.0f}"


def _outside(check: Check, simulated: PublishedPass | None) -> str:
    where = f", {check.range_km:g} km, {check.reading}" if check.reading else f", {_LABELS[check.key]}"
    text = (
        f"{check.subject}{where}: {check.printed}, band {_shown(check, check.band.p2_5)} to "
        f"{_shown(check, check.band.p97_5)}"
    )
    if not check.is_stated:
        return f"{text}; nobody claims this reading"
    if check.key != QBER or simulated is None or simulated.needs is None:
        return text
    needs = _needs(simulated.needs)
    moon = (
        f"the Moon {100.0 * simulated.moon_illumination:.0f} % lit, {simulated.moon_elevation_deg:.0f} deg high and "
        f"{simulated.moon_separation_deg:.0f} deg away at the nearest"
    )
    if not needs:
        return f"{text}; with {moon}, no moonlight, loss or preparation error within reason gives it"
    return f"{text}; with {moon}, it would need {needs}"


def _needs(needs: Needs) -> str:
    """Changes that would each alone do, in words; empty without any."""
    ways = []
    if needs.moonlight_times is not None:
        ways.append(f"moonlight {needs.moonlight_times:.3g} times as bright")
    if needs.further_loss_db is not None:
        ways.append(f"{needs.further_loss_db:.1f} dB more loss")
    if needs.preparation_error is not None:
        now, then = 100.0 * needs.preparation_now, 100.0 * needs.preparation_error
        ways.append(f"{then:.2f} % of preparation error in place of {now:.2f} %")
    return ", or ".join(ways)


def _pass_document(each: PublishedPass) -> dict[str, Any]:
    needs = each.needs
    return {
        "pass_id": each.pass_id,
        "element_set": each.heading["element_set"],
        **_sky_values(each),
        "figures": [_check_document(check) for check in each.checks],
        "needs": None if needs is None else {name: getattr(needs, name) for name in Needs.__dataclass_fields__},
    }


def _sky_values(each: PublishedPass | None) -> dict[str, Any]:
    names = ("max_elevation_deg", "moon_illumination", "moon_elevation_deg", "moon_separation_deg", "background_cps",
             "moonlight_cps")  # fmt: skip
    return {name: float("nan") if each is None else getattr(each, name) for name in names}


def _check_document(check: Check) -> dict[str, Any]:
    own = {} if not check.reading else {"link": check.subject, "reading": check.reading, "range_km": check.range_km}
    return {
        **own,
        "key": check.key,
        "printed": check.printed,
        "published": check.value,
        "source": check.source,
        "status": check.status,
        "simulated": check.simulated,
        **check.band.to_dict(),
        "width_ratio": check.width_ratio,
        "is_inside": check.is_inside,
        "is_stated": check.is_stated,
        "drives": dict(check.drives),
    }


def _row(check: Check, simulated: PublishedPass | None) -> dict[str, Any]:
    drives = (*check.drives, ("", float("nan")), ("", float("nan")))
    return {
        "subject": check.subject,
        "key": check.key,
        "reading": check.reading,
        "range_km": float("nan") if check.range_km is None else check.range_km,
        "published": check.value,
        "status": check.status,
        "simulated": check.simulated,
        **{name: float(getattr(check.band, name)) for name in _QUANTILES},
        "width_ratio": check.width_ratio,
        "is_inside": check.is_inside,
        "is_stated": check.is_stated,
        **{name: value for place in (0, 1) for name, value in
           zip((f"drive_{place + 1}", f"drive_{place + 1}_share"), drives[place], strict=True)},
        **_sky_values(simulated),
    }  # fmt: skip
