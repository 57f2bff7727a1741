"""Speed, shown and never asserted: ``pytest -n 0 --benchmark-enable tests/benchmarks/bench_speed.py``.

The cold demo is a fresh process with an empty compile cache, as the first run of a new installation.
"""

import os
import subprocess
import sys

from passplan.mission.link import simulate_pass


def command(*words, folder, cache):
    """Run the program in a fresh process."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "MPLBACKEND": "agg"}
    subprocess.run(
        [sys.executable, "-m", "passplan", *words], cwd=folder, env=environment, check=True, capture_output=True
    )


def test_one_simulated_pass_warm(benchmark, reference_selection, reference):
    """417 s, both terminals, 2 kHz fine loops, loss, polarization, clicks and key."""
    result = benchmark.pedantic(simulate_pass, (reference_selection,), {"seed": 1}, rounds=5)
    assert result.sifted_bits.size == reference.sifted_bits.size


def test_cold_demo(benchmark, tmp_path):
    """A fresh process each time, with nothing compiled."""
    caches = iter(range(100))
    benchmark.pedantic(lambda: command("demo", folder=tmp_path, cache=tmp_path / f"cache-{next(caches)}"), rounds=3)
    assert (tmp_path / "passplan-demo" / "report.html").is_file()


def test_help(benchmark, tmp_path):
    """``passplan --help`` in a fresh process."""
    benchmark.pedantic(lambda: command("--help", folder=tmp_path, cache=tmp_path), rounds=5)
