"""Reflection amplitudes against tabulated Fresnel values, exact limits and conservation of energy."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.mission.scenario import parse_record
from passplan.polarization.coatings import (
    Coating,
    Ideal,
    MeasuredCoating,
    Metal,
    diattenuation,
    fresnel_amplitudes,
    reflection_amplitudes,
    retardance_deg,
)

ROUNDING = 1e-12
AT_850_NM = {"gold": (0.16, 5.34), "silver": (0.04, 5.79), "aluminium": (2.75, 8.31)}
indices = st.builds(complex, st.floats(0.01, 6.0), st.floats(0.0, 20.0))
incidences_deg = st.floats(0.0, 89.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Stands for a record of the mission with mirrors in it."""

    first: Coating
    second: Coating
    third: Coating


def amplitudes(material, incidence_deg):
    metal = Metal(material=material, index=AT_850_NM[material])
    return reflection_amplitudes(metal, incidence_deg=incidence_deg, wavelength_nm=850.0)


def measured(**changes):
    table = {"incidence_deg": (0.0, 30.0, 60.0), "retardance_deg": (0.0, 4.0, 20.0), "diattenuation": (0.0, 0.01, 0.03)}
    return MeasuredCoating(**table | changes)


@pytest.mark.parametrize(
    ("material", "lag_deg", "share", "share_tolerance"),
    [("gold", 14.9, 0.0076, 5e-5), ("silver", 13.8, 0.0016, 5e-5), ("aluminium", 8.8, 0.050, 5e-4)],
)
def test_bare_metals_at_45_deg(material, lag_deg, share, share_tolerance):
    """Table of bare mirrors at 850 nm from the indices above, computed apart; to half the last printed digit."""
    r_p, r_s = amplitudes(material, 45.0)
    assert retardance_deg(r_p, r_s) == pytest.approx(lag_deg, abs=0.05)
    assert diattenuation(r_p, r_s) == pytest.approx(share, abs=share_tolerance)


def test_reflectances_of_gold():
    """The same table: R_s 0.985, R_p 0.970 at 45 deg."""
    r_p, r_s = amplitudes("gold", 45.0)
    assert abs(r_s) ** 2 == pytest.approx(0.985, abs=5e-4)
    assert abs(r_p) ** 2 == pytest.approx(0.970, abs=5e-4)


@pytest.mark.parametrize(("material", "lag_deg"), [("gold", 1.5), ("silver", 1.4), ("aluminium", 0.9)])
def test_bare_metals_at_15_deg(material, lag_deg):
    """The same table at 15 deg."""
    assert retardance_deg(*amplitudes(material, 15.0)) == pytest.approx(lag_deg, abs=0.05)


@pytest.mark.parametrize("material", AT_850_NM)
def test_the_tables_give_nearly_the_same(material):
    """Two sources of one index: the built-in tables leave the retardance at 45 deg within 0.8 deg."""
    found = reflection_amplitudes(Metal(material=material), incidence_deg=45.0, wavelength_nm=850.0)
    assert retardance_deg(*found) == pytest.approx(float(retardance_deg(*amplitudes(material, 45.0))), abs=0.8)


def test_the_sign_says_that_p_lags():
    """Exact to first order in 1/k for N = ik: arg r_p = 2 / (k cos i), arg(-r_s) = 2 cos i / k.

    Both positive: a field that enters the metal a little comes back late, and late is exp(+i phase) for exp(-i w t).
    """
    k, incidence_deg = 1e4, 60.0
    r_p, r_s = fresnel_amplitudes(index=complex(1e-9, k), incidence_deg=incidence_deg)
    cosine = np.cos(np.deg2rad(incidence_deg))
    assert np.angle(-r_s) == pytest.approx(2.0 * cosine / k, rel=1e-6)
    assert np.angle(r_p) == pytest.approx(2.0 / (k * cosine), rel=1e-6)


