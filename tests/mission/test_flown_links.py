from dataclasses import replace

import numpy as np
import pytest

from passplan.errors import DomainError, UnknownName
from passplan.mission.flown_cases import DELINGHA_DOWNLINK, MICIUS_UPLINK
from passplan.mission.flown_links import FlownInput, FlownLink, flown_band

COUNTED = "sending optics and detectors counted"
SAMPLES = 160


@pytest.fixture(scope="module")
def uplink():
    return flown_band(MICIUS_UPLINK, range_km=[500.0, 900.0, 1400.0], samples=SAMPLES, rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def downlink():
    return flown_band(DELINGHA_DOWNLINK, range_km=[530.0, 1000.0], samples=SAMPLES, rng=np.random.default_rng(1))


def test_uplink_to_micius_inside_the_band(uplink):
    """arXiv:1912.06317, abstract: 41 dB at 500 km and 52 dB at 1400 km; sending optics and detectors are counted.

    Inside the 68 % band at both ends. Between the ends the printed loss lies between the printed ends.
    """
    band = uplink.total_db[COUNTED]
    for end, printed_db in ((0, 41.0), (2, 52.0)):
        assert band.p2_5[end] < band.p16[end] < printed_db < band.p84[end] < band.p97_5[end]
    assert 41.0 < band.p50[1] < 52.0


def test_uplink_without_detectors_lies_lower(uplink):
    """In front of the detectors, no sending optics: 4.6 dB less; the printed losses lie at the band's upper end.

    Above the 68 % band and within 1.5 dB of the end of the 95 % band: this reading is the less likely one.
    """
    fewer, whole = uplink.total_db["in front of the detectors"], uplink.total_db[COUNTED]
    lower_db = 10.0 * np.log10(1.0 / (0.7 * 0.5))
    np.testing.assert_allclose(whole.p50 - fewer.p50, lower_db, atol=0.6)
    printed_db = np.array([41.0, 52.0])
    assert np.all(printed_db > fewer.p84[[0, 2]])
    np.testing.assert_allclose(printed_db, fewer.p97_5[[0, 2]], atol=1.5)


def test_the_slope_of_the_uplink(uplink):
    """Published: 11 dB from 500 to 1400 km, of which range alone makes 20 log10(2.8) = 8.94 dB; the rest is air."""
    band = uplink.total_db[COUNTED]
    slope_db = band.p50[2] - band.p50[0]
    assert slope_db == pytest.approx(11.0, abs=0.6)
    np.testing.assert_allclose(np.diff(uplink.terms_db["diffraction"])[[0, 1]].sum(), 8.943, atol=0.01)


def test_delingha_inside_the_band(downlink):
    """Yin 2017, abstract: 29 dB at 530 km and 36 dB at 1000 km, inside the 95 % band with the detectors counted."""
    for reading in ("detectors counted", COUNTED):
        assert np.all(downlink.total_db[reading].holds([29.0, 36.0]))
    assert not np.any(downlink.total_db["in front of the detectors"].holds([29.0, 36.0]))


def test_the_bands_are_no_excuse(uplink, downlink):
    """The 95 % bands are under 12 dB wide: 29 to 36 dB and 41 to 52 dB are told apart from 10 dB more or less."""
    for flown in (uplink, downlink):
        for band in flown.total_db.values():
            assert np.all(band.p97_5 - band.p2_5 < 12.0)


def test_what_drives_the_uplink(uplink):
    """A log-normal efficiency of factor f moves the mean of each half by 0.8 sigma, 10 log10(f) times sqrt(2/pi)."""
    expected_db = -10.0 * np.log10(1.6) * np.sqrt(2.0 / np.pi)
    np.testing.assert_allclose(uplink.drives_db["optics_efficiency"], expected_db, atol=0.5)
    strongest = max(uplink.drives_db, key=lambda key: abs(uplink.drives_db[key][0]))
    assert strongest == "optics_efficiency"


def test_without_spreads_the_band_is_a_line():
    """Limit: inputs taken as exact give one loss."""
    exact = {key: replace(given, spread=None) for key, given in MICIUS_UPLINK.inputs.items()}
    link = replace(MICIUS_UPLINK, inputs=exact)
    found = flown_band(link, range_km=700.0, samples=3, rng=np.random.default_rng(0))
    band = found.total_db[COUNTED]
    assert band.p2_5 == pytest.approx(band.p97_5)
    assert found.drives_db == {}


@pytest.mark.parametrize("link", [MICIUS_UPLINK, DELINGHA_DOWNLINK], ids=lambda link: link.name)
def test_every_number_says_where_it_comes_from(link):
    """House rule: a source or a reason beside every value, a reason beside every spread."""
    for key, given in link.inputs.items():
        assert len(given.source) > 8, key
        assert given.status in ("read", "recalled", "assumed")
        assert given.limits.low <= given.value <= given.limits.high


def test_refusals():
    one = FlownInput(value=1.0, status="assumed", source="none")
    common = {"name": "x", "source": "y", "inputs": {"detector_efficiency": one}}
    with pytest.raises(UnknownName, match=r"FlownLink.direction 'sideways' is not known"):
        FlownLink(direction="sideways", ranges_km=(), printed_db=(), readings={}, **common)
    with pytest.raises(DomainError, match=r"'x' has 2 ranges_km and 1 printed_db, must be as many"):
        FlownLink(direction="up", ranges_km=(1.0, 2.0), printed_db=(3.0,), readings={}, **common)
    with pytest.raises(UnknownName, match=r"readings\['all'\] 'detector' is not known"):
        FlownLink(direction="up", ranges_km=(), printed_db=(), readings={"all": ("detector",)}, **common)
    with pytest.raises(DomainError, match="samples is 1"):
        flown_band(MICIUS_UPLINK, range_km=700.0, samples=1, rng=np.random.default_rng(0))
    with pytest.raises(DomainError, match="range_km is"):
        flown_band(MICIUS_UPLINK, range_km=9000.0, samples=2, rng=np.random.default_rng(0))
    short = {key: given for key, given in MICIUS_UPLINK.inputs.items() if key != "seeing_urad"}
    with pytest.raises(DomainError, match="has no input 'seeing_urad', which a link up needs"):
        flown_band(replace(MICIUS_UPLINK, inputs=short), range_km=700.0, samples=2, rng=np.random.default_rng(0))
