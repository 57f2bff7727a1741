"""Three wave plates against the Jones matrices, the closed form and a blind search."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import polar
from scipy.optimize import minimize

from passplan.errors import DomainError
from passplan.polarization.jones import bb84_states, half_wave_plate, retarder, rotator
from passplan.polarization.quarter_half_quarter import (
    PLATE_PERIOD_DEG,
    closest_unitary,
    compensating_angles_deg,
    plate_train,
)

ROUNDING = 1e-12
GOLD = 0.16 + 5.34j  # bare gold at 850 nm, physics notes B2
PAULI = np.array([[[1, 0], [0, -1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]]])  # of S1, S2, S3


def infidelities(jones, angles_deg, errors_deg=(0.0, 0.0, 0.0)):
    """Wrong share of H, V, D, A behind the plates, shape (n, 4), straight from the Jones vectors."""
    sent = np.stack(list(bb84_states().values()))
    arrived = np.einsum("nij,sj->nsi", plate_train(angles_deg, errors_deg) @ jones, sent)
    arrived /= np.linalg.norm(arrived, axis=-1, keepdims=True)
    return 1.0 - np.abs(np.einsum("si,nsi->ns", np.conj(sent), arrived)) ** 2


def of_quaternions(quaternions):
    """SU(2) matrices q0 - i q . sigma of quaternions (n, 4), normalised here."""
    unit = quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)
    return unit[:, 0, None, None] * np.eye(2) - 1j * np.einsum("nk,kij->nij", unit[:, 1:], PAULI)


def path(*, x, y, z):
    """Unitary path whose distance from the places where a + c is free is hypot(x, y)."""
    return of_quaternions(np.stack(np.broadcast_arrays(1.0, x, y, z), axis=1))


def random_unitaries(seed, count):
    return of_quaternions(np.random.default_rng(seed).normal(size=(count, 4)))


def same_up_to_phase(one, other):
    overlap = np.abs(np.trace(np.conj(np.swapaxes(one, -1, -2)) @ other, axis1=-2, axis2=-1)) / 2.0
    np.testing.assert_allclose(overlap, 1.0, atol=ROUNDING)


def gold_mirror(incidence_deg):
    """Fresnel amplitudes (r_p, r_s) as a Jones matrix in the mirror's own axes."""
    cos_i = np.cos(np.deg2rad(incidence_deg))
    cos_t = np.sqrt(1.0 - (np.sin(np.deg2rad(incidence_deg)) / GOLD) ** 2)
    r_p = (GOLD * cos_i - cos_t) / (GOLD * cos_i + cos_t)
    r_s = (cos_i - GOLD * cos_t) / (cos_i + GOLD * cos_t)
    return np.diag([r_p, r_s])


def gold_coude():
    """Two mirrors at 45 deg between which elevation and azimuth turn the frame, and a turning transmitter."""
    along = np.linspace(-1.0, 1.0, 200)
    elevation_deg, azimuth_deg = 75.0 - 60.0 * along**2, 90.0 + 80.0 * along
    rotation_deg = 87.0 + 80.0 * along
    mirror = gold_mirror(45.0)
    return (
        rotator(angle_deg=azimuth_deg)
        @ mirror
        @ rotator(angle_deg=elevation_deg)
        @ mirror
        @ rotator(angle_deg=rotation_deg)
    )


def largest_step_deg(angles_deg):
    return np.max(np.abs(np.diff(angles_deg, axis=0)))


def test_the_train_is_the_product_of_its_plates_in_the_order_of_the_light():
    """Exact: Q(c) H(b) Q(a), retardance errors included, for any leading shape."""
    angles_deg = np.random.default_rng(1).uniform(-400.0, 400.0, size=(4, 5, 3))
    first = retarder(retardance_deg=91.0, axis_deg=angles_deg[..., 0])
    half = half_wave_plate(angle_deg=angles_deg[..., 1], retardance_error_deg=-2.0)
    last = retarder(retardance_deg=93.0, axis_deg=angles_deg[..., 2])
    np.testing.assert_allclose(plate_train(angles_deg, (1.0, -2.0, 3.0)), last @ half @ first, atol=ROUNDING)


