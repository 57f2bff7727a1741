import json
from math import factorial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import UnknownName
from passplan.qkd.one_decoy import (
    Limits,
    label_deviation,
    limits_of,
    single_photon_errors_upper,
    single_photon_lower,
    source_of,
    vacuum_lower,
    vacuum_upper,
)
from passplan.qkd.statistics import hoeffding_deviation

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
CHECKED = json.loads((REFERENCE / "finite_key_one_decoy.json").read_text())["machine_checked"]
PHOTONS = 30  # of one pulse; beyond, less than 1e-30 of the light


def source(mu, p):
    return source_of(strong=mu[0], weak=mu[1], strong_share=p[0], weak_share=p[1])


def exact_limits(counts, used):
    return limits_of(strong=counts[0], weak=counts[1], deviation=0.0, source=used, floor=True, ceiling=True)


def test_the_machine_checked_vector_in_every_intermediate():
    """FormalQKD (evaluated in Lean): vacuum, single photons and errors of both bases of the printed vector."""
    given_, expected = CHECKED["inputs"], CHECKED["outputs"]
    used, share = source(given_["mu"], given_["p"]), given_["eps_sec"] / given_["b"]
    found = {}
    for basis in "KT":
        clicks, errors = given_[f"n{basis}"], given_[f"m{basis}"]
        around = label_deviation(total=float(sum(clicks)), epsilon=share, concentration="hoeffding")
        spread = label_deviation(total=float(sum(errors)), epsilon=share, concentration="hoeffding")
        held = {"source": used, "floor": True, "ceiling": False}
        seen = limits_of(strong=float(clicks[0]), weak=float(clicks[1]), deviation=around, **held)
        failed = limits_of(strong=float(errors[0]), weak=float(errors[1]), deviation=spread, **held)
        most = vacuum_upper(errors=failed, deviation=around, source=used, best_of_both=False)
        found |= {
            f"s{basis}0l": max(vacuum_lower(clicks=seen, source=used), 0.0),
            f"s{basis}0u": most,
            f"s{basis}1": single_photon_lower(clicks=seen, vacuum=most, source=used),
            f"v{basis}1": single_photon_errors_upper(errors=failed, source=used),
        }
    for name in ("sK0l", "sK0u", "sT0u", "sK1", "sT1", "vT1"):
        assert found[name] == pytest.approx(expected[name], rel=1e-12)


share = st.floats(0.0, 1.0)


@given(
    strong=st.floats(0.1, 1.5),
    ratio=st.floats(0.02, 0.95),
    probability=st.floats(0.05, 0.95),
    yields=st.lists(share, min_size=PHOTONS, max_size=PHOTONS),
    wrong=st.lists(share, min_size=PHOTONS, max_size=PHOTONS),
)
def test_bounds_hold_for_any_channel(strong, ratio, probability, yields, wrong):
    """Property: whatever the channel does to each photon number, empty pulses wrong half of the time, none is broken.

    Expected counts of 1e9 pulses with photon numbers known; no fluctuation, so the bounds must hold without deviation.
    """
    mu, p = (strong, ratio * strong), (probability, 1.0 - probability)
    sent = [[1e9 * q * np.exp(-k) * k**n / factorial(n) for n in range(PHOTONS)] for k, q in zip(mu, p, strict=True)]
    clicks = np.array(sent) * yields
    errors = clicks * [0.5, *wrong[1:]]
    used = source(mu, p)
    seen, failed = (exact_limits(part.sum(axis=1).tolist(), used) for part in (clicks, errors))
    slack = 1e-6 * clicks.sum() / ratio / (1.0 - ratio)  # rounding, as small differences of large counts enlarge it
    empty, single = clicks[:, 0].sum(), clicks[:, 1].sum()
    for best in (False, True):
        most = vacuum_upper(errors=failed, deviation=0.0, source=used, best_of_both=best)
        assert most >= empty - slack
        assert single_photon_lower(clicks=seen, vacuum=most, source=used) <= single + slack
    assert vacuum_lower(clicks=seen, source=used) <= empty + slack
    assert single_photon_errors_upper(errors=failed, source=used) >= errors[:, 1].sum() - slack


def test_single_photons_alone_are_found():
    """Exact: a channel that passes single photons only, without errors, gives s_1 = all clicks and s_0 = 0."""
    used = source((0.5, 0.1), (0.7, 0.3))
    clicks = [1e9 * q * np.exp(-k) * k for k, q in ((0.5, 0.7), (0.1, 0.3))]
    seen = exact_limits(clicks, used)
    assert single_photon_lower(clicks=seen, vacuum=0.0, source=used) == pytest.approx(sum(clicks), rel=1e-12)
    assert vacuum_lower(clicks=seen, source=used) == pytest.approx(0.0, abs=1e-6 * sum(clicks))
    assert single_photon_errors_upper(errors=seen, source=used) == pytest.approx(sum(clicks), rel=1e-12)


def test_shares_of_photon_numbers():
    """Exact: tau_0 and tau_1 are means of Poisson probabilities, weights the inverse of p_k exp(-k)."""
    used = source((0.5, 0.1), (0.7, 0.3))
    assert used.empty == pytest.approx(0.7 * np.exp(-0.5) + 0.3 * np.exp(-0.1), rel=1e-15)
    assert used.one == pytest.approx(0.35 * np.exp(-0.5) + 0.03 * np.exp(-0.1), rel=1e-15)
    assert used.strong_weight == pytest.approx(np.exp(0.5) / 0.7, rel=1e-15)
    assert used.weak_weight == pytest.approx(np.exp(0.1) / 0.3, rel=1e-15)


def test_deviations():
    """Two routes: Hoeffding as elsewhere in this stage; Azuma twice as wide, sqrt(2 n ln(1 / eps))."""
    total = np.array([0.0, 10.0, 1e6])
    hoeffding, azuma = (
        label_deviation(total=total, epsilon=1e-10, concentration=name) for name in ("hoeffding", "azuma")
    )
    assert hoeffding == pytest.approx(hoeffding_deviation(total=total, epsilon=1e-10), rel=1e-15)
    assert azuma == pytest.approx(np.sqrt(2.0 * total * np.log(1e10)), rel=1e-14)
    message = "options.concentration of a one-decoy proof 'chernoff' is not known"
    with pytest.raises(UnknownName, match=message):
        label_deviation(total=10.0, epsilon=1e-10, concentration="chernoff")


def test_limits_are_held_at_what_counts_can_be():
    """Exact: n -+ deviation by hand, floor at 0, ceiling at the counts of both, each on its own."""
    used = source((0.5, 0.1), (0.7, 0.3))._replace(strong_weight=1.0, weak_weight=2.0)
    counts = {"strong": 10.0, "weak": 3.0, "deviation": 5.0, "source": used}
    assert limits_of(**counts, floor=False, ceiling=False) == Limits(15.0, -4.0, 16.0)
    assert limits_of(**counts, floor=True, ceiling=False) == Limits(15.0, 0.0, 16.0)
    assert limits_of(**counts, floor=False, ceiling=True) == Limits(13.0, -4.0, 16.0)


def test_the_vacuum_takes_the_better_intensity_if_asked():
    """Exact: 2 (tau_0 m+ + deviation) with the weak intensity's m+, or with the smaller of both."""
    used = source((0.5, 0.1), (0.7, 0.3))._replace(empty=0.5)
    errors = Limits(4.0, 0.0, 6.0)
    assert vacuum_upper(errors=errors, deviation=1.0, source=used, best_of_both=False) == 8.0
    assert vacuum_upper(errors=errors, deviation=1.0, source=used, best_of_both=True) == 6.0
