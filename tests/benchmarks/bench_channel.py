"""Channel and background: the figures that the rooms must reach, and how fast many passes go through.

``python tests/benchmarks/bench_channel.py figures`` prints each figure beside what it must be;
``python tests/benchmarks/bench_channel.py speed`` sends 10,000 passes through budget, background and clicks, and makes
fades at 10 kHz for one pass.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np

from passplan.channel.airmass import plane_parallel_airmass
from passplan.channel.aperture_beam import ApertureBeam, axis_gain_db, full_width_urad
from passplan.channel.background import sky_counts_cps
from passplan.channel.diffraction import COLLECTION
from passplan.channel.extinction import airmass, zenith_extinction_db
from passplan.channel.fade_series import gamma_gamma_series, interval_means, joined_series, pointing_series
from passplan.channel.fading import log_normal_averaged_index, log_normal_series
from passplan.channel.fibre import fibre_loss_db, orders_of_magnitude, seconds_per_sifted_bit
from passplan.channel.gamma_gamma import gamma_gamma_shapes
from passplan.channel.pointing_loss import PointingError
from passplan.channel.refraction import apparent_elevation_deg
from passplan.channel.scintillation import aperture_index, large_aperture_index, point_index
from passplan.channel.sky_counts import background_qber, sifted_background_cps
from passplan.channel.turbulence import (
    HufnagelValley,
    fried_parameter_m,
    isoplanatic_angle_urad,
    rytov_variance,
)
from passplan.detection.gating import gate_acceptance
from passplan.mission.catalog import open_catalog
from passplan.mission.channel_path import budget_of
from passplan.mission.flown_cases import DELINGHA_DOWNLINK, MICIUS_UPLINK
from passplan.mission.flown_links import flown_band
from passplan.mission.link import simulate_pass
from passplan.mission.link_batch import PlannedPass, link_of_many
from passplan.mission.selection import Limits, select_by_id
from passplan.mission.uncertainty import QBER
from passplan.mission.validation import loss_deviation_db
from passplan.mission.validation_table import validate
from passplan.orbit.light import light_conditions
from passplan.orbit.track import track
from passplan.units import to_loss_db

REFERENCE = "micius/xinglong/20161219T165213Z"
PASSES, SECONDS = 10_000, 400
RATE_HZ = 10_000
RANGES_KM = [530.0, 645.0, 1000.0, 1200.0, 1600.0]
DIFFRACTION_DB = {  # model, half-angles [urad], receiver [m]; the elliptic column is the limit of a small receiver
    ("gaussian", 5.0, 5.0, 1.0): [11.63, 13.28, 17.03, 18.60, 21.09],
    ("gaussian", 4.5, 5.5, 1e-3): [11.43, 13.14, 16.95, 18.53, 21.03],
    ("top-hat", 5.0, 5.0, 1.0): [14.49, 16.19, 20.00, 21.58, 24.08],
    ("top-hat-from-aperture", 5.0, 5.0, 1.0): [14.96, 16.59, 20.26, 21.80, 24.24],
}
APERTURES = (  # waist [m], obscuration, FULL width [urad], gain [dB]
    (np.inf, 0.0, 4.66, 120.91),
    (np.inf, 0.25, 4.47, 120.35),
    (0.15 / 1.12, 0.0, 5.33, 120.02),
    (0.15 / 1.12, 0.25, 4.96, 119.05),
    (0.054, 0.0, 10.01, 115.04),
    (0.054, 0.25, 7.59, 110.85),
)
VISIBILITY_KM = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0]
VISIBILITY_DB = {848.6: [13.1, 6.94, 3.16, 1.85, 1.04, 0.504], 1550.0: [6.19, 3.26, 1.46, 0.835, 0.45, 0.206]}
TURBULENCE = {  # at 90, 47.8, 30, 19.4, 10 deg, 848.6 nm, as printed
    "r0 [cm]": [9.36, 7.82, 6.17, 4.83, 3.27],
    "Rytov variance": [0.127, 0.220, 0.452, 0.957, 3.14],
    "point index": [0.125, 0.211, 0.399, 0.688, 1.12],
    "index over 1 m": [0.00030, 0.00072, 0.0023, 0.0077, 0.052],
    "its asymptote": [0.00033, 0.00081, 0.0026, 0.0090, 0.063],
}
ERROR_RATES = {  # raw counts [1/s]: QBER [%] at 12, 6.1, 1 kbit/s
    1000.0: [0.56, 0.76, 2.72],
    2000.0: [0.77, 1.15, 4.9],
    100.0: [0.38, 0.40, 0.60],
}


def diffraction():
    """Twenty losses and six telescopes."""
    worst_db = max(np.abs(_diffraction_db(*case) - printed_db).max() for case, printed_db in DIFFRACTION_DB.items())
    yield "diffraction, 5 ranges, 4 models [dB]", "as printed +- 0.01", f"off by {worst_db:.4f}"
    beams = [
        ApertureBeam(aperture_m=0.3, waist_m=waist_m, obscuration=ratio, wavelength_nm=848.6)
        for waist_m, ratio, *_ in APERTURES
    ]
    width = max(abs(full_width_urad(beam) - case[2]) for beam, case in zip(beams, APERTURES, strict=True))
    gain = max(abs(axis_gain_db(beam) - case[3]) for beam, case in zip(beams, APERTURES, strict=True))
    yield "aperture facts, 6 telescopes [urad], [dB]", "as printed +- 0.01", f"off by {width:.4f}, {gain:.4f}"


def _diffraction_db(model, x_urad, y_urad, aperture_m):
    launch = {"launch_aperture_m": 0.3} if model == "top-hat-from-aperture" else {}
    share = COLLECTION[model](
        range_km=RANGES_KM, divergence_x_urad=x_urad, divergence_y_urad=y_urad, aperture_m=aperture_m, **launch
    )
    return to_loss_db(share / aperture_m**2)


def extinction():
    """Airmass and visibility."""
    found = airmass(elevation_deg=[90.0, 30.0, 20.0, 10.0])
    yield "Kasten-Young at 90, 30, 20, 10 deg", "1, 1.994, 2.90, 5.59", ", ".join(f"{x:.3f}" for x in found)
    flat = plane_parallel_airmass(elevation_deg=10.0)
    yield "  the plane-parallel airmass at 10 deg, for comparison", "-", f"{flat:.3f}"
    worst = max(
        np.abs(zenith_extinction_db(wavelength_nm=nm, visibility_km=VISIBILITY_KM) / printed - 1.0).max()
        for nm, printed in VISIBILITY_DB.items()
    )
    yield "visibility table, 6 x 2 [dB/airmass]", "as tabulated", f"off by {worst:.1e} of each"


def turbulence():
    """HV 5/7 and the five rows."""
    air, path = HufnagelValley(), {"elevation_deg": np.array([90.0, 47.8, 30.0, 19.4, 10.0]), "wavelength_nm": 848.6}
    green = {"elevation_deg": 90.0, "wavelength_nm": 500.0}
    r0_cm = 100.0 * fried_parameter_m(air, **green)
    yield (
        "HV 5/7 at 500 nm: r0 [cm], isoplanatic angle [urad]",
        "4.96, 6.89 +- 1 %",
        f"{r0_cm:.3f}, {isoplanatic_angle_urad(air, **green):.3f}",
    )
    rows = {
        "r0 [cm]": 100.0 * fried_parameter_m(air, **path),
        "Rytov variance": rytov_variance(air, **path),
        "point index": point_index(air, **path),
        "index over 1 m": aperture_index(air, aperture_m=1.0, **path),
        "its asymptote": large_aperture_index(air, elevation_deg=path["elevation_deg"], aperture_m=1.0),
    }
    for name, printed in TURBULENCE.items():
        off = np.abs(rows[name] / printed - 1.0)
        yield (
            f"{name}, 5 elevations",
            ", ".join(f"{value:g}" for value in printed),
            ", ".join(f"{value:.3g}" for value in rows[name]) + f" (off by {100.0 * off.max():.2f} %)",
        )


def fading():
    """Scatter of a second's mean: closed form beside a series."""
    for index, correlation_s in ((0.0064, 0.008), (0.05, 0.008), (0.3, 0.010)):
        closed = np.sqrt(log_normal_averaged_index(index=index, correlation_s=correlation_s))
        series = log_normal_series(
            index=index, correlation_s=correlation_s, step_s=1e-3, count=4_000_000, rng=np.random.default_rng(1)
        )
        simulated = interval_means(series, step_s=1e-3).std()
        yield (
            f"scatter of a second's mean, index {index:g} [%]",
            f"{100.0 * closed:.3f} +- 3 %",
            f"{100.0 * simulated:.3f} ({100.0 * (simulated / closed - 1.0):+.1f} %)",
        )


