"""A pass as the settings of its source see it. Witness: the pass's own counts."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.errors import DomainError
from passplan.mission.key_channel import channel_of, counts_at, own_setting, under, with_splitter
from passplan.qkd.gain import SourceSetting, expected_counts, response_of


def listed(counts):
    bases = (counts.key_basis, counts.test_basis)
    return np.array([basis.clicks for basis in bases]), np.array([basis.errors for basis in bases])


@pytest.mark.parametrize("basis_split", [0.5, 0.9, 0.1])
def test_expected_counts_at_the_missions_setting_are_the_passs_own(reference, basis_split):
    """Wanted 1 %; double clicks and fading within a second, all that is left out, make 3e-5 at 32 dB."""
    result = reference if basis_split == 0.5 else with_splitter(reference, basis_split)
    planned = expected_counts(response_of(channel_of(result), mask=result.mask), source=own_setting(result))
    for found, own in zip(listed(planned), listed(result.counts), strict=True):
        np.testing.assert_allclose(found, own, rtol=1e-4)


def test_a_faded_pass_keeps_its_dead_time(reference):
    """Dead time of 20 us takes some per cent of the brightest second and is in the channel."""
    slow = replace(reference.site.detectors, dead_time_ns=20_000.0)
    site = replace(reference.site, detectors=slow)
    result = replace(reference, selection=replace(reference.selection, site=site))
    slowed = channel_of(result).transmittance / channel_of(reference).transmittance
    assert 0.5 < slowed.min() < 0.95
    assert np.argmin(slowed) == np.argmax(channel_of(reference).transmittance)


def test_other_settings_are_counted_by_the_passs_own_model(reference):
    setting = SourceSetting(
        intensities=(0.6, 0.2), probabilities=(0.7, 0.3), alice_key_probability=0.9, bob_key_probability=0.5
    )
    planned = expected_counts(response_of(channel_of(reference), mask=reference.mask), source=setting)
    for found, own in zip(listed(planned), listed(counts_at(reference, setting)), strict=True):
        np.testing.assert_allclose(found, own, rtol=1e-3)


def test_the_missions_own_setting_gives_its_own_counts(reference):
    assert counts_at(reference, own_setting(reference)) == reference.counts
    one = np.arange(reference.mask.size) == int(np.argmax(reference.mask))
    few = counts_at(reference, own_setting(reference), mask=one)
    assert 0.0 < few.key_basis.total_clicks < 0.02 * reference.counts.key_basis.total_clicks


def test_a_biased_splitter_moves_counts_between_the_bases(reference):
    """A share of 9 to 1 of the light; the noise of the detectors stays where it is."""
    biased = with_splitter(reference, 0.9).counts
    assert biased.key_basis.clicks[0] / reference.counts.key_basis.clicks[0] == pytest.approx(1.8, rel=2e-3)
    assert biased.test_basis.clicks[0] / reference.counts.test_basis.clicks[0] == pytest.approx(0.2, rel=1e-2)
    assert biased.key_basis.clicks[2] == pytest.approx(reference.counts.key_basis.clicks[2], rel=1e-3)
    assert set(with_splitter(reference, 0.9).keys) == set(reference.keys)


def test_another_proof_stands_as_the_key(reference):
    other = under(reference, "chernoff")
    assert other.payload.key.proof == other.options.proof == "chernoff"
    assert under(reference, "rusca2018_1decoy") is reference


def test_a_pass_whose_bits_are_exchanged_is_refused(reference):
    """Rotation without wave plates turns H into V on the way."""
    result = replace(reference, polarization=replace(reference.polarization, compensated=False))
    with pytest.raises(DomainError, match=r"the wrong port gets 0\.99\d* of the light"):
        channel_of(result)
