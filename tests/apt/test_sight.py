"""What a sight holds, and what it refuses."""

import numpy as np
import pytest

from passplan.errors import DomainError


def test_point_ahead_as_one_number(sight_of):
    """x and y are the parts; without a narrow beam there is none."""
    sight = sight_of(3, point_ahead_x_urad=np.array([40.0, 41.0, 42.0]), point_ahead_y_urad=np.full(3, -2.0))
    np.testing.assert_array_equal(sight.lead_urad, [40.0 - 2.0j, 41.0 - 2.0j, 42.0 - 2.0j])
    assert sight_of(3).lead_urad is None


def test_arrays_are_read_only(sight_of):
    """Property: a sight cannot change under a run."""
    with pytest.raises(ValueError, match="read-only"):
        sight_of(3).range_km[0] = 1.0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"time_s": np.arange(3.0) * 2.0}, r"step of time_s \[s\] is 2.0, must lie in"),
        ({"time_s": np.arange(4.0)}, "arrays must share one grid"),
        ({"rate_x_urad_s": np.full(3, np.nan)}, "rate_x_urad_s is .*nan"),
        ({"rate_y_urad_s": np.array([0.0, np.inf, 0.0])}, "rate_y_urad_s is .*inf"),
        ({"range_km": np.zeros(3)}, r"range_km is .*must lie in \(0, inf\)"),
        ({"beacon_transmittance": np.full(3, 2.0)}, r"beacon_transmittance is .*must lie in \[0, 1\]"),
        ({"beacon_transmittance": np.full(3, -0.1)}, r"beacon_transmittance is .*must lie in \[0, 1\]"),
        ({"scintillation": np.full(3, -0.1)}, r"scintillation is .*must lie in \[0, inf"),
        ({"scintillation_s": 0.0}, r"scintillation_s is 0.0, must lie in \(0, inf\)"),
        ({"gaps_s": ((2.0, 1.0),)}, "gap of the beacon from 2 to 1 s, must end after its start"),
        ({"gaps_s": ((0.0, np.nan),)}, "gap of the beacon from 0 to nan s, must end after its start"),
        ({"azimuth_deg": np.zeros(3)}, "azimuth_deg and elevation_deg must be given together"),
        ({"point_ahead_y_urad": np.zeros(3)}, "point_ahead_x_urad and point_ahead_y_urad must be given together"),
    ],
)
def test_refusals(sight_of, given, message):
    """Each limit names its field, its value and what is allowed."""
    with pytest.raises(DomainError, match=message):
        sight_of(3, **given)


def test_a_sight_of_one_second_is_refused(sight_of):
    with pytest.raises(DomainError, match=r"number of seconds is 1.*must lie in \[2, inf"):
        sight_of(1)


def test_gaps_out_of_order_are_refused_by_the_run(satellite, run):
    with pytest.raises(DomainError, match=r"gaps_s are .*in order and apart from each other"):
        run(satellite, seconds=6, gaps_s=((3.0, 4.0), (1.0, 2.0)))