def counting():
    """Gate, sky and error rates."""
    found = 100.0 * gate_acceptance(gate_ns=2.0, timing_sigma_ns=[0.5, 0.529])
    yield "gate of 2 ns, 0.5 and 0.529 ns [%]", "95.4, 94.1", ", ".join(f"{value:.2f}" for value in found)
    counts = sky_counts_cps(
        radiance_w_m2_sr_um=[1.5e-3, 1.5e-4, 1.5e-5, 1.5], aperture_m=1.0, obscuration=0.3, field_of_view_urad=100.0,
        filter_nm=5.0, wavelength_nm=848.6, efficiency=0.16 * 0.5,
    )  # fmt: skip
    yield (
        "sky: full Moon, new Moon, moonless, clear day [1/s]",
        "1.44e4, 1.44e3, 144, 1.44e7",
        ", ".join(f"{value:.4g}" for value in counts),
    )
    for raw_cps, printed in ERROR_RATES.items():
        background = sifted_background_cps(raw_cps=raw_cps, gate_share=0.2)
        qber = [
            100.0 * background_qber(signal_cps=rate, background_cps=background, intrinsic_error=1.0 / 281.0)
            for rate in (12_000.0, 6100.0, 1000.0)
        ]
        yield (
            f"QBER with {raw_cps:g} raw counts/s [%]",
            ", ".join(f"{value:g}" for value in printed),
            ", ".join(f"{value:.3f}" for value in qber),
        )
    fibre_db = fibre_loss_db(length_km=1200.0)
    yield (
        "fibre of 1200 km against 40 dB: orders; years for a bit",
        "20; 6.34e6",
        f"{orders_of_magnitude(loss_db=40.0, other_loss_db=fibre_db):.2f}; "
        f"{seconds_per_sifted_bit(loss_db=fibre_db) / (365.25 * 86_400.0):.3g}",
    )


