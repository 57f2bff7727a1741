"""A pass as the settings of its source see it: what each second offers, and the counts at any other setting."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from passplan.detection.detector import Detectors
from passplan.detection.rates import Clicks
from passplan.detection.source import Source
from passplan.detection.weak_light import weak_light
from passplan.errors import DomainError
from passplan.mission.channel_path import clicks_of
from passplan.mission.link import counts_of, key_settings
from passplan.mission.result import PassResult
from passplan.mission.selection import Selection
from passplan.qkd.counts import Counts
from passplan.qkd.engine import key_lengths
from passplan.qkd.gain import Channel, SourceSetting
from passplan.qkd.key_length import suitable_proofs


def channel_of(result: PassResult) -> Channel:
    """What every second of a pass offers to any setting of the source; transmittances [1], noise [1/pulse].

    Dead time and afterpulses stay as they are at the mission's own setting. At that setting the expected counts differ
    from the pass's own only by double clicks and by fading within a second.

    Raises
    ------
    DomainError
        If more than half of the light of some second takes the wrong port, so that bits would have to be exchanged.
    """
    mean, _ = result.budget.while_locked(result.satellite.locked * result.ground.locked)
    source = result.payload.source
    seen = weak_light(
        source,
        result.site.detectors,
        transmittance=mean,
        background_cps=result.background_cps,
        error_polarization=result.polarization.error,
    )
    worst = float(seen.optical_error.max())
    if worst > 0.5:
        raise DomainError(
            f"the wrong port gets {worst:.3g} of the light in some second, must be at most 0.5 to plan settings; "
            "is the polarization compensated?"
        )
    return Channel(
        transmittance=seen.transmittance,
        background=seen.background,
        optical_error=seen.optical_error,
        clock_hz=source.clock_hz,
    )


def own_setting(result: PassResult) -> SourceSetting:
    """The mission's own setting of the source [mean photons, 1], with the station's splitter."""
    source = result.payload.source
    return SourceSetting(
        intensities=source.intensities,
        probabilities=source.probabilities,
        alice_key_probability=source.basis_probability,
        bob_key_probability=result.site.detectors.basis_split,
    )


def counts_at(result: PassResult, setting: SourceSetting, *, mask: NDArray[np.bool_] | None = None) -> Counts:
    """Counts [counts] of a pass at another setting of its source, by the pass's own model of clicks.

    Parameters
    ----------
    result : PassResult
        The pass.
    setting : SourceSetting
        The source; Bob's share of the key basis replaces the station's splitter.
    mask : ndarray of bool, shape (n,), optional
        Seconds that make key; by default the key window.
    """
    payload, site = result.payload, result.site
    source = replace(
        payload.source,
        intensities=setting.intensities,
        probabilities=setting.probabilities,
        basis_probability=setting.alice_key_probability,
    )
    detectors = replace(site.detectors, basis_split=setting.bob_key_probability)
    selection = _equipped(result.selection, source, detectors)
    return counts_of(selection, _clicks(result, selection), result.mask if mask is None else mask)


def with_splitter(result: PassResult, basis_split: float) -> PassResult:
    """The same pass with another splitter in the receiver; keys of all proofs that suit its source [bit].

    basis_split : share of the light that goes to the key basis [1], in (0, 1)

    Raises
    ------
    DomainError
        If the share lies outside of it.
    """
    detectors = replace(result.site.detectors, basis_split=basis_split)
    selection = _equipped(result.selection, result.payload.source, detectors)
    clicks = _clicks(result, selection)
    counts = counts_of(selection, clicks, result.mask)
    keys = key_lengths(counts, settings=key_settings(selection), proofs=suitable_proofs(counts))
    return replace(result, selection=selection, clicks=clicks, counts=counts, keys=keys)


def under(result: PassResult, proof: str) -> PassResult:
    """The same pass with the key [bit] of another proof standing as its key; as it was if that has none."""
    if proof not in result.keys:
        return result
    payload = replace(result.payload, key=replace(result.payload.key, proof=proof))
    options = replace(result.options, proof=proof)
    return replace(result, selection=replace(result.selection, payload=payload), options=options)


def _equipped(selection: Selection, source: Source, detectors: Detectors) -> Selection:
    payload, site = replace(selection.payload, source=source), replace(selection.site, detectors=detectors)
    return replace(selection, payload=payload, site=site)


def _clicks(result: PassResult, selection: Selection) -> Clicks:
    return clicks_of(
        selection,
        result.budget,
        locked=result.satellite.locked * result.ground.locked,
        background_cps=result.background_cps,
        error_polarization=result.polarization.error,
    )
