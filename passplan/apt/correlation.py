"""How long the pointing residual remembers: what one second of fades averages out."""

import numpy as np

from passplan.apt.residual import TerminalTrack, second_of_step

_LONGEST = 2**17  # samples; about a minute at 2 kHz, thousands of times the memory of a fine loop


def fade_correlation_s(track: TerminalTrack) -> float:
    """1/e time [s] of the autocorrelation of the squared radial residual, in the seconds of full lock.

    Near the beam's axis the loss is proportional to the squared residual, so this is the correlation time of the fades
    that the jitter causes. It is the integral of the autocorrelation up to its first fall below 1/e^2, which for an
    exponential is 1/e time times (1 - 1/e^2). Without a second of full lock the step of the series is returned.
    """
    seconds = second_of_step(track.residual_x_urad.size, step_s=track.residual_step_s, seconds=track.time_s.size)
    locked = (track.locked == 1.0)[seconds]
    x, y = track.residual_x_urad[locked][:_LONGEST], track.residual_y_urad[locked][:_LONGEST]
    if x.size < 2:
        return track.residual_step_s
    square = (x - x.mean()).astype(float) ** 2 + (y - y.mean()).astype(float) ** 2
    spectrum = np.abs(np.fft.rfft(square - square.mean(), n=2 * square.size)) ** 2
    memory = np.fft.irfft(spectrum)[: square.size]
    memory /= memory[0]
    cut = np.exp(-2.0)
    end = int(np.argmax(memory < cut)) or 1
    return float(track.residual_step_s * (memory[:end].sum() - 0.5) / (1.0 - cut))