def test_the_closed_form_of_the_head_of_the_file():
    """Two routes: quaternion of the Jones product, and the four trigonometric products."""
    a, b, c = np.random.default_rng(2).uniform(-np.pi, np.pi, size=(3, 50))
    d = a + c - 2.0 * b
    form = [
        -np.cos(d) * np.cos(c - a),
        np.sin(d) * np.sin(a + c),
        -np.sin(d) * np.cos(a + c),
        -np.cos(d) * np.sin(c - a),
    ]
    train = plate_train(np.rad2deg(np.stack([a, b, c], axis=1)))
    np.testing.assert_allclose(train, of_quaternions(np.stack(form, axis=1)), atol=ROUNDING)


def test_equivalent_angles():
    """Exact: quarter-wave plates repeat after 180 deg, the half-wave plate after 90; and d may change its sign."""
    angles_deg = np.random.default_rng(3).uniform(-180.0, 180.0, size=(20, 3))
    train = plate_train(angles_deg)
    for i, period_deg in enumerate(PLATE_PERIOD_DEG):
        same_up_to_phase(plate_train(angles_deg + period_deg * np.eye(3)[i]), train)
    a, b, c = angles_deg.T
    same_up_to_phase(plate_train(np.stack([a + 90.0, a + c - b, c + 90.0], axis=1)), train)
    quarter_turned = plate_train(np.stack([a + 90.0, b, c], axis=1))
    overlap = np.trace(np.conj(np.swapaxes(train, 1, 2)) @ quarter_turned, axis1=1, axis2=2)
    np.testing.assert_allclose(overlap, 0.0, atol=ROUNDING)  # not so: that is a half-wave plate more


@given(st.lists(st.floats(-1.0, 1.0), min_size=4, max_size=4).filter(lambda q: np.linalg.norm(q) > 0.1))
def test_any_unitary_is_undone_for_all_four_states(quaternion):
    """Simon and Mukunda: the three plates make any element of SU(2); exact to rounding."""
    jones = of_quaternions(np.array([quaternion]))
    assert np.max(infidelities(jones, compensating_angles_deg(jones))) < 1e-10


@pytest.mark.parametrize("motion_weight", [0.0, 1e-13])
def test_unitaries_that_have_nothing_to_do_with_each_other(motion_weight):
    """Property: with a negligible weight each sample of a row is undone, however far from the last."""
    jones = random_unitaries(4, 100)
    angles_deg = compensating_angles_deg(jones, motion_weight=motion_weight)
    assert np.max(infidelities(jones, angles_deg)) < 1e-10


def test_a_pure_rotation_asks_only_for_the_difference_of_the_quarter_wave_plates():
    """Exact: q1 = q2 = 0, so c - a follows the rotation and the half-wave plate and a + c rest."""
    rotation_deg = np.linspace(5.0, 172.0, 400)
    jones = rotator(angle_deg=rotation_deg)
    angles_deg = compensating_angles_deg(jones)
    assert np.max(infidelities(jones, angles_deg)) < 1e-8
    a, b, c = angles_deg.T
    np.testing.assert_allclose(np.abs(c - a - (c - a)[0]), rotation_deg - 5.0, atol=0.02)
    np.testing.assert_allclose(np.stack([b - b[0], a + c - (a + c)[0]]), 0.0, atol=1e-6)


def test_a_train_of_gold_mirrors_comes_above_250_to_1():
    """Physics notes B2: bare gold leaves 54 to 120:1; with the plates every state is above 250:1."""
    jones = gold_coude()
    uncorrected = infidelities(jones, np.stack([angle_deg_of_best_rotation(matrix) for matrix in jones]))
    assert np.max(uncorrected) > 1.0 / 121.0
    angles_deg = compensating_angles_deg(jones)
    assert np.max(infidelities(jones, angles_deg)) < 1.0 / 251.0
    assert largest_step_deg(angles_deg) < 5.0


def angle_deg_of_best_rotation(matrix):
    """Plates that only rotate, by as much as serves the four states best (a search over 0.5 deg)."""
    turns_deg = np.arange(0.0, 180.0, 0.5)
    plates_deg = np.stack([-0.5 * turns_deg, 0.0 * turns_deg, 0.5 * turns_deg], axis=1)
    tried = infidelities(np.broadcast_to(matrix, (len(turns_deg), 2, 2)), plates_deg)
    return plates_deg[np.argmin(tried.mean(axis=1))]


