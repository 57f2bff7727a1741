"""Epsilons in words. Witness: the records themselves, and the shares added up by hand."""

from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.key_length import PROOFS
from passplan.qkd.settings import KeySettings
from passplan.report.console import keys_text
from passplan.report.epsilons import epsilon_text, roles_text

BASIS = BasisCounts(clicks=(835_536.0, 52_976.0, 853.0), errors=(9_191.0, 948.0, 427.0))
COUNTS = Counts(intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25), key_basis=BASIS, test_basis=BASIS)


def key_under(name, **settings):
    return PROOFS[name](COUNTS, settings=KeySettings(**settings))


def test_a_cell_holds_the_sums_and_a_line_the_roles():
    key = key_under("lim2014", epsilon_sec=2.1e-9)
    assert epsilon_text(key.epsilon) == "sec 2.1e-09, cor 1e-15, total 2.1e-09, each_of_21_bounds 1e-10"
    assert roles_text([key]) == (
        "epsilon sec of lim2014 in 21 equal shares: key clicks 5 (5e-10), test clicks 5 (5e-10), "
        "test errors 2 (2e-10), sampling 4 (4e-10), chain rules 4 (4e-10), privacy amplification 1 (1e-10)\n"
    )


def test_like_accounts_share_a_line():
    names = ("lim2014", "chernoff", "tupkary_variable_length")
    keys = {name: key_under(name) for name in names}
    lines = roles_text([*keys.values(), keys["lim2014"], key_under("lim2014", epsilon_sec=1e-10)]).splitlines()
    assert [line.split(" in 21")[0] for line in lines] == ["epsilon sec of lim2014, chernoff", "epsilon sec of lim2014"]
    assert roles_text([keys["tupkary_variable_length"]]) == ""
    assert roles_text(keys.values()) in keys_text(keys)
