import json
from pathlib import Path

import numpy as np
import pytest

from passplan.errors import DomainError, UnknownName
from passplan.qkd.engine import KeyWindow, key_lengths, key_window, key_window_by_loss, window_counts
from passplan.qkd.settings import KeySettings, Options

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
MICIUS = json.loads((REFERENCE / "finite_key_micius.json").read_text())
CAPPED = KeySettings(options=Options(cap_errors=True))
TIME_S = np.arange(-136.0, 137.0)
RANGE_KM = np.hypot(645.0, 7.41 * TIME_S)
WHOLE = np.ones(len(TIME_S), dtype=bool)


def r4_pass(background=5e-7, source=MICIUS["aggregation_source"]):
    """Expected counts (basis, intensity, second) of the R4 pass, by default with the source of the aggregation rows."""
    mu = (source["mu1"], source["mu2"], 0.0)
    p = (source["p1"], source["p2"], 1.0 - source["p1"] - source["p2"])
    alice = source["key_basis_share"]
    bob = source.get("receiver_key_basis_share", alice)
    eta = 6.578279e-4 * (645.0 / RANGE_KM) ** 4
    signal = -np.expm1(-np.multiply.outer(mu, eta))
    sent = 1e8 * np.array([alice * bob, (1.0 - alice) * (1.0 - bob)])[:, None, None] * np.array(p)[:, None]
    return {
        "clicks": sent * (background + signal),
        "errors": sent * (0.5 * background + 0.01 * signal),
        "intensities": mu,
        "probabilities": p,
    }


def bits(counts_per_second, mask):
    counts = window_counts(mask=mask, **counts_per_second)
    return key_lengths(counts, settings=CAPPED, proofs=["lim2014"])["lim2014"].secret_bits


@pytest.mark.parametrize("row", MICIUS["aggregation"], ids=lambda row: row["id"])
def test_blocks_windows_and_passes_give_the_reference_lengths(row):
    """Reference evaluations of the R4 pass, cut in blocks, repeated, windowed, and with more background: to the bit."""
    counts = r4_pass(row.get("Y0", 5e-7))
    if "blocks" in row:
        parts = np.array_split(np.arange(len(TIME_S)), row["blocks"])
        assert sum(bits(counts, np.isin(np.arange(len(TIME_S)), part)) for part in parts) == row["l"]
    elif "passes" in row:
        many = {**counts, "clicks": row["passes"] * counts["clicks"], "errors": row["passes"] * counts["errors"]}
        assert bits(many, WHOLE) == row["l_total"]
    elif "half_window_s" in row:
        assert bits(counts, np.abs(TIME_S) <= row["half_window_s"]) == row["l"]
    else:
        assert bits(counts, WHOLE) == row["l_full"]
        assert bits(counts, np.abs(TIME_S) <= row["best_half_window_s"]) == row["l_best_window"]


@pytest.mark.parametrize("row", MICIUS["optimised"], ids=lambda row: row["id"])
def test_biased_bases_give_the_reference_lengths(row):
    """Reference optima with biased bases, tested and keyed sets differ; printed settings are rounded to 5 digits."""
    counts = window_counts(mask=WHOLE, **r4_pass(source=row))
    settings = KeySettings(options=Options(sampling=row["sampling"], cap_errors=True))
    key = key_lengths(counts, settings=settings, proofs=["lim2014"])["lim2014"]
    one_bit, rounding_of_settings = 1, 1e-4
    assert abs(key.secret_bits - row["secret_bits"]) <= one_bit
    assert key.bounds["phase_error_upper"] == pytest.approx(row["phase_error_upper"], rel=rounding_of_settings)


def test_window_counts_are_plain_sums():
    """Exact: the masked sums of whole numbers, basis by basis."""
    clicks = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    mask = np.array([True, False, True, True])
    counts = window_counts(
        clicks=clicks, errors=clicks // 2, intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25), mask=mask
    )
    assert counts.key_basis.clicks == (0 + 2 + 3, 4 + 6 + 7, 8 + 10 + 11)
    assert counts.test_basis.errors == (6 + 7 + 7, 8 + 9 + 9, 10 + 11 + 11)