def regimes():
    """GEO and 1550 nm."""
    for full_urad, aperture_m, printed in ((10.0, 1.0, "48.1, 48.6"), (3.0, 2.5, "29.7, 30.2")):
        share = COLLECTION["gaussian"](
            range_km=[36_000.0, 38_000.0],
            divergence_x_urad=0.5 * full_urad,
            divergence_y_urad=0.5 * full_urad,
            aperture_m=aperture_m,
        )
        yield (
            f"GEO, {full_urad:g} urad into {aperture_m:g} m [dB]",
            f"{printed} +- 0.1",
            ", ".join(f"{value:.2f}" for value in to_loss_db(share)),
        )
    air, clear_km = HufnagelValley(), [5.0, 23.0]
    lost = [zenith_extinction_db(wavelength_nm=nm, visibility_km=clear_km) for nm in (1550.0, 848.6)]
    r0 = [fried_parameter_m(air, elevation_deg=90.0, wavelength_nm=nm) for nm in (1550.0, 848.6)]
    width = [full_width_urad(ApertureBeam(aperture_m=0.3, waist_m=np.inf, wavelength_nm=nm)) for nm in (1550.0, 848.6)]
    yield (
        "1550 nm against 848.6: extinction in dB, r0, divergence",
        "0.4-0.5, 2.06, 1.83",
        f"{lost[0][0] / lost[1][0]:.2f}-{lost[0][1] / lost[1][1]:.2f}, {r0[0] / r0[1]:.3f}, {width[0] / width[1]:.3f}",
    )