@given(index=indices)
def test_at_normal_incidence_p_and_s_are_one(index):
    """Exact: the plane of incidence has no meaning there, r_p = -r_s = (N - 1) / (N + 1)."""
    r_p, r_s = fresnel_amplitudes(index=index, incidence_deg=0.0)
    assert abs(r_p + r_s) < ROUNDING
    assert abs(r_p - (index - 1.0) / (index + 1.0)) < ROUNDING


@given(index=indices, incidence_deg=incidences_deg)
def test_no_mirror_amplifies(index, incidence_deg):
    """Property: energy is conserved."""
    r_p, r_s = fresnel_amplitudes(index=index, incidence_deg=incidence_deg)
    assert abs(r_p) <= 1.0 + ROUNDING
    assert abs(r_s) <= 1.0 + ROUNDING


@given(index=indices)
def test_at_45_deg_r_p_is_the_square_of_r_s(index):
    """Exact identity of Fresnel's formulas at 45 deg (Abeles), in this convention r_p = r_s^2."""
    r_p, r_s = fresnel_amplitudes(index=index, incidence_deg=45.0)
    assert abs(r_p - r_s**2) < 1e-11


def test_brewster():
    """Exact: glass of n = 1.5 reflects no p at arctan(1.5); beyond, r_p has the other sign."""
    brewster_deg = np.rad2deg(np.arctan(1.5))
    r_p, _ = fresnel_amplitudes(index=1.5 + 0j, incidence_deg=brewster_deg + np.array([-1.0, 0.0, 1.0]))
    assert r_p[0].real > 0.0 > r_p[2].real
    assert abs(r_p[1]) < ROUNDING


def test_a_good_conductor_is_an_ideal_mirror():
    """Limit: a large index tends to r_p = 1, r_s = -1."""
    angles_deg = np.array([0.0, 30.0, 60.0])
    found = fresnel_amplitudes(index=1e7 + 1e7j, incidence_deg=angles_deg)
    ideal = reflection_amplitudes(Ideal(), incidence_deg=angles_deg, wavelength_nm=850.0)
    np.testing.assert_allclose(found, ideal, atol=1e-6)
    np.testing.assert_array_equal(retardance_deg(*ideal), 0.0)
    np.testing.assert_array_equal(ideal, [[1.0] * 3, [-1.0] * 3])


def test_a_measured_table_gives_back_its_rows():
    """Two routes: what was measured, from the amplitudes; halfway, the mean."""
    coating = measured(reflectance=0.9)
    r_p, r_s = reflection_amplitudes(coating, incidence_deg=(0.0, 30.0, 45.0, 60.0), wavelength_nm=850.0)
    np.testing.assert_allclose(retardance_deg(r_p, r_s), (0.0, 4.0, 12.0, 20.0), atol=ROUNDING)
    np.testing.assert_allclose(diattenuation(r_p, r_s), (0.0, 0.01, 0.02, 0.03), atol=ROUNDING)
    np.testing.assert_allclose(0.5 * (np.abs(r_p) ** 2 + np.abs(r_s) ** 2), 0.9, atol=ROUNDING)


@given(share=st.floats(-1.0, 1.0))
def test_without_a_reflectance_the_better_component_is_whole(share):
    """Exact: max(R_p, R_s) = 1."""
    coating = MeasuredCoating(incidence_deg=(45.0,), retardance_deg=(7.0,), diattenuation=(share,))
    found = reflection_amplitudes(coating, incidence_deg=45.0 + 1e-9, wavelength_nm=850.0)
    assert np.max(np.abs(found)) == pytest.approx(1.0, abs=ROUNDING)


def test_a_table_of_fresnel_values_is_the_metal():
    """Two routes: a measured coating made of gold's own values, at the rows."""
    angles_deg = (0.0, 15.0, 45.0, 70.0)
    r_p, r_s = amplitudes("gold", angles_deg)
    table = MeasuredCoating(
        incidence_deg=angles_deg,
        retardance_deg=tuple(retardance_deg(r_p, r_s)),
        diattenuation=tuple(diattenuation(r_p, r_s)),
    )
    q_p, q_s = reflection_amplitudes(table, incidence_deg=angles_deg, wavelength_nm=850.0)
    np.testing.assert_allclose(q_p / q_s, r_p / r_s, atol=1e-12)


