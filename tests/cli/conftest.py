"""What the commands' tests share: a pass that several commands ask for is simulated once by each test process."""

import pickle
from dataclasses import fields

import pytest

_RESULTS = {}


@pytest.fixture(autouse=True)
def _no_pass_is_simulated_twice(monkeypatch):
    """The same selection, seed and options give the same bytes: tests/mission/test_reference_pass.py."""
    from passplan.mission import link
    from passplan.mission.result import PassPath

    simulate = link.simulate_pass

    def remembered(selection, *, seed, options=None, executor=None, meanwhile=lambda path: None):
        key = pickle.dumps((selection, seed, options))
        if key not in _RESULTS:
            _RESULTS[key] = simulate(selection, seed=seed, options=options, executor=executor, meanwhile=meanwhile)
        else:
            known = _RESULTS[key]
            meanwhile(PassPath(**{field.name: getattr(known, field.name) for field in fields(PassPath)}))
        return _RESULTS[key]

    monkeypatch.setattr(link, "simulate_pass", remembered)


@pytest.fixture
def few_plots(monkeypatch):
    """A report with one plot drawn before the tracking and one after it; tests/report draws all of them."""
    from passplan.report import drawing

    monkeypatch.setattr(drawing, "PATH_PLOTS", {"sky": drawing.PATH_PLOTS["sky"]})
    monkeypatch.setattr(drawing, "PLOTS", {name: drawing.PLOTS[name] for name in ("sky", "loss")})
