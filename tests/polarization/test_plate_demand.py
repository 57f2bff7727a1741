"""What a command asks of a motor, and the times of its outages."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from passplan.errors import DomainError
from passplan.polarization.frame import tube_rotation_deg
from passplan.polarization.plate_demand import Demand, checked_grid, demand_of, interval_edges_s, outages


def test_demand_of_the_reference_pass(reference_pass):
    """Notes on the same pass, other script: 1.30 deg/s and 0.0168 deg/s^2 of polarization, half of it for the plate."""
    geometry = reference_pass.geometry
    rotation_deg = tube_rotation_deg(
        reference_axis=np.cross(geometry["satellite_position_km"], geometry["satellite_velocity_km_s"]),
        line_of_sight=geometry["station_position_km"] - geometry["satellite_position_km"],
        up=geometry["up"],
    )
    demand = demand_of(time_s=reference_pass.time_s, command_deg=0.5 * np.unwrap(rotation_deg, period=180.0))
    assert abs(demand.rate_deg_s - 0.65) < 0.005
    assert abs(demand.acceleration_deg_s2 - 0.0084) < 0.0001


def test_demand_is_that_of_a_fine_search():
    """Two routes: corners of the spline's slope against a fine grid."""
    time_s = np.array([0.0, 1.0, 2.5, 4.0, 6.0])
    command_deg = np.array([0.0, 3.0, -1.0, 5.0, 4.0])
    fine_s = np.linspace(0.0, 6.0, 60_001)
    curve = CubicSpline(time_s, command_deg)
    demand = demand_of(time_s=time_s, command_deg=command_deg)
    np.testing.assert_allclose(demand.rate_deg_s, np.abs(curve(fine_s, 1)).max(), rtol=1e-6)
    np.testing.assert_allclose(demand.acceleration_deg_s2, np.abs(curve(fine_s, 2)).max(), rtol=1e-6)


def test_limits_are_compared_one_by_one():
    """Limit: either one too small is too small."""
    demand = Demand(rate_deg_s=2.0, acceleration_deg_s2=1.0)
    assert demand.within_limits(max_rate_deg_s=2.0, max_acceleration_deg_s2=1.0)
    assert not demand.within_limits(max_rate_deg_s=1.9, max_acceleration_deg_s2=1.0)
    assert not demand.within_limits(max_rate_deg_s=2.0, max_acceleration_deg_s2=0.9)


def test_outages_are_runs_between_interval_edges():
    """Exact: edges halfway between uneven samples, mirrored at the ends."""
    time_s = np.array([0.0, 1.0, 3.0, 5.0, 6.0])
    np.testing.assert_allclose(interval_edges_s(time_s), [-0.5, 0.5, 2.0, 4.0, 5.5, 6.5])
    assert outages(time_s, [True, True, False, False, True]) == ((-0.5, 2.0), (5.5, 6.5))
    assert outages(time_s, np.zeros(5)) == ()


def test_a_wrong_grid_is_refused():
    """Refusal: two increasing finite times, one angle each."""
    with pytest.raises(DomainError, match="at least two increasing times"):
        checked_grid([0.0], [0.0])
    with pytest.raises(DomainError, match="at least two increasing times"):
        demand_of(time_s=[0.0, 0.0], command_deg=[0.0, 0.0])
    with pytest.raises(DomainError, match="time_s is inf"):
        checked_grid([0.0, np.inf], [0.0, 0.0])
    with pytest.raises(DomainError, match="command_deg is nan"):
        checked_grid([0.0, 1.0], [0.0, np.nan])
    with pytest.raises(DomainError, match="held_back 1"):
        outages([0.0, 1.0], [True])
