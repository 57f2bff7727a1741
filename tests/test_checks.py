"""Validators name the field, what it was and what is allowed. Witness: the message itself."""

from dataclasses import dataclass
from math import inf, nan

import numpy as np
import pytest

from passplan.checks import (
    Fraction,
    Positive,
    check_limits,
    freeze,
    nearest_spelling,
    one_of,
    same_length,
    within,
)
from passplan.errors import DomainError, ElementsError, InputError, NothingFound, PassplanError, UnknownName


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    aperture_m: Positive
    obscuration: Fraction = 0.0
    name: str = ""
    spare_m: Positive | None = None

    def __post_init__(self):
        check_limits(self)


@pytest.mark.parametrize(
    ("value", "ends", "good"),
    [
        (0.0, "[]", True),
        (0.0, "()", False),
        (1.0, "[)", False),
        (1.0, "(]", True),
        (nan, "[]", False),
        (inf, "[]", False),
    ],
)
def test_ends_of_an_interval(value, ends, good):
    if good:
        within("x", value, 0.0, 1.0, ends=ends)
    else:
        with pytest.raises(DomainError, match="x is"):
            within("x", value, 0.0, 1.0, ends=ends)


def test_the_first_wrong_element_is_shown():
    with pytest.raises(DomainError, match=r"range_km is -2.0, must lie in \[0, 10\]"):
        within("range_km", [1.0, -2.0, -3.0], 0.0, 10.0)


def test_an_empty_array_has_no_fault():
    within("x", [], 0.0, 1.0)


def test_limits_stand_beside_the_field():
    assert Mirror(aperture_m=1.0).obscuration == 0.0
    with pytest.raises(DomainError, match=r"Mirror.aperture_m is 0.0, must lie in \(0, inf\)"):
        Mirror(aperture_m=0.0)
    with pytest.raises(DomainError, match=r"Mirror.obscuration is nan, must lie in \[0, 1\]"):
        Mirror(aperture_m=1.0, obscuration=nan)


def test_arrays_of_one_grid():
    same_length(a=[1, 2], b=np.zeros((3, 2)))
    with pytest.raises(DomainError, match="a 2, b 3"):
        same_length(a=[1, 2], b=[1, 2, 3])


def test_nearest_spelling():
    assert nearest_spelling("Xinglog", ["xinglong", "graz"]) == "xinglong"
    assert nearest_spelling("zzz", ["xinglong"]) is None
    assert one_of("beam", "gaussian", ["gaussian", "top-hat"]) == "gaussian"
    with pytest.raises(UnknownName, match="beam 'gausian' is not known; did you mean 'gaussian'"):
        one_of("beam", "gausian", ["gaussian", "top-hat"])


def test_frozen_arrays_cannot_be_written():
    array = np.zeros(3)
    freeze(array)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1.0


def test_the_error_tree_and_its_exit_codes():
    """The command line returns 3 for bad input and 1 for nothing found."""
    assert all(issubclass(kind, PassplanError) for kind in (DomainError, InputError, ElementsError, NothingFound))
    assert issubclass(UnknownName, InputError)
    assert (DomainError.exit_code, ElementsError.exit_code, NothingFound.exit_code) == (3, 3, 1)
