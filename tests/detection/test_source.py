"""The source's record: what it accepts and what it refuses."""

from dataclasses import replace

import pytest

from passplan.detection.source import Source
from passplan.errors import DomainError

# Nature 549, 43 (2017), main text.
MICIUS = Source(
    clock_hz=1e8,
    intensities=(0.8, 0.1, 0.0),
    probabilities=(0.5, 0.25, 0.25),
    wavelength_nm=848.6,
    pulse_width_ns=0.2,
)


def test_defaults_are_the_conventions():
    """Convention: unbiased bases, no preparation error, 5 % on the intensities (Nature 549, 43: stable to < 5 %)."""
    assert (MICIUS.basis_probability, MICIUS.preparation_error, MICIUS.intensity_spread) == (0.5, 0.0, 0.05)


def test_one_decoy_and_decimal_probabilities_are_accepted():
    """Limit: two intensities, and probabilities whose binary sum is not exactly 1."""
    one_decoy = replace(MICIUS, intensities=(0.5, 0.1), probabilities=(0.9, 0.1))
    assert len(one_decoy.intensities) == 2
    thirds = replace(MICIUS, probabilities=(0.7, 0.2, 0.1))
    assert sum(thirds.probabilities) != 1.0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("clock_hz", 0.0),
        ("wavelength_nm", -1.0),
        ("pulse_width_ns", 0.0),
        ("basis_probability", 1.1),
        ("preparation_error", 0.5),
        ("intensity_spread", 1.0),
    ],
)
def test_a_field_outside_its_limits_is_refused(field, value):
    """Refusal: the field is named."""
    with pytest.raises(DomainError, match=rf"Source\.{field} is"):
        replace(MICIUS, **{field: value})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"intensities": (0.8,), "probabilities": (1.0,)}, "has 1 entries, must have 2 or 3"),
        ({"probabilities": (0.5, 0.5)}, "has 2 entries, must have one for each of the 3 intensities"),
        ({"intensities": (0.1, 0.8, 0.0)}, "must fall from the signal"),
        ({"intensities": (0.8, 0.1, 0.1)}, "must fall from the signal"),
        ({"intensities": (0.8, 0.1, -0.1)}, r"Source.intensities is -0\.1"),
        ({"intensities": (float("nan"), 0.1, 0.0)}, "Source.intensities is nan"),
        ({"probabilities": (0.5, 0.5, 0.0)}, r"Source.probabilities is 0\.0, must lie in \(0, 1\]"),
        ({"probabilities": (0.5, 0.3, 0.25)}, r"sum to 1\.05, must sum to 1"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(changes, message):
    """Refusal: says what it was and what is allowed."""
    with pytest.raises(DomainError, match=message):
        replace(MICIUS, **changes)