def reference_pass():
    """Loss of the reference pass against the digitised curve, the night's visibility free."""
    selection = select_by_id(open_catalog(None), REFERENCE, limits=Limits())
    result = simulate_pass(selection, seed=1)
    best = min((_deviation(result, visibility_km), visibility_km) for visibility_km in np.geomspace(3.0, 60.0, 40))
    yield (
        "reference pass, visibility free: rms to the digitised loss [dB]",
        "< 1.1",
        f"{best[0]:.2f} at {best[1]:.1f} km (mean of both arms)",
    )


def _deviation(result, visibility_km):
    site = replace(result.site, atmosphere=result.site.atmosphere.with_visibility(float(visibility_km)))
    selection = replace(result.selection, site=site)
    apparent_deg = apparent_elevation_deg(elevation_deg=result.track.elevation_deg)
    budget = budget_of(selection, result.track, apparent_deg, result.satellite, result.ground)
    return float(np.mean(list(loss_deviation_db(replace(result, budget=budget)).values())))


def flown():
    """Bands of the links that flew."""
    for link in (DELINGHA_DOWNLINK, MICIUS_UPLINK):
        found = flown_band(link, range_km=link.ranges_km, samples=1000, rng=np.random.default_rng(1))
        for reading, band in found.total_db.items():
            for index, (range_km, printed_db) in enumerate(zip(link.ranges_km, link.printed_db, strict=True)):
                yield (
                    f"{link.name}, {range_km:g} km, {reading} [dB]",
                    f"{printed_db:g}",
                    f"{band.p50[index]:.1f}, 68 % {band.p16[index]:.1f}-{band.p84[index]:.1f}, "
                    f"95 % {band.p2_5[index]:.1f}-{band.p97_5[index]:.1f}: "
                    f"{'inside' if band.holds([printed_db] * len(link.ranges_km))[index] else 'OUTSIDE'}",
                )


def published():
    """Printed error rates of nine passes inside their bands."""
    found = validate(open_catalog(None), "micius", samples=200, jobs=2)
    rates = [check for check in found.checks if check.key == QBER]
    outside = ", ".join(check.subject.split("/")[2] for check in rates if not check.is_inside)
    yield (
        "QBER of nine passes inside the 95 % band; widest ratio",
        "8 of 9; < 3",
        f"{sum(check.is_inside for check in rates)} of {len(rates)}; "
        f"{max(check.width_ratio for check in rates):.2f} (outside: {outside or 'none'})",
    )


def figures() -> None:
    """Print each row: case, must be, reached."""
    for rows in (diffraction, extinction, turbulence, fading, counting, regimes, reference_pass, flown, published):
        for case, asked, reached in rows():
            print(f"{case:<66} | {asked:<34} | {reached}")


