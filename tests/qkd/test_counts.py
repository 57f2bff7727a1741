from dataclasses import FrozenInstanceError, replace

import pytest

from passplan.errors import DomainError
from passplan.qkd.counts import BasisCounts, Counts, add_counts, pool_bases, pool_errors, swap_bases

KEY = BasisCounts(clicks=(1000, 100, 8), errors=(10, 3, 4))
TEST = BasisCounts(clicks=(500, 50, 4), errors=(5, 2, 2))
COUNTS = Counts(intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25), key_basis=KEY, test_basis=TEST)


def test_totals_and_sums_are_whole_number_sums():
    """Exact: additions by hand."""
    assert (KEY.total_clicks, KEY.total_errors) == (1108, 17)
    both = add_counts(COUNTS, COUNTS)
    assert both.key_basis == BasisCounts(clicks=(2000, 200, 16), errors=(20, 6, 8))
    assert both.test_basis == BasisCounts(clicks=(1000, 100, 8), errors=(10, 4, 4))
    assert pool_bases(COUNTS) == BasisCounts(clicks=(1500, 150, 12), errors=(15, 5, 6))


def test_swap_is_its_own_inverse():
    """Property: swapping twice gives the same counts; once exchanges the bases."""
    assert swap_bases(COUNTS).key_basis == TEST
    assert swap_bases(swap_bases(COUNTS)) == COUNTS


def test_pooled_errors_follow_the_clicks():
    """Exact: 17 errors among 1108 clicks, each intensity with the same rate; none without clicks."""
    pooled = pool_errors(KEY)
    assert pooled.clicks == KEY.clicks
    assert pooled.errors == pytest.approx([17 / 1108 * n for n in KEY.clicks])
    empty = BasisCounts(clicks=(0, 0), errors=(0, 0))
    assert pool_errors(empty) == empty


def test_records_are_frozen_and_take_lists():
    """Property: lists become tuples, nothing can be changed afterwards."""
    basis = BasisCounts(clicks=[3, 2], errors=[1, 0])
    assert basis.clicks == (3, 2)
    with pytest.raises(FrozenInstanceError):
        basis.clicks = (1, 1)


@pytest.mark.parametrize(
    ("clicks", "errors", "message"),
    [
        ((1, -2), (0, 0), r"clicks\[1\] is -2, must be finite and >= 0"),
        ((1, float("inf")), (0, 0), r"clicks\[1\] is inf"),
        ((1, 2), (0, float("nan")), r"errors\[1\] is nan"),
        ((1, 2), (0, 3), r"errors\[1\] is 3, must be <= clicks\[1\], 2"),
        ((1, 2), (0,), "errors has 1 entries, must have 2 like clicks"),
        ((-1, 2), (0, 3), r"clicks\[0\] is -1.*; errors\[0\] is 0.*; errors\[1\] is 3"),
    ],
)
def test_basis_refuses(clicks, errors, message):
    """Refusal: each fault names entry, value and limit; several are told together."""
    with pytest.raises(DomainError, match=message):
        BasisCounts(clicks=clicks, errors=errors)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"intensities": (0.1, 0.8, 0.0)}, "intensities are 0.1, 0.8, 0, must fall strictly"),
        ({"intensities": (0.8, 0.8, 0.0)}, "must fall strictly"),
        ({"intensities": (11.0, 0.1, 0.0)}, r"intensities\[0\] is 11, must lie in \[0, 10\]"),
        ({"intensities": (0.8, 0.1, -0.1)}, r"intensities\[2\] is -0.1"),
        ({"intensities": (0.8, float("nan"), 0.0)}, r"intensities\[1\] is nan"),
        ({"intensities": (0.8,)}, "intensities has 1 entries, must have 2 or 3"),
        ({"probabilities": (0.5, 0.5)}, "probabilities has 2 entries, must have 3 like intensities"),
        ({"probabilities": (0.5, 0.25, 0.2)}, "probabilities add up to 0.95, must add up to 1 within 1e-09"),
        ({"probabilities": (1.0, 0.25, -0.25)}, r"probabilities\[0\] is 1, must lie in \(0, 1\)"),
        ({"probabilities": (0.75, 0.25, float("nan"))}, r"probabilities\[2\] is nan"),
        ({"test_basis": BasisCounts(clicks=(1, 2), errors=(0, 0))}, "test_basis has 2 entries, must have one an int"),
    ],
)
def test_counts_refuse(change, message):
    """Refusal: order, range, number and sum of the settings."""
    with pytest.raises(DomainError, match=message):
        replace(COUNTS, **change)


def test_only_equal_settings_add():
    """Refusal: counts at other intensities or probabilities need their own labels."""
    with pytest.raises(DomainError, match=r"intensities differ, 0.8, 0.1, 0 and 0.7, 0.1, 0"):
        add_counts(COUNTS, replace(COUNTS, intensities=(0.7, 0.1, 0.0)))
    with pytest.raises(DomainError, match="probabilities differ"):
        add_counts(COUNTS, replace(COUNTS, probabilities=(0.25, 0.5, 0.25)))