@pytest.mark.parametrize("seed", range(3))
def test_with_strong_diattenuation_no_search_finds_better(seed):
    """Two routes: least mean infidelity of the normalised states, and a simplex search from three starts."""
    rng = np.random.default_rng(seed)
    left, right = random_unitaries(seed, 2)
    jones = (left @ np.diag([1.0, rng.uniform(0.3, 0.9)]) @ right)[None]
    found = infidelities(jones, compensating_angles_deg(jones)).mean()

    def searched(angles_deg):
        return infidelities(jones, angles_deg[None]).mean()

    options = {"xatol": 1e-4, "fatol": 1e-10}
    best = min(minimize(searched, rng.uniform(-90, 90, 3), method="Nelder-Mead", options=options).fun for _ in range(3))
    assert found > 1e-5
    assert found == pytest.approx(best, abs=1e-8)
    assert found <= infidelities(jones, compensating_angles_deg(closest_unitary(jones))).mean() + ROUNDING


def test_an_odd_number_of_mirrors_is_undone_without_new_labels():
    """Exact: det = -1 is a unitary like any other; D and A come back as themselves."""
    jones = np.diag([1.0, -1.0]) @ rotator(angle_deg=np.linspace(-60.0, 100.0, 50))
    angles_deg = compensating_angles_deg(jones, motion_weight=1e-8)
    assert np.max(infidelities(jones, angles_deg)) < 1e-10


@pytest.mark.parametrize("miss", [0.0, 1e-4, 1e-2, 3e-2])
def test_past_a_singular_place_the_plates_do_not_race(miss):
    """Property: a + c of the closed form turns by 180 deg within hypot(x, miss) ~ miss; the chain passes gently."""
    jones = path(x=np.linspace(-1.0, 1.0, 401), y=miss, z=0.3)
    angles_deg = compensating_angles_deg(jones)
    assert np.max(infidelities(jones, angles_deg)) < 2e-4
    assert largest_step_deg(angles_deg) < 5.0
    exact_deg = compensating_angles_deg(jones, motion_weight=0.0)
    assert np.max(infidelities(jones, exact_deg)) < 1e-10


def test_a_corner_in_a_singular_place_is_rounded():
    """Property: in along x, out along y: a + c must turn by 90 deg while it is free."""
    ramp, rest = np.linspace(0.5, 0.0, 200), np.zeros(200)
    jones = path(x=np.concatenate([ramp, rest]), y=np.concatenate([rest, ramp[::-1]]), z=0.3)
    angles_deg = compensating_angles_deg(jones)
    assert np.max(infidelities(jones, angles_deg)) < 1e-4
    assert largest_step_deg(angles_deg) < 5.0
    assert np.ptp(angles_deg[:, 0] + angles_deg[:, 2]) == pytest.approx(90.0, abs=1.0)


def test_weight_on_motion_trades_fidelity_for_rest():
    """Property of a minimum of a sum: more weight, less motion and more infidelity."""
    jones = (gold_coude() @ retarder(retardance_deg=50.0, axis_deg=np.linspace(0.0, 200.0, 200)))[::3]
    weights = [1e-8, 1e-4, 1e-3, 1e-2]
    tracks = [compensating_angles_deg(jones, motion_weight=weight) for weight in weights]
    motions = [np.sum(np.diff(track, axis=0) ** 2) for track in tracks]
    losses = [np.sum(infidelities(jones, track)) for track in tracks]
    assert all(more > less for more, less in pairwise(motions))
    assert all(less < more for less, more in pairwise(losses))
    assert motions[-1] < 0.5 * motions[0]


def test_the_track_rests_where_no_small_change_is_better():
    """Property: gradient of the sum that is said to be smallest is zero, by finite differences of Jones vectors."""
    jones, weight = gold_coude()[:6], 1e-5
    angles_deg = compensating_angles_deg(jones, motion_weight=weight)

    def total(track_deg):
        motion = np.sum(np.diff(track_deg, axis=0) ** 2)
        return infidelities(jones, track_deg).mean(axis=1).sum() + weight * motion

    for index in np.ndindex(angles_deg.shape):
        nudge = np.zeros_like(angles_deg)
        nudge[index] = 0.05
        assert abs(total(angles_deg + nudge) - total(angles_deg - nudge)) / 0.1 < 1e-7


