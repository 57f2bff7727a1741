"""Two loops, one behind the other: what the coarse one leaves is what the fine one has to follow. Angles on the sky."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from passplan.apt.design import SampledLoop, camera_response, command_response, hold_response
from passplan.apt.rejection import residual_psd
from passplan.apt.spectrum import Line, Psd, lines_of
from passplan.checks import FloatArray, NonNegative, check_limits

_LINE_IMAGES = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoarseResidual:
    """Spectrum of what a coarse loop leaves; call it with a frequency [Hz]. Its lines have their images.

    loop : the coarse loop, stable
    psd : spectrum of the vibration
    noise_urad : rms error of a reading [urad], >= 0
    """

    loop: SampledLoop
    psd: Psd
    noise_urad: NonNegative

    def __post_init__(self) -> None:
        check_limits(self)

    def __call__(self, frequency_hz: ArrayLike) -> FloatArray:
        """One-sided density per axis [urad^2/Hz], shape (...)."""
        return residual_psd(self.loop, self.psd, frequency_hz, noise_urad=self.noise_urad)

    @property
    def nodes_hz(self) -> FloatArray:
        """Frequencies between which the spectrum is smooth: the images of a slow vibration are narrow [Hz]."""
        own_hz = np.asarray(getattr(self.psd, "nodes_hz", ()), dtype=float)
        images = np.arange(1, 13)[:, None] + np.concatenate((-np.geomspace(1e-3, 0.5, 40), np.geomspace(1e-3, 0.5, 40)))
        return np.unique(np.concatenate((own_hz, images.ravel() * self.loop.rate_hz)))

    @property
    def lines(self) -> tuple[Line, ...]:
        """Lines of the vibration as the loop leaves them, and their images."""
        return tuple(line for seen in lines_of(self.psd) for line in _with_images(self.loop, seen))


def mirror_spectrum(loop: SampledLoop, psd: Psd) -> Psd:
    """Spectrum of the actuator's angle in a loop, at the frequencies of the disturbance, its lines left out."""

    def density(frequency_hz: ArrayLike) -> FloatArray:
        answer = command_response(loop, frequency_hz) * camera_response(loop, frequency_hz)
        return np.abs(answer * hold_response(loop, frequency_hz)) ** 2 * psd(frequency_hz)

    return density


def _with_images(loop: SampledLoop, line: Line) -> list[Line]:
    frequency = np.array([line.frequency_hz])
    answer = command_response(loop, frequency) * camera_response(loop, frequency)
    left = line.rms_urad * float(np.abs(1.0 - answer * hold_response(loop, frequency))[0])
    lines = [Line(frequency_hz=line.frequency_hz, rms_urad=left)]
    for image in (*range(-_LINE_IMAGES, 0), *range(1, _LINE_IMAGES + 1)):
        there = frequency + image * loop.rate_hz
        rms_urad = line.rms_urad * float(np.abs(answer * hold_response(loop, there))[0])
        if there[0] != 0.0:
            lines.append(Line(frequency_hz=float(abs(there[0])), rms_urad=rms_urad))
    return lines
