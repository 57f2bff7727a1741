"""Key lengths and the speed of their optimiser: ``python tests/benchmarks/bench_key.py [figures|speed]``.

``figures`` prints the optima found beside those of two other programs (tests/reference/finite_key_optima.csv and
satquma_optima.csv). ``speed`` prints the best of several runs on one core: one evaluation from counts to a key length
and one hundred blocks at once, under every proof; one optimum; one with its window; a loss sweep of 50 points.
"""

import sys
import time

import numpy as np
from key_passes import r4_pass, satquma_pass, table

from passplan.qkd.block import Blocks, block_of
from passplan.qkd.gain import counts_of_block, expected_blocks, response_of
from passplan.qkd.key_length import PROOFS, TERMS
from passplan.qkd.optimize import optimise
from passplan.qkd.optimum import Task
from passplan.qkd.proof_chernoff import SATQUMA_OPTIONS
from passplan.qkd.settings import KeySettings, Options
from passplan.qkd.sweep import sweep_loss

EVALUATION_US, BLOCKS_MS, OPTIMUM_S, SWEEP_S = 100.0, 1.0, 0.2, 8.0
INTENSITIES, PROBABILITIES = (0.56, 0.24, 0.0), (0.5, 0.34, 0.16)
CAPPED = Options(cap_errors=True)
METHODS = {
    "lim_hoeffding_fung": ("lim2014", CAPPED),
    "lim_hoeffding_serfling": ("lim2014", Options(cap_errors=True, sampling="serfling")),
    "lim2014_hoeffding_fung_noVclip": ("lim2014", Options()),
    "chernoffYin_fung": ("chernoff", CAPPED),
    "chernoffYin_yin": ("chernoff", Options(cap_errors=True, sampling="yin")),
    "tupkary_var_serfling": ("tupkary_variable_length", Options()),
    "rusca_1decoy_fung": ("rusca2018_1decoy", Options()),
    "wiesemann_1decoy_serfling_vac": ("wiesemann2026_1decoy", Options(with_vacuum=True)),
    "wiesemann_1decoy_fung_vac": ("wiesemann2026_1decoy", Options(with_vacuum=True, sampling="fung")),
}


def best_s(run, times=5):
    """Shortest processor time of several runs [s]."""
    found = []
    for _ in range(times):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return min(found)


def found_for(channel, proof, options, bob=None, **more):
    """Optimum of a pass with a fixed seed."""
    settings, rng = KeySettings(options=options), np.random.default_rng(1)
    return optimise(channel, proof=proof, settings=settings, bob_key_probability=bob, rng=rng, **more)


def line(name, found, printed):
    """One row of the table."""
    bits = found.key.secret_bits
    share = f"{bits / printed - 1.0:+.1e}" if printed else ""
    print(f"{name:<44}{bits:>13,}{printed:>13,.0f}{share:>10}{found.gap_bits:>10.3f}")


def figures():
    """Print optima, those of others, the relative difference, and the gap between the best seeds."""
    print(f"{'pass, proof':<44}{'found, bit':>13}{'other, bit':>13}{'':>10}{'gap, bit':>10}")
    for row in table("finite_key_optima.csv"):
        proof, options = METHODS[row["method"]]
        bob = float(row["bob_key_probability"]) if row["bob_key_probability"] else None
        peak = 10.0 ** (-0.1 * float(row["peak_loss_db"])) if row["peak_loss_db"] else 6.578279e-4
        channel = r4_pass(peak=peak, optical_error=float(row["optical_error"]))
        line(row["id"], found_for(channel, proof, options, bob), float(row["secret_bits"]))
    for row in table("satquma_optima.csv"):
        name = f"{row['pass']} {row['excess_loss_db']} dB {row['bounds']}"
        line(name, found_for(satquma_pass(row), "chernoff", SATQUMA_OPTIONS), float(row["secret_bits"]))


def evaluation(name):
    """Print how long one proof takes for one block and for a hundred."""
    settings, response = KeySettings(), response_of(r4_pass())
    number = Task(proof=name, settings=settings, bob_key_probability=None).intensities
    shares = np.array(PROBABILITIES[:number]) / sum(PROBABILITIES[:number])
    blocks = expected_blocks(
        response,
        intensities=np.tile(INTENSITIES[:number], (100, 1)),
        probabilities=np.tile(shares, (100, 1)),
        alice_key_probability=np.linspace(0.5, 0.9, 100),
        bob_key_probability=0.9,
    )
    counts = counts_of_block(Blocks(**{name: getattr(blocks, name)[80] for name in Blocks.__dataclass_fields__}))
    terms, proof = TERMS[name], PROOFS[name]
    one_us = 1e6 / 200 * best_s(lambda p=proof, c=counts: [p(c, settings=settings) for _ in range(200)])
    raw_us = 1e6 / 200 * best_s(lambda t=terms, c=counts: [t(block_of(c), settings=settings) for _ in range(200)])
    many_ms = 1e3 / 50 * best_s(lambda t=terms, b=blocks: [t(b, settings=settings) for _ in range(50)])
    print(
        f"{name:<26} counts to key {one_us:7.0f} us, wanted < {EVALUATION_US:g}; terms {raw_us:5.0f} us; "
        f"100 blocks {many_ms:6.2f} ms, wanted < {BLOCKS_MS:g}"
    )


def speed():
    """Print processor times beside their limits."""
    settings = KeySettings()
    for name in TERMS:
        evaluation(name)
    for name in ("lim2014", "chernoff", "rusca2018_1decoy", "wiesemann2026_1decoy", "tupkary_variable_length"):
        plain_s = best_s(lambda n=name: found_for(r4_pass(), n, Options()))
        window_s = best_s(lambda n=name: found_for(r4_pass(), n, Options(), optimise_window=True))
        print(f"{name:<26} optimum {plain_s:6.3f} s, wanted < {OPTIMUM_S:g}; with its window {window_s:6.3f} s")
    task, losses_db = Task(proof="lim2014", settings=settings, bob_key_probability=None), np.arange(20.0, 45.0, 0.5)

    def sweep():
        return sweep_loss(r4_pass(), loss_db=losses_db, task=task, rng=np.random.default_rng(1))

    print(f"{'lim2014':<26} {losses_db.size} losses {best_s(sweep, 2):6.2f} s, wanted < {SWEEP_S:g}")


if __name__ == "__main__":
    {"figures": figures, "speed": speed}[sys.argv[1] if len(sys.argv) > 1 else "speed"]()
