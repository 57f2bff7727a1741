"""Reading 15,000 objects, never asserted: ``pytest -n 0 --benchmark-enable tests/benchmarks/bench_elements.py``.

The catalogue is made up and seeded. The aim is under 1 s for two-line sets, and for JSON and CSV.
"""

from datetime import UTC, datetime

import numpy as np
import pytest
from element_forms import FORMS, synthetic

from passplan.orbit.elements import histories, parse_elements
from passplan.orbit.plausibility import verdict_of

COUNT = 15_000


@pytest.fixture(scope="module")
def sets():
    return synthetic(COUNT, np.random.default_rng(20260319))


@pytest.mark.parametrize("form", ["named tle", "json", "csv", "kvn", "xml"])
def test_reading(benchmark, sets, form):
    """Text to records, every line and key checked."""
    text = FORMS[form](sets)
    reading = benchmark.pedantic(parse_elements, (text,), {"source": form}, rounds=5)
    assert len(reading.sets) == COUNT


def test_verdicts(benchmark, sets):
    """Age, altitude, plausibility and one SGP4 call for each object, its set-up included."""
    by_object = histories(sets)
    when = datetime(2026, 3, 20, tzinfo=UTC)

    def verdicts():
        return [verdict_of(history, when=when, max_age_days=30.0) for history in by_object.values()]

    assert all(item.go for item in benchmark.pedantic(verdicts, rounds=5))
