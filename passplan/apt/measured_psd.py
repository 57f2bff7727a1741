"""Spectrum of a series that was measured or simulated, by Welch's method."""

from math import inf

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.errors import DomainError

_FEWEST = 8


def longest_stretch(mask: ArrayLike) -> slice:
    """Longest run of true values of a mask, shape (n,); the first of equals, and an empty slice where none is true."""
    flags = np.concatenate(([False], np.asarray(mask, dtype=bool), [False])).astype(np.int8)
    edges = np.diff(flags)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if not starts.size:
        return slice(0, 0)
    longest = int(np.argmax(ends - starts))
    return slice(int(starts[longest]), int(ends[longest]))


def measured_psd(
    series_urad: ArrayLike, step_s: float, *, locked: ArrayLike | None = None, segment_s: float | None = None
) -> tuple[FloatArray, FloatArray]:
    """One-sided spectrum of a series.

    Parameters
    ----------
    series_urad : array_like, shape (..., n)
        Angle [urad] at equal steps.
    step_s : float
        The step [s], > 0.
    locked : array_like of bool, shape (n,), optional
        Samples that may be used; of these the longest unbroken stretch is. All by default.
    segment_s : float, optional
        Length of the segments that are averaged [s]; by default an eighth of the stretch. The lowest frequency is its
        inverse.

    Returns
    -------
    frequency_hz : ndarray, shape (m,)
        Frequencies [Hz], from 1/segment to 1/(2 step); that of the mean is left out.
    psd : ndarray, shape (..., m)
        One-sided density [urad^2/Hz]. Its sum times the resolution is the mean square of the series about the mean of
        each segment, weighted by the window, but for what leaks from the lowest frequencies to zero.

    Raises
    ------
    DomainError
        If the mask has another length, a sample is not finite, the stretch or the segment has fewer than 8 samples,
        or the segment is longer than the stretch.

    Notes
    -----
    Hann windows, half overlapping, the mean of each segment taken out (Welch, IEEE Trans. Audio Electroacoust. 15, 70,
    1967).
    """
    within("step_s", step_s, 0.0, inf, ends="()")
    series = np.asarray(series_urad)
    if locked is not None:
        if np.shape(locked) != series.shape[-1:]:
            raise DomainError(f"locked has shape {np.shape(locked)}, must be {series.shape[-1:]}, one flag a sample")
        series = series[..., longest_stretch(locked)]
    count = series.shape[-1]
    within("samples in the longest stretch", count, _FEWEST, inf)
    within("series_urad", series, -inf, inf, ends="()")
    length = max(count // 8, _FEWEST) if segment_s is None else round(segment_s / step_s)
    within("samples in a segment", length, _FEWEST, count)
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
    starts = range(0, count - length + 1, max(length // 2, 1))
    power = np.zeros((*series.shape[:-1], length // 2 + 1))
    for start in starts:
        piece = series[..., start : start + length].astype(float)
        piece -= piece.mean(axis=-1, keepdims=True)
        power += np.abs(np.fft.rfft(piece * window, axis=-1)) ** 2
    power *= 2.0 * step_s / (len(starts) * np.sum(window * window))
    if length % 2 == 0:
        power[..., -1] *= 0.5  # the line at half the rate has no twin of negative frequency
    frequency_hz: FloatArray = np.fft.rfftfreq(length, step_s)[1:].astype(np.float64)
    return frequency_hz, power[..., 1:]
