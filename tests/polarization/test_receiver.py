"""Record of a receiver, its refusals, and a whole one computed a second time by Mueller matrices."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passplan.errors import DomainError, UnknownName
from passplan.polarization.analyser import Analyser
from passplan.polarization.coatings import Ideal, MeasuredCoating, Metal
from passplan.polarization.compensation import compensate
from passplan.polarization.mirrors import Mirror
from passplan.polarization.plate_motor import WavePlateMotor
from passplan.polarization.receiver import PERIOD_DEG, PLATE_NAMES, PolarizationReceiver
from passplan.polarization.stokes import (
    linear_stokes,
    mueller_depolarizer,
    mueller_diattenuator,
    mueller_mirror,
    mueller_polarizer,
    mueller_retarder,
    mueller_rotator,
)
from passplan.polarization.train import MirrorTrain, preset_train

ROUNDING = 1e-12
STATE_ANGLES_DEG = np.array([0.0, 90.0, 45.0, -45.0])
GOLD = Metal(material="gold", index=(0.16, 5.34))
GOLD_INDEX = 0.16 + 5.34j
IDEAL = WavePlateMotor(
    step_deg=0.0,
    update_period_s=0.02,
    latency_s=0.0,
    max_rate_deg_s=1e6,
    max_acceleration_deg_s2=1e9,
    prediction=True,
)
UNEVEN = Analyser(
    extinction_transmitted=900.0,
    extinction_reflected=120.0,
    splitter_transmittance_ratio=1.1,
    splitter_transmitted_retardance_deg=7.0,
    straight_arm_error_deg=0.4,
)


def receiver_of(motor=IDEAL, frame="tube", **changes):
    return PolarizationReceiver(**{"frame": frame, "intrinsic_contrast": 280.0, "motor": motor} | changes)


def amplitudes_of_gold(cosine):
    refracted = np.sqrt(1.0 - (1.0 - cosine**2) / GOLD_INDEX**2)
    return (
        (GOLD_INDEX * cosine - refracted) / (GOLD_INDEX * cosine + refracted),
        (cosine - GOLD_INDEX * refracted) / (cosine + GOLD_INDEX * refracted),
    )


@given(
    angles_deg=st.tuples(st.floats(-90.0, 90.0), st.floats(0.0, 350.0), st.floats(5.0, 85.0)),
    stress_deg=st.tuples(st.floats(0.0, 20.0), st.floats(-90.0, 90.0)),
    bias_deg=st.floats(-5.0, 5.0),
    plate_deg=st.floats(-8.0, 8.0),
    depolarized=st.just(0.0) | st.floats(0.001, 0.2),
)
@settings(max_examples=15)
@pytest.mark.parametrize("frame", ["nasmyth", "coude-sum", "coude-difference"])
def test_a_whole_receiver_by_mueller_matrices(
    still_arrival, frame, angles_deg, stress_deg, bias_deg, plate_deg, depolarized
):
    """Two routes: the product of the elements' Mueller matrices, written from the textbook angles of the mount.

    Frame rotation, stress, gold mirrors with their planes of incidence, plate with retardance error and bias, beam
    splitter with diattenuation and retardance, polarizers with leaks. The depolarizer, whose errors are added behind
    the ports, is exact for an analyser that shares unpolarized light evenly, and stands in that half of the test.
    """
    rotation_deg, azimuth_deg, elevation_deg = angles_deg
    retardance_deg, axis_deg = stress_deg
    analyser = Analyser(extinction_transmitted=300.0, extinction_reflected=300.0) if depolarized else UNEVEN
    receiver = receiver_of(
        replace(IDEAL, bias_deg=bias_deg, zero_deg=11.0),
        frame,
        coating=GOLD,
        plate_retardance_error_deg=(plate_deg,),
        depolarized=depolarized,
        analyser=analyser,
    )
    vector_deg = retardance_deg * np.array([np.cos(np.deg2rad(2.0 * axis_deg)), np.sin(np.deg2rad(2.0 * axis_deg)), 0])
    arrival = still_arrival(
        receiver,
        rotation_deg=rotation_deg,
        azimuth_deg=azimuth_deg,
        elevation_deg=elevation_deg,
        stress_deg=vector_deg,
    )
    result = compensate(receiver, arrival)
    along, across = amplitudes_of_gold(np.sqrt(0.5))
    mirrors = mueller_rotator(angle_deg=-elevation_deg) @ mueller_mirror(r_p=along, r_s=across)
    if frame != "nasmyth":
        sense = 1.0 if frame == "coude-sum" else -1.0
        turn = mueller_rotator(angle_deg=sense * azimuth_deg)
        mirrors = turn @ mueller_mirror(r_p=across, r_s=along) @ mirrors
    command_deg = result.command_deg[0, 1] - 11.0  # `test_waveplates` holds it
    plate = mueller_retarder(retardance_deg=180.0 + plate_deg, axis_deg=command_deg + bias_deg)
    before = mueller_retarder(retardance_deg=retardance_deg, axis_deg=axis_deg) @ mueller_rotator(
        angle_deg=rotation_deg
    )
    whole = mueller_depolarizer(depolarization=depolarized) @ plate @ mirrors @ before
    np.testing.assert_allclose(
        result.error_driven[:, 1],
        errors_by_mueller(whole, analyser, frame != "nasmyth"),
        atol=ROUNDING,
    )


def errors_by_mueller(whole, analyser, swapped):
    """Wrong over right and wrong for H, V, D, A; a PBS without loss passes what its other port does not take."""
    inverse_t, inverse_r = 1.0 / analyser.extinction_transmitted, 1.0 / analyser.extinction_reflected
    leak_t, leak_r = (
        one * (1.0 - other) / (1.0 - inverse_t * inverse_r)
        for one, other in ((inverse_t, inverse_r), (inverse_r, inverse_t))
    )
    ratio = analyser.splitter_transmittance_ratio
    errors = []
    for state, angle_deg in enumerate(STATE_ANGLES_DEG):
        diagonal = state > 1
        sharing = (1.0, ratio) if diagonal else (ratio, 1.0)
        arm = mueller_diattenuator(
            transmittance_along=sharing[0] / (1.0 + ratio), transmittance_across=sharing[1] / (1.0 + ratio)
        )
        if not diagonal:
            lag_deg = analyser.splitter_transmitted_retardance_deg
            arm = mueller_retarder(retardance_deg=lag_deg, axis_deg=0.0) @ arm
        axis_deg = 45.0 if diagonal else analyser.straight_arm_error_deg
        behind = arm @ whole @ linear_stokes(angle_deg=angle_deg)
        passed, blocked = ((mueller_polarizer(angle_deg=axis_deg + turn) @ behind)[0] for turn in (0.0, 90.0))
        ports = [(1.0 - leak_r) * passed + leak_t * blocked, (1.0 - leak_t) * blocked + leak_r * passed]
        right = (state % 2) ^ (diagonal and swapped)
        errors.append(ports[1 - right] / (ports[0] + ports[1]))
    return np.array(errors)


def test_the_train_of_a_receiver():
    """Exact: a preset with its coating, or the mirrors that are listed; mount, bench and angle go with either."""
    assert receiver_of(frame="coude-sum", coating=GOLD).train == preset_train("coude-sum", coating=GOLD)
    assert receiver_of().train == MirrorTrain()
    listed = (Mirror(to="elevation-right", coating=GOLD), Mirror(to="fork-front"))
    common = {"mount": "equatorial", "bench": "fork", "analyser_deg": 12.0}
    assert receiver_of(frame="own", mirror=listed, **common).train == MirrorTrain(mirrors=listed, **common)
    nasmyth = receiver_of(frame="nasmyth", bench="tube", analyser_deg=3.0).train
    assert nasmyth == MirrorTrain(
        mirrors=(Mirror(to="elevation-left", coating=Ideal()),), bench="tube", analyser_deg=3.0
    )


def test_what_a_feedback_can_see_of_a_bias():
    """Exact: twice the bias of one half-wave plate, and it alone is taken away; of three plates nothing."""
    biased = receiver_of(replace(IDEAL, bias_deg=0.7, zero_deg=5.0))
    assert biased.bias_angle_deg == 1.4
    assert biased.without_bias() == receiver_of(replace(IDEAL, zero_deg=5.0))
    three = replace(biased, plates="quarter-half-quarter")
    assert three.bias_angle_deg == 0.0
    assert three.without_bias() == three


@pytest.mark.parametrize("plates", PLATE_NAMES)
def test_each_plate_has_its_retardance_error(plates):
    """Exact: none given, none there; a plate named by its kind has the period of its kind."""
    count = len(PLATE_NAMES[plates])
    assert receiver_of(plates=plates).retardance_errors_deg == (0.0,) * count
    errors = (1.0, -2.0, 3.0)[:count]
    assert receiver_of(plates=plates, plate_retardance_error_deg=errors).retardance_errors_deg == errors
    assert [PERIOD_DEG[name] for name in PLATE_NAMES[plates]] == [
        90.0 if name == "hwp" else 180.0 for name in PLATE_NAMES[plates]
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"frame": "own"}, "mirror has 0 entries with frame 'own', must list the mirrors"),
        (
            {"frame": "nasmyth", "mirror": (Mirror(to="elevation-left"),)},
            "mirror has 1 entries with frame 'nasmyth', must be empty; write frame = 'own' to list mirrors",
        ),
        (
            {"plate_retardance_error_deg": (1.0, 2.0)},
            r"plate_retardance_error_deg has 2 values, must have 1 for 'half-wave' \[deg\], or none",
        ),
        (
            {"plate_retardance_error_deg": (1.0,), "plates": "quarter-half-quarter"},
            r"plate_retardance_error_deg has 1 values, must have 3 for 'quarter-half-quarter' \[deg\], or none",
        ),
        ({"intrinsic_contrast": 1.0}, r"PolarizationReceiver\.intrinsic_contrast is 1.0, must lie in \(1, inf"),
        ({"intrinsic_contrast": np.nan}, r"PolarizationReceiver\.intrinsic_contrast is nan"),
        ({"depolarized": 1.1}, r"PolarizationReceiver\.depolarized is 1.1, must lie in \[0, 1\]"),
        ({"depolarized": -0.1}, r"PolarizationReceiver\.depolarized is -0.1"),
        ({"analyser_deg": np.inf}, r"PolarizationReceiver\.analyser_deg is inf"),
        ({"bench": "ground"}, "bench is 'ground', but light that goes to 'tube-back' reaches tube"),
        (
            {"frame": "own", "mirror": (Mirror(to="azimuth-up"),)},
            "mirror 1 cannot send light that goes to 'tube-back' on to 'azimuth-up'",
        ),
    ],
)
def test_impossible_receivers_are_refused(fields, message):
    """Refusal: with the record itself, and the field is named."""
    with pytest.raises(DomainError, match=message):
        receiver_of(**fields)


def test_an_unknown_frame_is_refused_with_a_hint():
    """Refusal: the nearest right spelling."""
    with pytest.raises(UnknownName, match="receiver 'coude-summ' is not known; did you mean 'coude-sum'"):
        receiver_of(frame="coude-summ")


def test_a_list_serves_as_a_table_and_nan_is_no_retardance():
    """Refusal and property: tables of a notebook are lists; a plate without a number is refused."""
    coating = MeasuredCoating(incidence_deg=[40.0, 50.0], retardance_deg=[8.0, 12.0], diattenuation=[0.0, 0.0])
    assert hash(coating) == hash(replace(coating, retardance_deg=(8.0, 12.0)))
    with pytest.raises(DomainError, match=r"plate_retardance_error_deg is nan, must lie in \[-180, 180\]"):
        replace(receiver_of(), plate_retardance_error_deg=(float("nan"),))
