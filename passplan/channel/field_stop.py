"""Which share of the blurred, moving image passes the round field stop of the receiver."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chndtr

from passplan.channel.pointing_loss import PointingError
from passplan.checks import FloatArray, within

_FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))
_LARGEST_OFFSET = 30.0
_SHORT_SERIES = 1.0  # of bias^2 / 2 s^2, up to which a series of some terms does
_ROUNDING = 1e-15


def field_stop_transmittance(
    error: PointingError, *, field_of_view_urad: ArrayLike, seeing_fwhm_urad: ArrayLike
) -> FloatArray:
    """Mean share of the light inside the field stop.

    Parameters
    ----------
    error : PointingError
        Bias and per-axis jitter of the receiver's line of sight [urad].
    field_of_view_urad : array_like, shape (...)
        FULL field of view of the round stop on the sky [urad], > 0.
    seeing_fwhm_urad : array_like, shape (...)
        Full width at half maximum of the long-exposure image [urad], > 0.

    Returns
    -------
    ndarray, shape (...)
        Transmittance [1], in [0, 1]. Inputs broadcast.

    Raises
    ------
    DomainError
        If an angle is not > 0 or is nan.

    Notes
    -----
    Image and motion are Gaussian with variance s^2 = seeing^2 + (jitter_x^2 + jitter_y^2)/2 per axis, seeing =
    FWHM/2.355; the share within radius r at bias b is the Rice distribution function, 1 - Q1(b/s, r/s), evaluated as a
    non-central chi-square of two degrees of freedom. The mean of two unequal axes is good to second order in their
    difference. A long-exposure image has wider wings than a Gaussian, so a stop under about 3 FWHM loses more; it also
    holds the image motion that a fast tracker takes out, which errs the other way. Bias beyond 30 s outside the stop
    returns 0.
    """
    within("field_of_view_urad", field_of_view_urad, 0.0, np.inf, ends="()")
    within("seeing_fwhm_urad", seeing_fwhm_urad, 0.0, np.inf, ends="()")
    jitter_variance = 0.5 * (np.square(error.jitter_x_urad) + np.square(error.jitter_y_urad))
    sigma_urad = np.sqrt(np.square(np.divide(seeing_fwhm_urad, _FWHM_PER_SIGMA)) + jitter_variance)
    radius = 0.5 * np.asarray(field_of_view_urad, dtype=float) / sigma_urad
    offset = np.hypot(error.bias_x_urad, error.bias_y_urad) / sigma_urad
    # Far inside or outside the answer is 1 or 0 to rounding, and the series of the distribution would be long.
    near = np.abs(radius - offset) < _LARGEST_OFFSET
    share = _rice(0.5 * np.where(near, radius, 1.0) ** 2, 0.5 * np.where(near, offset, 0.0) ** 2)
    return np.clip(np.where(near, share, radius > offset), 0.0, 1.0)


def _rice(half_radius2: FloatArray, half_offset2: FloatArray) -> FloatArray:
    """Rice distribution function within r at offset b, both in s, from r^2/2 and b^2/2.

    1 - exp(-(r^2 + b^2)/2) sum_j (b^2/2)^j/j! sum_(i <= j) (r^2/2)^i/i!, which leaves out less than
    (b^2/2)^(j+1)/(j+1)!; for a wide offset by the library.
    """
    radius2, offset2 = np.broadcast_arrays(half_radius2, half_offset2)
    wide = offset2 > _SHORT_SERIES
    small2 = np.where(wide, 0.0, offset2)
    most = float(np.max(small2, initial=0.0))
    beside, left, order = np.ones(radius2.shape), most, 1
    inner, outer, power = np.ones(radius2.shape), np.ones(radius2.shape), np.ones(radius2.shape)
    while left > _ROUNDING:
        power = power * radius2 / order
        outer = outer * small2 / order
        inner = inner + power
        beside = beside + outer * inner
        order += 1
        left *= most / order
    share = np.asarray(1.0 - np.exp(-radius2 - small2) * beside)
    if np.any(wide):
        share[wide] = chndtr(2.0 * radius2[wide], 2.0, 2.0 * offset2[wide])
    return share
