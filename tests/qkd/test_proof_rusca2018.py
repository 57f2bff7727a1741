import json
from math import log2
from pathlib import Path

import pytest

from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.key_record import STEPS
from passplan.qkd.proof_rusca2018 import rusca2018_1decoy, suits_rusca2018
from passplan.qkd.settings import KeySettings, Options

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
VECTORS = json.loads((REFERENCE / "finite_key_one_decoy.json").read_text())
R4_ROWS = [row for row in VECTORS["r4_pass"] if row["method"].startswith("rusca")]


def counts_of(row, mu, p):
    return Counts(
        intensities=mu,
        probabilities=p,
        key_basis=BasisCounts(clicks=row["nK"], errors=row["mK"]),
        test_basis=BasisCounts(clicks=row["nT"], errors=row["mT"]),
    )


CHECKED = VECTORS["machine_checked"]["inputs"]
COUNTS = counts_of(CHECKED, CHECKED["mu"], CHECKED["p"])
SETTINGS = KeySettings(error_correction_leak_bits=CHECKED["leak_EC"])


def test_the_machine_checked_length():
    """FormalQKD (evaluated in Lean): printed length 1,464,719 bit; bounds to 1e-12, at the proof's own conventions."""
    key, expected = rusca2018_1decoy(COUNTS, settings=SETTINGS), VECTORS["machine_checked"]["outputs"]
    assert key.secret_bits == expected["l"]
    assert key.secret_bits_real == pytest.approx(expected["l_real"], abs=1e-6)
    steps = {name: key.bounds[name] for name in STEPS[:2]}
    assert key.bounds == steps | {
        "vacuum_lower": expected["sK0l"],
        "single_photon_lower": pytest.approx(expected["sK1"], rel=1e-12),
        "single_photon_errors_upper": pytest.approx(expected["vT1"], rel=1e-12),
        "phase_error_upper": pytest.approx(expected["phi"], rel=1e-12),
    }


@pytest.mark.parametrize("row", R4_ROWS, ids=lambda row: row["id"])
def test_optima_of_the_r4_pass(row):
    """Own optima made apart from this package, to 0.1 %: settings printed with five digits, counts in full."""
    _, p1, mu1, mu2 = row["opt"]
    key = rusca2018_1decoy(counts_of(row, (mu1, mu2), (p1, 1.0 - p1)), settings=KeySettings())
    assert key.secret_bits == pytest.approx(row["l"], rel=1e-3)
    assert key.bounds["phase_error_upper"] == pytest.approx(row["phi"], rel=1e-3)


def test_the_length_is_the_printed_sum():
    """Exact: s_0 + s_1 (1 - h(phi)) - leak - 6 log2(19 / eps_sec) - log2(2 / eps_cor), and the account beside it."""
    key = rusca2018_1decoy(COUNTS, settings=SETTINGS)
    phi, single = key.bounds["phase_error_upper"], key.bounds["single_photon_lower"]
    told = key.bounds["vacuum_lower"] + single * (1.0 + phi * log2(phi) + (1.0 - phi) * log2(1.0 - phi))
    rest = key.secret_bits_real + key.leak_bits - told
    assert rest == pytest.approx(-6.0 * log2(19.0 / 1e-9) - log2(2.0 / 1e-15), abs=1e-6)
    assert key.proof == "rusca2018_1decoy"
    assert key.epsilon == {"sec": 1e-9, "cor": 1e-15, "total": 1e-9 + 1e-15, "each_of_19_shares": 1e-9 / 19}
    assert key.options["sampling"] == "fung"
    assert "APL 112, 171104" in key.reference
    assert any("found flawed" in line for line in key.assumptions)
    assert any("an estimate, no bound" in line for line in key.assumptions)
    assert suits_rusca2018(COUNTS)


def test_vacuum_clicks_are_key_unless_refused():
    """Property: a dark receiver has vacuum clicks to credit; with_vacuum false takes away just those."""
    counts = Counts(
        intensities=(0.5, 0.005),
        probabilities=(0.5, 0.5),
        key_basis=BasisCounts(clicks=(1.02e10, 3.0e8), errors=(2.0e8, 1.01e8)),
        test_basis=BasisCounts(clicks=(1.02e10, 3.0e8), errors=(2.0e8, 1.01e8)),
    )
    with_, without = (
        rusca2018_1decoy(counts, settings=KeySettings(options=Options(with_vacuum=choice))) for choice in (None, False)
    )
    assert with_.bounds["vacuum_lower"] > 1e4
    gain = with_.secret_bits_real - without.secret_bits_real
    assert gain == pytest.approx(with_.bounds["vacuum_lower"], rel=1e-9)
    assert without.bounds["vacuum_lower"] is None
