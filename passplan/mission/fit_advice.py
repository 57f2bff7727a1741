"""What of a fit goes into which file of the catalogue, and what no file takes."""

from dataclasses import dataclass

from passplan.channel.background import SKY_CAUSES
from passplan.mission.fit import Fit
from passplan.mission.payload import value_at
from passplan.mission.result import PassResult
from passplan.units import to_transmittance

VISIBILITY = "atmosphere.visibility_km"  # the one key that an option of the command line sets as well
_LOBE = "transmitter.main_lobe_efficiency"
# Causes of light that one key makes brighter: a level where the file gives it, else a factor on what physics says.
_LIGHTS = (
    ("dark_radiance_w_m2_sr_um", "airglow_activity", ("dark", "airglow")),
    ("full_moon_radiance_w_m2_sr_um", "moonlight_factor", ("moonlight",)),
    ("day_radiance_w_m2_sr_um", None, ("sunlight",)),
)
_DARK = ("dark", "airglow", "zodiacal", "starlight")  # what factors on a city's sky multiply
_LEAST = 0.01  # share of the sky's counts below which a cause is not worth a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value for a file: of the "satellite" or the "station", dotted key, value in the key's unit."""

    file: str
    key: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to take over from a fit.

    changes  : values for the catalogue's files; none when the fit ended at a limit
    left_out : what was fitted and stands in no file, each with the reason
    """

    changes: tuple[Change, ...]
    left_out: tuple[str, ...]


def advice(fit: Fit, result: PassResult) -> Advice:
    """Values for the catalogue's files that make a simulation of the pass what was fitted, as far as files can.

    Parameters
    ----------
    fit : Fit
        The fit; parameters that were held elsewhere than at their start count as fitted.
    result : PassResult
        The pass as simulated at the start values.

    Returns
    -------
    Advice
        A static loss goes to the satellite's main lobe, unless that would send more than all its power; a factor on
        the background to the levels of the sky that the file gives, else to its factors on airglow and moonlight, and
        only to lights that shone on this pass.
    """
    if text := limits_text(fit):
        return Advice(changes=(), left_out=(text,))
    starts = {item.name: item.start for item in fit.parameters}
    values = {name: value for name, value in fit.values.items() if name in fit.names or value != starts[name]}
    changes, left_out = [], []
    if "static_loss_db" in values:
        found, missing = _lobe(values["static_loss_db"], result)
        changes += found
        left_out += missing
    if "intrinsic_error" in values:
        changes.append(Change(file="satellite", key="source.preparation_error", value=values["intrinsic_error"]))
    if "visibility_km" in values:
        changes.append(Change(file="station", key=VISIBILITY, value=values["visibility_km"]))
    if "background_factor" in values:
        found, missing = _sky(values["background_factor"], result)
        changes += found
        left_out += missing
    if "background_cps" in values:
        level = f"background_cps = {values['background_cps']:.4g} 1/s"
        left_out.append(f"{level}: a constant in place of sky and dark counts, which no file takes")
    return Advice(changes=tuple(changes), left_out=tuple(left_out))


def limits_text(fit: Fit) -> str:
    """What to make of a fit that ended at a limit, in one line; empty if it ended at none."""
    if not fit.at_limits:
        return ""
    ended = "; ".join(f"{item.name} {item.note}" for item in fit.at_limits)
    return f"{ended}: no value is to be used; look into the counts, or hold what they do not tell"


def _lobe(loss_db: float, result: PassResult) -> tuple[list[Change], list[str]]:
    """Share of the power in the main lobe that makes a static loss of either sign."""
    factor = float(to_transmittance(abs(loss_db)))
    share = value_at(result.payload, _LOBE) * (factor if loss_db >= 0.0 else 1.0 / factor)
    if share <= 1.0:
        return [Change(file="satellite", key=_LOBE, value=share)], []
    return [], [f"static_loss_db = {loss_db:.4g} dB: {_LOBE} would have to be {share:.3g}, must lie in (0, 1]"]


def _sky(factor: float, result: PassResult) -> tuple[list[Change], list[str]]:
    """Levels or factors of the lights that shone on the pass, times a factor, and a word on those that have neither."""
    sky, by_cause = result.site.sky, result.background.by_cause_cps
    shares = {cause: float(by_cause[cause].sum()) for cause in SKY_CAUSES if cause in by_cause}
    total, dark = sum(shares.values()), sum(shares.get(cause, 0.0) for cause in _DARK)
    changes = []
    for level, factor_key, causes in _LIGHTS:
        shone = [cause for cause in causes if shares.get(cause, 0.0) > 0.0]
        key = level if getattr(sky, level) is not None else factor_key
        if shone and key is not None:
            changes.append(Change(file="station", key=f"sky.{key}", value=factor * getattr(sky, key)))
            shares = {cause: share for cause, share in shares.items() if cause not in shone}
    if "city" in shares and not sky.towns and dark > 0.0:  # the city follows what it multiplies
        shares["city"] *= sum(shares.get(cause, 0.0) for cause in _DARK) / dark
    rest = {cause: share / total for cause, share in shares.items() if share > _LEAST * total}
    if not rest:
        return changes, []
    told = f"{', '.join(rest)}, {100.0 * sum(rest.values()):.0f} % of the sky's counts"
    hint = " (towns: each radiance of sky.towns)" if "city" in rest and sky.towns else ""
    return changes, [f"background_factor = {factor:.4g}: {told}, follow no one key and stay as they are{hint}"]