def planned(passes: int):
    """So many passes of 400 s: twenty grids of one pass, each with its own light and pointing, again and again."""
    selection = select_by_id(open_catalog(None), REFERENCE, limits=Limits())
    rng, pass_, kinds = np.random.default_rng(7), selection.pass_, []
    for k in range(20):
        start_utc = pass_.culmination_utc + timedelta(seconds=-200.0 + 0.37 * k)
        path = track(pass_.elements, selection.site.station, start_utc=start_utc, time_s=np.arange(float(SECONDS)))
        size = {"size": SECONDS}
        kinds.append(
            PlannedPass(
                track=path,
                light=light_conditions(path, selection.site.station),
                satellite_error=PointingError(
                    bias_x_urad=rng.normal(0.0, 0.3, **size),
                    bias_y_urad=rng.normal(0.0, 0.3, **size),
                    jitter_x_urad=rng.uniform(0.3, 1.2, **size),
                    jitter_y_urad=rng.uniform(0.3, 1.2, **size),
                ),
                ground_error=PointingError(
                    bias_x_urad=rng.normal(0.0, 0.5, **size),
                    jitter_x_urad=rng.uniform(1.0, 2.0, **size),
                    jitter_y_urad=rng.uniform(1.0, 2.0, **size),
                ),
                error_polarization=rng.uniform(0.003, 0.006, **size),
                locked=np.minimum(rng.uniform(0.9, 1.1, **size), 1.0),
            )
        )
    return selection, [kinds[k % len(kinds)] for k in range(passes)]


def drive(passes: int) -> tuple[float, float]:
    """Loss by term, background by cause and clicks of so many passes: seconds by the clock and of the processor.

    Making the tracks is not in them.
    """
    selection, many = planned(passes)
    link_of_many(selection, many[:3])  # tables that all passes share
    clock_s, processor_s = time.perf_counter(), time.process_time()
    link_of_many(selection, many)
    return time.perf_counter() - clock_s, time.process_time() - processor_s


def fades_s() -> float:
    """Seconds of one pass of gamma-gamma fades at 10 kHz, joined with a tracking residual at 2 kHz held in between."""
    rng = np.random.default_rng(3)
    rytov = rytov_variance(HufnagelValley(), elevation_deg=np.linspace(15.0, 60.0, SECONDS), wavelength_nm=848.6)
    alpha, beta = gamma_gamma_shapes(rytov=rytov, aperture_ratio=0.0)
    residual_urad = rng.normal(0.0, 0.6, (2, SECONDS * 2000)).astype(np.float32)
    started = time.perf_counter()
    fades = gamma_gamma_series(
        alpha=alpha, beta=beta, correlation_s=0.008, step_s=1.0 / RATE_HZ, count=SECONDS * RATE_HZ, rng=rng
    )
    _, jitter = pointing_series(
        residual_x_urad=residual_urad[0], residual_y_urad=residual_urad[1], divergence_x_urad=4.5, divergence_y_urad=5.5
    )
    joined_series(fades, np.repeat(jitter, RATE_HZ // 2000))
    return time.perf_counter() - started


def log_normal_s() -> float:
    """Seconds of one pass of log-normal fades at 10 kHz."""
    rng, started = np.random.default_rng(3), time.perf_counter()
    log_normal_series(index=0.01, correlation_s=0.008, step_s=1.0 / RATE_HZ, count=SECONDS * RATE_HZ, rng=rng)
    return time.perf_counter() - started


def speed() -> None:
    """Print the seconds for all passes on one core and on two, and for the fades of one."""
    print(f"{PASSES} passes of {SECONDS} s: budget by term, background by cause, clicks; must be < 10 s on two cores")
    with ProcessPoolExecutor(2) as pool:
        clock_s, processor_s = np.max(list(pool.map(drive, (PASSES // 2, PASSES // 2))), axis=0)
    print(f"two processes: {clock_s:.2f} s by the clock, {processor_s:.2f} s of each processor; tracks not included")
    for name, run in (("log-normal", log_normal_s), ("gamma-gamma with tracking residual", fades_s)):
        run()
        best_s = min(run() for _ in range(3))
        print(f"fades at {RATE_HZ} Hz for {SECONDS} s, {name}: {best_s:.3f} s; must be < 0.2 s")


if __name__ == "__main__":
    {"figures": figures, "speed": speed}[sys.argv[1] if len(sys.argv) > 1 else "figures"]()
