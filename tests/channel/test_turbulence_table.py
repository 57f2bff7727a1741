"""Table of a sea-level HV 5/7 atmosphere at 848.6 nm, worked apart: r0, Rytov variance, scintillation, scatter in dB.

Printed values carry their own rounding: each is compared at 1 % plus half a unit of its last printed digit.
"""

import numpy as np
import pytest

from passplan.channel.scintillation import andrews_aperture_factor, aperture_index, large_aperture_index, point_index
from passplan.channel.turbulence import HufnagelValley, fried_parameter_m, rytov_variance

ELEVATION_DEG = [90.0, 47.8, 30.0, 19.4, 10.0]
PRINTED = {
    "r0_cm": ["9.36", "7.82", "6.17", "4.83", "3.27"],
    "rytov": [".127", ".220", ".452", ".957", "3.14"],
    "point": [".125", ".211", ".399", ".688", "1.12"],
    "exact_weak": [".00030", ".00072", ".0023", ".0077", ".052"],
    "asymptote": [".00033", ".00081", ".0026", ".0090", ".063"],
    "andrews": [".00020", ".00047", ".0014", ".0039", ".013"],
    "sigma_db": [".08", ".12", ".21", ".38", ".99"],
}
SEA_LEVEL = HufnagelValley()


def computed():
    """Columns of the table; the scatter in dB is 10 / ln(10) of sqrt(index) of the collected power."""
    path = {"elevation_deg": ELEVATION_DEG, "wavelength_nm": 848.6}
    exact = aperture_index(SEA_LEVEL, aperture_m=1.0, **path)
    point = point_index(SEA_LEVEL, **path)
    return {
        "r0_cm": 100.0 * fried_parameter_m(SEA_LEVEL, **path),
        "rytov": rytov_variance(SEA_LEVEL, **path),
        "point": point,
        "exact_weak": exact,
        "asymptote": large_aperture_index(SEA_LEVEL, elevation_deg=ELEVATION_DEG, aperture_m=1.0),
        "andrews": point * andrews_aperture_factor(SEA_LEVEL, aperture_m=1.0, **path),
        "sigma_db": 4.342945 * np.sqrt(exact),
    }


@pytest.mark.parametrize("column", PRINTED)
def test_columns_of_the_table(column):
    """Worked apart, another code: 1 % plus half a unit of the last printed digit."""
    for found, text in zip(computed()[column], PRINTED[column], strict=True):
        half_digit = 0.5 * 10.0 ** -len(text.partition(".")[2])
        assert found == pytest.approx(float(text), abs=0.01 * float(text) + half_digit), text


def test_the_popular_factor_gives_too_little():
    """Worked apart: exact weak theory over Andrews' factor is 1.5 at the zenith and 4 at 10 deg."""
    table = computed()
    ratio = table["exact_weak"] / table["andrews"]
    assert ratio[0] == pytest.approx(1.5, abs=0.1)
    assert ratio[-1] == pytest.approx(4.0, abs=0.2)
    assert np.all(np.diff(ratio) > 0.0)
