"""Speed and law of fades at 10 kHz for one pass: ``python tests/benchmarks/bench_fades.py [speed|law]``.

``speed`` prints the best of several runs, in seconds on one core: scintillation, the tracking residual's own fades, and
their product, for the 373 s of a pass above 10 deg. ``law`` prints what the series do to mean, index and quantiles.
"""

import sys
import time

import numpy as np

from passplan.channel.fade_series import gamma_gamma_series, joined_series, pointing_series
from passplan.channel.fading import log_normal_series
from passplan.channel.gamma_gamma import gamma_gamma_cdf, gamma_gamma_index, shapes_for_index
from passplan.channel.scintillation import aperture_index
from passplan.channel.turbulence import HufnagelValley

SECONDS, RATE_HZ, CORRELATION_S = 373, 10_000, 8e-3
LIMIT_S = 0.2
TIMING = {"correlation_s": CORRELATION_S, "step_s": 1.0 / RATE_HZ, "count": SECONDS * RATE_HZ}


def index_of_pass():
    """Scintillation index of a 1 m aperture for each second of a pass that culminates at 48 deg."""
    rise_deg = np.linspace(10.0, 47.8, SECONDS // 2)
    elevation_deg = np.concatenate([rise_deg, [47.8], rise_deg[::-1]])
    return aperture_index(HufnagelValley(), elevation_deg=elevation_deg, wavelength_nm=848.6, aperture_m=1.0)


def best_s(run, times=9):
    """Shortest of several runs [s]."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return min(found)


def speed():
    """Print seconds for each part and for each pass."""
    rng, index = np.random.default_rng(1), index_of_pass()
    alpha, beta = shapes_for_index(index=index)
    x_urad, y_urad = rng.normal(0.3, 1.2, TIMING["count"]), rng.normal(0.0, 1.2, TIMING["count"])

    def pointing():
        return pointing_series(
            residual_x_urad=x_urad, residual_y_urad=y_urad, divergence_x_urad=5.0, divergence_y_urad=5.5
        )[1]

    laws = {
        "log-normal": lambda: log_normal_series(index=index, rng=rng, **TIMING),
        "gamma-gamma": lambda: gamma_gamma_series(alpha=alpha, beta=beta, rng=rng, **TIMING),
        "gamma-gamma, two times": lambda: gamma_gamma_series(
            alpha=alpha, beta=beta, rng=rng, correlation_small_s=2e-3, **TIMING
        ),
    }
    print(f"{'pointing alone':<40}{best_s(pointing):8.3f} s")
    for name, law in laws.items():
        print(f"{name + ' alone':<40}{best_s(law):8.3f} s")
        whole_s = best_s(lambda law=law: joined_series(law(), pointing()))
        print(f"{name + ' x pointing':<40}{whole_s:8.3f} s, wanted < {LIMIT_S} s")


def law():
    """Print mean, index and shares below three levels of long series, beside the exact ones."""
    rng = np.random.default_rng(2)
    for alpha, beta in ((4.0, 2.5), (60.0, 40.0)):
        shapes = {"alpha": alpha, "beta": beta}
        fade = gamma_gamma_series(**shapes, correlation_s=8e-3, step_s=8e-3, count=4_000_000, rng=rng)
        print(f"shapes {alpha:g}, {beta:g}: mean {fade.mean():.5f}, index {fade.var():.5f}, exact", end=" ")
        print(f"{float(gamma_gamma_index(**shapes)):.5f}")
        for level in (0.5, 0.8, 1.2):
            print(f"  below {level}: {np.mean(fade < level):.5f}, exact {float(gamma_gamma_cdf(level, **shapes)):.5f}")


if __name__ == "__main__":
    {"speed": speed, "law": law}[sys.argv[1] if len(sys.argv) > 1 else "speed"]()
