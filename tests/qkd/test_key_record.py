from dataclasses import replace

import pytest

from passplan.errors import DomainError
from passplan.qkd.key_record import KeyLength, whole_bits

KEY = KeyLength(
    proof="some_proof",
    secret_bits=1234,
    secret_bits_real=1234.9,
    bounds={
        "vacuum_lower": None,
        "single_photon_lower": 5000.0,
        "single_photon_errors_upper": 100.0,
        "phase_error_upper": 0.03,
    },
    leak_bits=600.0,
    epsilon={"sec": 1e-9, "cor": 1e-15},
    error_correction_efficiency=1.16,
    assumptions=("the sky is dark",),
    reference="a paper",
    options={"sampling": "fung"},
)


@pytest.mark.parametrize(("real", "whole"), [(12.9, 12), (12.0, 12), (0.5, 0), (-0.1, 0), (-1e9, 0)])
def test_whole_bits_round_down_and_never_below_zero(real, whole):
    """Exact: floor, clipped at 0."""
    assert whole_bits(real) == whole


def test_document_has_the_stable_keys():
    """Interface: the keys that the command line prints, with plain values."""
    document = KEY.to_dict()
    assert {"proof", "secret_bits", "secret_bits_real", "bounds", "leak_bits", "epsilon", "assumptions"} <= set(
        document
    )
    assert document["bounds"] == KEY.bounds
    assert document["assumptions"] == ["the sky is dark"]
    document["bounds"]["vacuum_lower"] = 1.0
    assert KEY.bounds["vacuum_lower"] is None


def test_explanation_says_everything():
    """Interface: proof, length, bounds, leak, failure probabilities, options, assumptions, source."""
    text = KEY.explain()
    for part in (
        "some_proof: 1,234 secret bits (1,234.9 before rounding)",
        "not used",
        "5,000.0",
        "0.03000",
        "600.0 (f = 1.160)",
        "epsilon cor",
        "option sampling",
        "assumes the sky is dark",
        "source: a paper",
    ):
        assert part in text
    assert "(f =" not in replace(KEY, error_correction_efficiency=None).explain()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"secret_bits": 1235}, r"secret_bits is 1235 \[bit\], must lie in \[0, 1234.9\]"),
        ({"secret_bits": -1}, r"secret_bits is -1 \[bit\]"),
        ({"secret_bits_real": float("nan")}, r"secret_bits_real is nan \[bit\], must be finite"),
        ({"secret_bits_real": float("inf")}, r"secret_bits_real is inf \[bit\], must be finite"),
        ({"bounds": {"vacuum_lower": 1.0}}, "bounds has vacuum_lower; must have vacuum_lower, single_photon_lower"),
    ],
)
def test_record_refuses(change, message):
    """Refusal: more bits than the proof gives, nan, infinity, other bounds."""
    with pytest.raises(DomainError, match=message):
        replace(KEY, **change)
