"""The failure probabilities of the two-decoy proofs by role.

Witness: Lim et al. 2014, eps_sec = 2 (2 a1 + a2 + a3) + nu + 10 eps1 + 2 eps2 with all equal, and its key length.
"""

from math import log2

import pytest

from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.key_length import PROOFS
from passplan.qkd.settings import KeySettings
from passplan.qkd.two_decoy import ROLES, SHARES

BASIS = BasisCounts(clicks=(835_536.0, 52_976.0, 853.0), errors=(9_191.0, 948.0, 427.0))
COUNTS = Counts(intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25), key_basis=BASIS, test_basis=BASIS)
PRINTED = {"10 eps1": 10, "2 eps2": 2, "4 a1": 4, "2 a2 + 2 a3": 4, "nu": 1}


@pytest.mark.parametrize("name", ["lim2014", "lim2014_both_bases", "chernoff", "decoy3_variable_length"])
@pytest.mark.parametrize("epsilon_sec", [1e-9, 3e-30, 0.2])
def test_the_roles_add_up(name, epsilon_sec):
    """Published: the coefficients as printed; all shares together are eps_sec, with that of correctness the total."""
    account = PROOFS[name](COUNTS, settings=KeySettings(epsilon_sec=epsilon_sec, epsilon_cor=1e-12)).epsilon
    shares = {what: value for what, value in account.items() if what.endswith("_of_21")}
    assert [what.rsplit("_", 3)[0] for what in shares] == list(ROLES)
    for what, value in shares.items():
        assert value == pytest.approx(int(what.split("_")[-3]) * epsilon_sec / 21.0, rel=1e-12)
    assert sum(shares.values()) == pytest.approx(account["sec"], rel=1e-12)
    assert sum(shares.values()) + account["cor"] == pytest.approx(account["total"], rel=1e-12)


def test_the_roles_are_those_printed():
    """Published: 10 eps1 for the clicks of both bases, 2 eps2 for the errors, 2 (2 a1 + a2 + a3) + nu for the rest."""
    found = {
        "10 eps1": ROLES["key_clicks"] + ROLES["test_clicks"],
        "2 eps2": ROLES["test_errors"],
        "4 a1": ROLES["sampling"],
        "2 a2 + 2 a3": ROLES["chain_rules"],
        "nu": ROLES["privacy_amplification"],
    }
    assert found == PRINTED
    assert sum(PRINTED.values()) == SHARES


def test_chain_rules_and_hashing_cost_what_the_length_pays():
    """Exact: each chain rule costs log2(2 / a^2), hashing 2 log2(1 / (2 nu)): together 6 log2(21 / eps)."""
    a = nu = 1e-9 / 21.0
    assert 2.0 * log2(2.0 / a**2) + 2.0 * log2(1.0 / (2.0 * nu)) == pytest.approx(6.0 * log2(21.0 / 1e-9), rel=1e-12)


def test_an_account_is_the_readers_own():
    """Property: what one reader does to an account does not reach the next."""
    settings = KeySettings()
    first = PROOFS["lim2014"](COUNTS, settings=settings).epsilon
    first.clear()
    assert PROOFS["lim2014"](COUNTS, settings=settings).epsilon["sec"] == 1e-9