def test_an_empty_window_gives_empty_counts_and_no_key():
    """Limit: no second chosen, no counts, no key, no nan."""
    counts = window_counts(mask=~WHOLE, **r4_pass())
    assert counts.key_basis.total_clicks == counts.test_basis.total_clicks == 0.0
    keys = key_lengths(counts, settings=KeySettings(), proofs=["lim2014", "lim2014_both_bases", "ma2005_sigma"])
    assert list(keys) == ["lim2014", "lim2014_both_bases", "ma2005_sigma"]
    assert all(key.secret_bits == 0 and np.isfinite(key.secret_bits_real) for key in keys.values())


def test_windows_follow_geometry_or_loss():
    """Exact: the limit itself is inside; the rule says quantity, limit and unit; the mask cannot be changed."""
    window = key_window(range_km=[1300.0, 1200.0, 645.0], max_range_km=1200.0)
    assert window.mask.tolist() == [False, True, True]
    assert window.rule == "predicted range <= 1200 km"
    by_loss = key_window_by_loss(loss_db=[30.0, 35.0, 35.1, np.inf], max_loss_db=35.0)
    assert by_loss.mask.tolist() == [True, True, False, False]
    assert by_loss.rule == "predicted loss <= 35 dB"
    with pytest.raises(ValueError, match="read-only"):
        window.mask[0] = True


def test_windows_refuse():
    """Refusal: nan geometry, negative loss, masks that are no masks."""
    with pytest.raises(DomainError, match="range_km is nan"):
        key_window(range_km=[np.nan], max_range_km=1200.0)
    with pytest.raises(DomainError, match="max_range_km is 0"):
        key_window(range_km=[700.0], max_range_km=0.0)
    with pytest.raises(DomainError, match="loss_db is -1"):
        key_window_by_loss(loss_db=[-1.0], max_loss_db=30.0)
    with pytest.raises(DomainError, match="max_loss_db is -1"):
        key_window_by_loss(loss_db=[1.0], max_loss_db=-1.0)
    with pytest.raises(DomainError, match="mask is int64 of shape"):
        KeyWindow(mask=np.array([0, 1]), rule="by hand")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clicks": np.zeros((2, 2, 4))}, r"clicks has shape \(2, 2, 4\), must be \(2, 3, n\)"),
        ({"errors": np.zeros((3, 4))}, r"errors has shape \(3, 4\), must be \(2, 3, n\)"),
        ({"mask": np.ones(5, dtype=bool)}, "arrays must share one grid.*mask 5"),
        ({"mask": np.ones(4)}, "mask is of type float64, must be bool"),
        ({"clicks": np.full((2, 3, 4), np.nan)}, "clicks is nan"),
        ({"errors": np.full((2, 3, 4), -1.0)}, "errors is -1"),
        ({"errors": np.full((2, 3, 4), 2.0)}, r"errors\[0\] is 8, must be <= clicks\[0\], 4"),
        ({"probabilities": (0.5, 0.25, 0.2)}, "probabilities add up to 0.95"),
    ],
)
def test_window_counts_refuse(change, message):
    """Refusal: shapes that do not fit, masks of numbers, counts that are none."""
    good = {
        "clicks": np.ones((2, 3, 4)),
        "errors": np.zeros((2, 3, 4)),
        "intensities": (0.8, 0.1, 0.0),
        "probabilities": (0.5, 0.25, 0.25),
        "mask": np.ones(4, dtype=bool),
    }
    with pytest.raises(DomainError, match=message):
        window_counts(**{**good, **change})


def test_a_misspelt_proof_stops_before_any_work():
    """Refusal: unknown proofs are named before counts are looked at."""
    counts = window_counts(mask=WHOLE, **r4_pass())
    with pytest.raises(UnknownName, match="proof 'ma2005' is not known; did you mean 'ma2005_sigma'"):
        key_lengths(counts, settings=KeySettings(), proofs=["lim2014", "ma2005"])
