"""Complex refractive index n + ik of the bare metals of mirrors, as measured, from the visible to 1.9 um.

Convention: time factor exp(-i w t), so an absorbing metal has k > 0. Sources, all read in the public-domain (CC0)
database of refractiveindex.info, folders main/Au, main/Ag and main/Al: gold and silver Johnson and Christy, Phys. Rev.
B 6, 4370 (1972), evaporated films; aluminium Rakic, Appl. Opt. 34, 4755 (1995). Real films differ: values of n from
0.03 to 0.3 stand for gold and silver in the near infrared, and an old or rough mirror absorbs more. A mirror's own
index goes into `coatings.Metal`.
"""

from functools import cache
from typing import Literal

import numpy as np

from passplan.checks import FloatArray, one_of
from passplan.errors import DomainError

Material = Literal["gold", "silver", "aluminium"]
Row = tuple[float, float, float]

# Rows of (wavelength [nm], n [1], k [1]).
GOLD: tuple[Row, ...] = (
    (397.4, 1.47, 1.952),
    (413.3, 1.46, 1.958),
    (430.5, 1.45, 1.948),
    (450.9, 1.38, 1.914),
    (471.4, 1.31, 1.849),
    (495.9, 1.04, 1.833),
    (520.9, 0.62, 2.081),
    (548.6, 0.43, 2.455),
    (582.1, 0.29, 2.863),
    (616.8, 0.21, 3.272),
    (659.5, 0.14, 3.697),
    (704.5, 0.13, 4.103),
    (756.0, 0.14, 4.542),
    (821.1, 0.16, 5.083),
    (892.0, 0.17, 5.663),
    (984.0, 0.22, 6.350),
    (1088.0, 0.27, 7.150),
    (1216.0, 0.35, 8.145),
    (1393.0, 0.43, 9.519),
    (1610.0, 0.56, 11.21),
    (1937.0, 0.92, 13.78),
)
SILVER: tuple[Row, ...] = (
    (397.4, 0.05, 2.070),
    (413.3, 0.05, 2.275),
    (430.5, 0.04, 2.462),
    (450.9, 0.04, 2.657),
    (471.4, 0.05, 2.869),
    (495.9, 0.05, 3.093),
    (520.9, 0.05, 3.324),
    (548.6, 0.06, 3.586),
    (582.1, 0.05, 3.858),
    (616.8, 0.06, 4.152),
    (659.5, 0.05, 4.483),
    (704.5, 0.04, 4.838),
    (756.0, 0.03, 5.242),
    (821.1, 0.04, 5.727),
    (892.0, 0.04, 6.312),
    (984.0, 0.04, 6.992),
    (1088.0, 0.04, 7.795),
    (1216.0, 0.09, 8.828),
    (1393.0, 0.13, 10.10),
    (1610.0, 0.15, 11.85),
    (1937.0, 0.24, 14.08),
)
ALUMINIUM: tuple[Row, ...] = (
    (364.66, 0.39877, 4.3957),
    (413.28, 0.52135, 5.0008),
    (442.80, 0.60790, 5.3676),
    (476.87, 0.72780, 5.7781),
    (516.60, 0.87340, 6.2418),
    (563.57, 1.0728, 6.7839),
    (619.93, 1.3660, 7.4052),
    (652.55, 1.5724, 7.7354),  # 1.90 eV; the database prints 652.25, a slip: its other decades have 652.55
    (688.81, 1.8301, 8.0601),
    (729.32, 2.1606, 8.3565),
    (774.91, 2.6154, 8.4914),
    (794.78, 2.7675, 8.3866),
    (815.69, 2.7668, 8.2573),
    (837.74, 2.6945, 8.1878),
    (885.61, 2.2802, 8.1134),
    (911.66, 1.9739, 8.3058),
    (939.28, 1.6784, 8.5970),
    (968.63, 1.4867, 9.0655),
    (999.88, 1.4359, 9.4939),
    (1033.2, 1.3998, 9.8914),
    (1127.1, 1.3281, 10.969),
    (1239.9, 1.3157, 12.245),
    (1377.6, 1.3899, 13.784),
    (1549.8, 1.5782, 15.656),
    (1771.2, 1.9205, 17.991),
    (2066.4, 2.4738, 20.982),
)
_ROWS: dict[str, tuple[Row, ...]] = {"gold": GOLD, "silver": SILVER, "aluminium": ALUMINIUM}


def index_of(material: str, *, wavelength_nm: float) -> complex:
    """Complex refractive index of a bare metal, linear between the rows of its table.

    Parameters
    ----------
    material : str
        "gold", "silver" or "aluminium".
    wavelength_nm : float
        Vacuum wavelength [nm], within the table.

    Returns
    -------
    complex
        n + ik [1], k > 0.

    Raises
    ------
    UnknownName
        If there is no table of that material.
    DomainError
        If the wavelength lies outside the table, or is nan.
    """
    wavelengths_nm, real, imaginary = _columns(one_of("material", material, _ROWS))
    first_nm, last_nm = wavelengths_nm[0], wavelengths_nm[-1]
    if not first_nm <= wavelength_nm <= last_nm:
        raise DomainError(
            f"wavelength_nm is {wavelength_nm:g}, the table of {material} covers {first_nm:g} to {last_nm:g} nm"
        )
    n, k = (float(np.interp(wavelength_nm, wavelengths_nm, column)) for column in (real, imaginary))
    return complex(n, k)


@cache
def _columns(material: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    wavelengths_nm, real, imaginary = np.array(_ROWS[material]).T
    return wavelengths_nm, real, imaginary