@pytest.mark.parametrize("asked_deg", [4.9, 61.0])
def test_an_incidence_outside_the_table(asked_deg):
    coating = measured(incidence_deg=(5.0, 30.0, 60.0))
    with pytest.raises(
        DomainError, match=rf"incidence_deg is {asked_deg:g}, the table of the measured coating covers 5 to 60 deg"
    ):
        reflection_amplitudes(coating, incidence_deg=(30.0, asked_deg), wavelength_nm=850.0)


@pytest.mark.parametrize("incidence_deg", [-1.0, 90.0, np.nan])
@pytest.mark.parametrize("coating", [Ideal(), Metal(material="gold"), measured()])
def test_no_such_incidence(coating, incidence_deg):
    with pytest.raises(DomainError, match=r"incidence_deg \[deg\] is .*, must lie in \[0, 90\)"):
        reflection_amplitudes(coating, incidence_deg=incidence_deg, wavelength_nm=850.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"incidence_deg": (0.0, 60.0, 30.0)}, "incidence_deg has 30 after 60 deg, must increase"),
        ({"incidence_deg": (0.0, 30.0, 30.0)}, "incidence_deg has 30 after 30 deg, must increase"),
        ({"incidence_deg": (0.0, 30.0)}, "incidence_deg 2, retardance_deg 3, diattenuation 3"),
        ({"incidence_deg": (0.0, 30.0, 90.0)}, r"incidence_deg is 90.0, must lie in \[0, 90\)"),
        ({"retardance_deg": (0.0, np.nan, 1.0)}, "retardance_deg is nan"),
        ({"diattenuation": (0.0, 0.0, 1.2)}, r"diattenuation is 1.2, must lie in \[-1, 1\]"),
        ({"reflectance": 0.99}, r"reflectance is 0.99, must lie in \(0, 0.970874\]"),
        ({"reflectance": 0.0}, r"reflectance is 0.0, must lie in \(0, 1\]"),
        ({"incidence_deg": (), "retardance_deg": (), "diattenuation": ()}, "incidence_deg is empty"),
    ],
)
def test_tables_that_are_refused(changes, message):
    with pytest.raises(DomainError, match=message):
        measured(**changes)


@pytest.mark.parametrize(
    ("index", "message"),
    [((0.16, -5.34), r"index\[2\] is -5.34, k must lie in \[0, inf\)"), ((0.0, 5.0), r"index\[1\] is 0.0, n must lie")],
)
def test_an_index_for_the_other_time_factor_is_refused(index, message):
    with pytest.raises(DomainError, match=message):
        Metal(material="gold", index=index)
    with pytest.raises(DomainError, match=r"must be n \+ ik with n > 0 and k >= 0"):
        fresnel_amplitudes(index=complex(*index), incidence_deg=45.0)


@pytest.mark.parametrize("incidence_deg", [-0.1, 90.0])
def test_fresnel_refuses_a_ray_along_the_surface(incidence_deg):
    with pytest.raises(DomainError, match=r"must lie in \[0, 90\)"):
        fresnel_amplitudes(index=1.5 + 0j, incidence_deg=incidence_deg)


def test_nothing_reflected_has_no_diattenuation():
    with pytest.raises(DomainError, match=r"\|r_p\|\^2 \+ \|r_s\|\^2 is 0.0"):
        diattenuation(0.0, 0.0)


def test_coatings_can_stand_in_a_file():
    """Round trip: the TOML reader makes the record of each kind."""
    text = """
    first = {kind = "ideal"}
    second = {kind = "metal", material = "gold", index = [0.16, 5.34]}
    [third]
    kind = "measured"
    incidence_deg = [0, 30, 60]
    retardance_deg = [0, 4, 20]
    diattenuation = [0, 0.01, 0.03]
    """
    found = parse_record(text, Holder, source="x.toml")
    assert found.first == Ideal()
    assert found.second == Metal(material="gold", index=(0.16, 5.34))
    assert found.third == measured()
