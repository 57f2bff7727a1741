"""Tables of the metals against the printed rows and against the free-electron model."""

import math

import numpy as np
import pytest

from passplan.errors import DomainError, UnknownName
from passplan.polarization.materials import ALUMINIUM, GOLD, SILVER, index_of

TABLES = {"gold": GOLD, "silver": SILVER, "aluminium": ALUMINIUM}
LIGHT_EV_NM = 1239.842  # h c / e, SI 2019


@pytest.mark.parametrize(
    ("material", "wavelength_nm", "index"),
    [
        ("gold", 821.1, 0.16 + 5.083j),  # Johnson and Christy 1972, 1.51 eV
        ("gold", 1610.0, 0.56 + 11.21j),
        ("silver", 892.0, 0.04 + 6.312j),
        ("aluminium", 1239.842 / 1.9, 1.5724 + 7.7354j),  # a slip of one digit in the database, see the table
        ("aluminium", 837.74, 2.6945 + 8.1878j),  # Rakic 1995, 1.48 eV
        ("aluminium", 1549.8, 1.5782 + 15.656j),
    ],
)
def test_printed_rows(material, wavelength_nm, index):
    assert index_of(material, wavelength_nm=wavelength_nm) == pytest.approx(index, rel=1e-5)


def test_between_rows():
    """Exact: halfway between 821.1 and 892.0 nm, the mean of both rows."""
    found = index_of("gold", wavelength_nm=0.5 * (821.1 + 892.0))
    assert found == pytest.approx(0.165 + 5.373j, rel=1e-12)


@pytest.mark.parametrize(("material", "rows"), TABLES.items())
def test_tables_are_whole(material, rows):
    """Property: increasing wavelengths over the whole band of QKD, absorbing (n + ik with k > 0)."""
    wavelength_nm, n, k = np.array(rows).T
    assert np.all(np.diff(wavelength_nm) > 0.0)
    assert wavelength_nm[0] <= 405.0
    assert wavelength_nm[-1] >= 1600.0
    assert n.min() > 0.0
    assert k.min() > 1.5


@pytest.mark.parametrize(("rows", "digits"), [(GOLD, 4), (SILVER, 4), (ALUMINIUM, 5)])
def test_wavelengths_are_those_of_round_photon_energies(rows, digits):
    """Printed: both papers tabulate photon energies to 0.01 eV, so a wrong digit of a wavelength shows."""
    for wavelength_nm, _, _ in rows:
        energy_ev = round(LIGHT_EV_NM / wavelength_nm, 2)
        last_digit_nm = 10.0 ** (len(str(int(wavelength_nm))) - digits)
        assert abs(wavelength_nm - LIGHT_EV_NM / energy_ev) < 2.0 * last_digit_nm, wavelength_nm


@pytest.mark.parametrize("rows", [GOLD, SILVER])
def test_k_follows_the_free_electrons(rows):
    """Free-electron model: in the near infrared k is the plasma energy, 9 eV, over the photon's, within 15 %."""
    infrared = [(wavelength_nm, k) for wavelength_nm, _, k in rows if wavelength_nm > 900.0]
    assert len(infrared) == 6
    for wavelength_nm, k in infrared:
        assert k == pytest.approx(9.0 * wavelength_nm / LIGHT_EV_NM, rel=0.15)


@pytest.mark.parametrize("wavelength_nm", [300.0, 2000.0, math.nan])
def test_outside_the_table(wavelength_nm):
    with pytest.raises(DomainError, match=r"wavelength_nm is .*, the table of gold covers 397\.4 to 1937 nm"):
        index_of("gold", wavelength_nm=wavelength_nm)


def test_unknown_metal():
    with pytest.raises(UnknownName, match=r"material 'aluminum' is not known; did you mean 'aluminium'\?"):
        index_of("aluminum", wavelength_nm=850.0)
