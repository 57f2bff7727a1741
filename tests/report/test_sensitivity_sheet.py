"""Tables of the bands and the ranking. Witness: the numbers of a hand-made ranking."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.mission.spread import Spread
from passplan.mission.uncertainty import LOSS, QBER, SIFTED, uncertainty_of
from passplan.report.sensitivity_sheet import sensitivity_text

KEY = "transmitter.main_lobe_efficiency"


@pytest.fixture(scope="module")
def found(reference):
    payload = replace(reference.payload, spread={KEY: Spread(factor=1.2, reason="a test")})
    site = replace(reference.site, spread={}, night=())
    result = replace(reference, selection=replace(reference.selection, payload=payload, site=site))
    return uncertainty_of(result, samples=20, rng=np.random.default_rng(2))


def test_an_effect_that_is_nothing_is_left_blank(found):
    """Made by hand: +-1 dB, 0 of the QBER, -10 and +20 % of the bits; shares of a half, a ten-thousandth and 1."""
    bits = found.nominal[SIFTED]
    (only,) = found.inputs
    only = replace(
        only,
        minus={LOSS: 1.0, QBER: 0.0, SIFTED: -0.1 * bits},
        plus={LOSS: -1.0, QBER: 1e-5, SIFTED: 0.2 * bits},
        share={LOSS: 0.5, QBER: 1e-4, SIFTED: 1.0},
    )
    text = sensitivity_text(replace(found, inputs=(only,)), proof="lim2014")
    (row,) = (line for line in text.splitlines() if line.strip().startswith(KEY))
    assert row.split() == f"{KEY} static loss 0.38 x/: 1.2 +1.00 / -1.00 50.0 % -10.0 / +20.0 100.0 %".split()


def test_tables_are_parted_by_one_line(found):
    text = sensitivity_text(found, proof="lim2014")
    assert "\n\n\n" not in text
    assert all(f"\n\n{begin}" in text for begin in ("each input 1 sigma", " cause alone"))
    assert text == text.rstrip() + "\n"