def test_the_first_sample_takes_the_branch_nearest_to_the_start():
    """Property: within half a period of each plate, and starts a period apart give tracks a period apart."""
    jones = gold_coude()
    start_deg = np.array([400.0, -333.0, 77.0])
    angles_deg = compensating_angles_deg(jones, start_deg=start_deg)
    assert np.all(np.abs(angles_deg[0] - start_deg) <= 0.5 * np.array(PLATE_PERIOD_DEG) + 0.1)
    moved_deg = compensating_angles_deg(jones, start_deg=start_deg + PLATE_PERIOD_DEG)
    np.testing.assert_allclose(moved_deg, angles_deg + PLATE_PERIOD_DEG, atol=1e-5)


def test_known_retardance_errors_are_taken_into_account():
    """Property: plates off by 2, -4 and 3 deg still undo a unitary, if one knows; else 1e-4 and more is left."""
    errors_deg = (2.0, -4.0, 3.0)
    jones = retarder(retardance_deg=70.0, axis_deg=np.linspace(10.0, 50.0, 100)) @ rotator(
        angle_deg=np.linspace(0.0, 90.0, 100)
    )
    aware_deg = compensating_angles_deg(jones, retardance_errors_deg=errors_deg, motion_weight=1e-8)
    assert np.max(infidelities(jones, aware_deg, errors_deg)) < 1e-8
    assert np.max(infidelities(jones, compensating_angles_deg(jones), errors_deg)) > 1e-4


def test_closest_unitary_is_the_polar_factor():
    """Other library: scipy.linalg.polar, matrix by matrix."""
    rng = np.random.default_rng(6)
    jones = rng.normal(size=(20, 2, 2)) + 1j * rng.normal(size=(20, 2, 2))
    np.testing.assert_allclose(closest_unitary(jones), [polar(matrix)[0] for matrix in jones], atol=1e-10)


def test_the_same_pass_gives_the_same_angles():
    """Property: no chance is involved."""
    jones = gold_coude()
    np.testing.assert_array_equal(compensating_angles_deg(jones), compensating_angles_deg(jones.copy()))


@pytest.mark.parametrize(
    ("jones", "message"),
    [
        (np.eye(2), r"jones has shape \(2, 2\), must be \(n, 2, 2\) with n >= 1"),
        (np.empty((0, 2, 2)), r"jones has shape \(0, 2, 2\), must be \(n, 2, 2\) with n >= 1"),
        (np.ones((4, 2, 3)), r"jones has shape \(4, 2, 3\), must be \(n, 2, 2\)"),
        (np.array([np.eye(2), [[1.0, np.nan], [0.0, 1.0]]]), r"jones is not finite at index \(1, 0, 1\)"),
        (np.array([np.eye(2), np.diag([1.0, 0.0])]), r"jones is singular at index \(1,\): it polarizes the light"),
        (np.zeros((1, 2, 2)), r"jones is singular at index \(0,\)"),
    ],
)
def test_matrices_without_an_answer_are_refused(jones, message):
    with pytest.raises(DomainError, match=message):
        compensating_angles_deg(jones)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"motion_weight": -1.0}, r"motion_weight is -1.0, must lie in \[0, inf\)"),
        ({"start_deg": [0.0, 1.0]}, r"start_deg has shape \(2,\), must end in 3"),
        ({"start_deg": np.zeros((2, 3))}, r"start_deg has shape \(2, 3\), must be \(3,\)"),
        ({"start_deg": [0.0, np.inf, 0.0]}, r"start_deg is inf, must lie in \(-inf, inf\)"),
        ({"retardance_errors_deg": np.zeros((2, 3))}, r"retardance_errors_deg has shape \(2, 3\), must be \(3,\)"),
        ({"retardance_errors_deg": (0.0, np.nan, 0.0)}, r"retardance_errors_deg is nan"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(DomainError, match=message):
        compensating_angles_deg(np.eye(2)[None], **options)


def test_plate_angles_are_three():
    with pytest.raises(DomainError, match=r"angles_deg has shape \(4,\), must end in 3: one angle a plate \[deg\]"):
        plate_train(np.zeros(4))
