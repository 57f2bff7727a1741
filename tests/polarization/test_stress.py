"""Retardance maps: exact retarders and rotators, the seam at north, interpolation, and files that are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from passplan.errors import DomainError, InputError
from passplan.polarization.jones import retarder, rotator
from passplan.polarization.stokes import PAULI, mueller_of_jones
from passplan.polarization.stress import (
    JonesMap,
    parse_jones_map,
    poincare_vector_deg,
    read_jones_map,
    retarder_jones,
    stress_jones,
)

ROUNDING = 1e-12
HEADER = "azimuth_deg,elevation_deg,retardance_deg,axis_deg"
ROWS = [f"{a},{e},{0.1 * e},{a / 4}" for a in (0, 90, 180, 270) for e in (10, 50, 90)]
TEXT = "\n".join([HEADER, *ROWS])
angles = st.floats(-400.0, 400.0)


def affine_map(azimuth_deg, elevation_deg):
    """Map whose Poincare vector is linear in both angles, so that interpolation must be exact."""
    azimuth, elevation = np.meshgrid(azimuth_deg, elevation_deg, indexing="ij")
    return JonesMap(
        azimuth_deg=np.array(azimuth_deg, dtype=float),
        elevation_deg=np.array(elevation_deg, dtype=float),
        retardance_deg=affine(azimuth, elevation),
    )


def affine(azimuth, elevation):
    return np.stack([0.1 * azimuth + elevation, 5.0 - 0.2 * elevation, 0.03 * azimuth], axis=-1)


@given(retardance=angles, axis=angles)
def test_a_linear_vector_is_the_retarder(retardance, axis):
    """Two routes: exponential form, and retarder of jones.py, phase included."""
    vector_deg = poincare_vector_deg(retardance_deg=retardance, axis_deg=axis)
    expected = retarder(retardance_deg=retardance, axis_deg=axis)
    np.testing.assert_allclose(retarder_jones(retardance_deg=vector_deg), expected, atol=ROUNDING)


@given(circular=angles)
def test_a_circular_vector_turns_by_half(circular):
    """Two routes: exponential form, and rotator of jones.py."""
    vector_deg = poincare_vector_deg(retardance_deg=0.0, axis_deg=0.0, circular_deg=circular)
    expected = rotator(angle_deg=0.5 * circular)
    np.testing.assert_allclose(retarder_jones(retardance_deg=vector_deg), expected, atol=ROUNDING)


@given(vector_deg=st.tuples(angles, angles, angles))
def test_an_elliptical_retarder_is_the_exponential(vector_deg):
    """Another library: scipy's matrix exponential; and Poincare's sphere turns about the vector itself."""
    generator = np.tensordot(np.deg2rad(vector_deg), np.array(PAULI[1:]), axes=1)
    found = retarder_jones(retardance_deg=vector_deg)
    np.testing.assert_allclose(found, expm(-0.5j * generator), atol=1e-11)
    np.testing.assert_allclose(mueller_of_jones(found)[1:, 1:] @ vector_deg, vector_deg, atol=1e-9)


def test_the_map_gives_back_its_points():
    """Exact: at a point of the map the retarder written there; azimuth modulo 360."""
    jones_map = parse_jones_map(TEXT, source="map.csv")
    found = stress_jones(jones_map, azimuth_deg=[0.0, 450.0, -90.0, 360.0], elevation_deg=[10.0, 50.0, 90.0, 90.0])
    expected = retarder(retardance_deg=[1.0, 5.0, 9.0, 9.0], axis_deg=[0.0, 22.5, 67.5, 0.0])
    np.testing.assert_allclose(found, expected, atol=ROUNDING)


@given(azimuth=st.floats(20.0, 340.0), elevation=st.floats(5.0, 90.0))
def test_a_linear_vector_is_interpolated_without_error(azimuth, elevation):
    """Exact: bilinear interpolation of an affine field."""
    jones_map = affine_map((20.0, 55.0, 200.0, 340.0), (5.0, 20.0, 90.0))
    found = stress_jones(jones_map, azimuth_deg=[azimuth], elevation_deg=[elevation])
    expected = retarder_jones(retardance_deg=affine(azimuth, elevation))
    np.testing.assert_allclose(found[0], expected, atol=1e-9)


def test_the_axis_is_not_interpolated_as_a_number():
    """Exact: between axes of 10 and 170 deg lies 0, not 90: the vector knows that an axis has no arrow."""
    text = f"{HEADER}\n0,10,8,10\n0,80,8,10\n90,10,8,170\n90,80,8,170"
    found = stress_jones(parse_jones_map(text, source="map.csv"), azimuth_deg=[45.0], elevation_deg=[30.0])
    expected = retarder(retardance_deg=[8.0 * np.cos(np.deg2rad(20.0))], axis_deg=[0.0])
    np.testing.assert_allclose(found, expected, atol=ROUNDING)


@pytest.mark.parametrize("last", [(), ("360,10,1,0", "360,50,5,0", "360,90,9,180")])
def test_a_pass_through_north_is_continuous(last):
    """Property: across 0/360 steps of 0.01 deg change the matrix by no more than the slope of the map allows.

    With or without the first azimuth written again at the end. Vectors 90 deg apart differ by at most 9 sqrt(2) deg.
    """
    jones_map = parse_jones_map("\n".join([TEXT, *last]), source="map.csv")
    azimuth_deg = np.mod(np.arange(355.0, 365.0, 0.01), 360.0)
    found = stress_jones(jones_map, azimuth_deg=azimuth_deg, elevation_deg=np.full(azimuth_deg.size, 70.0))
    steps = np.linalg.norm(np.diff(found, axis=0), axis=(1, 2))
    slope = np.deg2rad(9.0 * np.sqrt(2.0)) / 90.0 / np.sqrt(2.0)
    assert steps.max() < 1.01 * slope * 0.01 * np.sqrt(2.0)
    assert steps.max() > 0.0


@given(azimuth=st.lists(st.floats(-720.0, 720.0), min_size=1, max_size=5), elevation=st.floats(10.0, 90.0))
def test_matrices_are_unitary(azimuth, elevation):
    """Property: U U^dagger = 1 at every azimuth of a map that goes round."""
    jones_map = parse_jones_map(TEXT, source="map.csv")
    found = stress_jones(jones_map, azimuth_deg=azimuth, elevation_deg=[elevation] * len(azimuth))
    product = found @ np.conj(np.swapaxes(found, -1, -2))
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(2), product.shape), atol=ROUNDING)


@pytest.mark.parametrize(
    ("azimuth_deg", "goes_round"),
    [
        ((0.0, 120.0, 240.0), True),
        ((-180.0, -90.0, 0.0, 90.0), True),
        ((0.0, 180.0), False),
        ((0.0, 90.0, 180.0), False),
        ((100.0, 150.0, 300.0), False),
    ],
)
def test_which_grids_go_round(azimuth_deg, goes_round):
    """Exact: the closing step against the longest of the others."""
    jones_map = affine_map(azimuth_deg, (10.0, 90.0))
    assert jones_map.goes_round is goes_round
    inside_the_closing_step = [azimuth_deg[-1] + 10.0]
    if goes_round:
        stress_jones(jones_map, azimuth_deg=inside_the_closing_step, elevation_deg=[45.0])
    else:
        with pytest.raises(DomainError, match="azimuth_deg is"):
            stress_jones(jones_map, azimuth_deg=inside_the_closing_step, elevation_deg=[45.0])


def test_any_row_order_and_circular_column(tmp_path):
    """Round trip: shuffled rows and columns, remarks, a byte-order mark; C of 20 deg turns by 10."""
    rows = [f"{a},{e},0,7,20" for a in (0, 30) for e in (10, 80)]
    path = tmp_path / "map.csv"
    text = "\n".join(
        ["# made by hand", "", "azimuth_deg, elevation_deg, retardance_deg, axis_deg, circular_deg", *rows[::-1]]
    )
    path.write_text(text, encoding="utf-8-sig")
    found = stress_jones(read_jones_map(path), azimuth_deg=[15.0], elevation_deg=[45.0])
    np.testing.assert_allclose(found[0], rotator(angle_deg=10.0), atol=ROUNDING)
    swapped = "circular_deg,axis_deg,retardance_deg,elevation_deg,azimuth_deg\n" + "\n".join(
        ",".join(reversed(row.split(","))) for row in rows
    )
    same = stress_jones(parse_jones_map(swapped, source="x"), azimuth_deg=[15.0], elevation_deg=[45.0])
    np.testing.assert_array_equal(found, same)


@pytest.mark.parametrize(
    ("azimuth_deg", "elevation_deg", "message"),
    [
        (
            [10.0, 20.0, 95.0, 99.0],
            [50.0] * 4,
            r"azimuth_deg is 95 deg at sample 2 of the pass, a\.csv covers -30 to 90",
        ),
        ([10.0, 325.0], [50.0] * 2, r"azimuth_deg is 325 deg at sample 1 of the pass, a\.csv covers -30 to 90 deg"),
        ([10.0, 20.0], [50.0, 9.5], r"elevation_deg is 9.5 deg at sample 1 of the pass, a\.csv covers 10 to 80 deg"),
        ([10.0, 20.0], [80.1, 50.0], r"elevation_deg is 80.1 deg at sample 0 of the pass, a\.csv covers 10 to 80 deg"),
        ([10.0], [np.nan], "elevation_deg is nan deg at sample 0"),
        ([np.nan], [50.0], "azimuth_deg is nan"),
        ([10.0, 20.0], [50.0], "azimuth_deg 2, elevation_deg 1"),
    ],
)
def test_a_pass_outside_the_map(azimuth_deg, elevation_deg, message):
    text = f"{HEADER}\n" + "\n".join(f"{a},{e},1,0" for a in (-30, 90) for e in (10, 80))
    with pytest.raises(DomainError, match=message):
        stress_jones(parse_jones_map(text, source="a.csv"), azimuth_deg=azimuth_deg, elevation_deg=elevation_deg)


def test_the_edges_belong_to_the_map():
    """Exact: a sector is closed, north of it too (330 is -30)."""
    text = f"{HEADER}\n" + "\n".join(f"{a},{e},{e},0" for a in (-30, 90) for e in (10, 80))
    found = stress_jones(parse_jones_map(text, source="a.csv"), azimuth_deg=[330.0, 90.0], elevation_deg=[10.0, 80.0])
    np.testing.assert_allclose(found, retarder(retardance_deg=[10.0, 80.0], axis_deg=0.0), atol=ROUNDING)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "m.csv:1: column azimuth_deg is missing"),
        ("azimut_deg" + TEXT[11:], r"m.csv:1: column 'azimut_deg' is not known; did you mean 'azimuth_deg'\?"),
        ("zzzz," + TEXT, "m.csv:1: column 'zzzz' is not known; allowed: azimuth_deg, elevation_deg"),
        (TEXT.replace(",axis_deg", ",axis_deg,axis_deg"), "m.csv:1: column axis_deg stands twice"),
        (TEXT + "\n0,10,1", "m.csv:14: has 3 cells, must have 4"),
        (
            TEXT.replace("0,50,5.0,0.0", "0,50,five,0.0", 1),
            r"m.csv:3: retardance_deg is 'five', must be a finite number",
        ),
        (
            TEXT.replace("0,50,5.0,0.0", "0,50,5.0,nan", 1),
            r"m.csv:3: axis_deg is 'nan', must be a finite number \[deg\]",
        ),
        (TEXT.replace("0,50,", "0,95,", 1), r"m.csv:3: elevation_deg is '95', must be a number in \[-90, 90\] deg"),
        (TEXT + "\n400,10,1,0", r"m.csv:14: azimuth_deg is '400', must be a number in \[-360, 360\] deg"),
        (TEXT + "\n90,50,1,0", "m.csv:14: azimuth_deg 90, elevation_deg 50 stands already in line 6"),
        (
            "\n".join([HEADER, *ROWS[:-2]]),
            r"azimuth_deg 270, elevation_deg 50 is missing.*\(2 rows are missing in all\)",
        ),
        ("\n".join([HEADER, *ROWS[:-1]]), "azimuth_deg 270, elevation_deg 90 is missing, every azimuth needs every"),
        ("\n".join([HEADER, *ROWS[:3]]), "m.csv: azimuth_deg must hold at least two increasing angles"),
        ("\n".join([HEADER, *ROWS[::3]]), "m.csv: elevation_deg must hold at least two increasing angles"),
        (HEADER, "m.csv: azimuth_deg must hold at least two increasing angles"),
        (
            "\n".join([TEXT, "360,10,1,0", "360,50,5,0", "360,90,9.5,0"]),
            "azimuth_deg 0 and 360 are one direction, but their retardances differ by 0.5 deg at elevation_deg 90",
        ),
        (
            "\n".join([TEXT, "-180,10,1,0", "-180,50,5,0", "-180,90,9,0"]),
            "azimuth_deg goes from -180 to 270 deg, must stay within one turn",
        ),
    ],
)
def test_files_that_are_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_jones_map(text, source="m.csv")


def test_all_faults_are_told_at_once():
    text = f"{HEADER}\n0,10,x,0\n0,20,1,0\n0,20,1,0\n5,95,1,0"
    with pytest.raises(InputError) as caught:
        parse_jones_map(text, source="m.csv")
    assert [line[:8] for line in str(caught.value).splitlines()] == ["m.csv:2:", "m.csv:4:", "m.csv:5:"]


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        read_jones_map(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(InputError, match=r"bytes\.csv: cannot be read"):
        read_jones_map(tmp_path / "bytes.csv")


def test_a_map_of_the_wrong_shape():
    grid = {"azimuth_deg": np.array([0.0, 90.0]), "elevation_deg": np.array([10.0, 80.0])}
    with pytest.raises(DomainError, match=r"retardance_deg has the shape \(2, 2\), must be \(2, 2, 3\)"):
        JonesMap(**grid, retardance_deg=np.zeros((2, 2)))
    with pytest.raises(DomainError, match="retardance_deg is nan"):
        JonesMap(**grid, retardance_deg=np.full((2, 2, 3), np.nan))
    jones_map = JonesMap(**grid, retardance_deg=np.zeros((2, 2, 3)))
    with pytest.raises(ValueError, match="read-only"):
        jones_map.retardance_deg[0, 0, 0] = 1.0
