"""Fresnel amplitudes and Mueller matrices against pypolar.

Its conventions: index n - ik (time factor exp(+i w t)), so its amplitudes are the complex conjugates of ours; its r_p
and r_s have our signs (r_p = -r_s at normal incidence). Its Stokes vectors in the default convention are ours.
"""

import numpy as np
import pytest

from passplan.polarization.coatings import Metal, reflection_amplitudes
from passplan.polarization.jones import retarder, rotator
from passplan.polarization.stokes import mueller_of_jones

ROUNDING = 1e-12
INCIDENCES_DEG = np.linspace(0.0, 89.0, 90)


@pytest.fixture(scope="module")
def pypolar():
    """Loaded for these tests alone: it brings a computer algebra and pyplot, seconds of every process."""
    for part in ("fresnel", "jones"):
        pytest.importorskip(f"pypolar.{part}")
    return pytest.importorskip("pypolar")


@pytest.mark.parametrize("index", [(0.16, 5.34), (0.04, 5.79), (2.75, 8.31), (1.5, 0.0)])
def test_amplitudes(pypolar, index):
    theirs = np.array([
        [law(complex(index[0], -index[1]), angle, deg=True) for angle in INCIDENCES_DEG]
        for law in (pypolar.fresnel.r_par_amplitude, pypolar.fresnel.r_per_amplitude)
    ])  # fmt: skip
    ours = reflection_amplitudes(Metal(material="gold", index=index), incidence_deg=INCIDENCES_DEG, wavelength_nm=850.0)
    np.testing.assert_allclose(ours, np.conj(theirs), atol=ROUNDING)


def test_mueller_matrices(pypolar, rng):
    """Any matrix, not only lossless ones."""
    for _ in range(20):
        matrix = rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2))
        np.testing.assert_allclose(
            mueller_of_jones(matrix), pypolar.jones.jones_op_to_mueller_op(matrix), atol=ROUNDING
        )
    product = retarder(retardance_deg=70.0, axis_deg=20.0) @ rotator(angle_deg=33.0)
    np.testing.assert_allclose(mueller_of_jones(product), pypolar.jones.jones_op_to_mueller_op(product), atol=ROUNDING)
