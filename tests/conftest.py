"""Fixtures that several rooms' tests share."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("desk", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("desk")


@pytest.fixture
def rng():
    """A generator with a fixed seed."""
    return np.random.default_rng(20161219)


@pytest.fixture(scope="session")
def checkout():
    """The folder that holds pyproject.toml."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def package(checkout):
    """The package's source folder in the checkout."""
    return checkout / "passplan"


@pytest.fixture(autouse=True)
def _own_data_folder_is_empty(monkeypatch, tmp_path_factory):
    """A developer's own catalogue must not change a test."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.getbasetemp() / "no-data"))


@pytest.fixture(scope="session")
def catalog():
    """The bundled catalogue alone."""
    from passplan.mission.catalog import Catalog, bundled_folder

    return Catalog((bundled_folder(),))


@pytest.fixture(scope="session")
def reference_selection(catalog):
    """Micius over Xinglong on 2016-12-19: Liao et al., Nature 549, 43 (2017), Figs 2 to 4."""
    from passplan.mission.selection import Limits, select_by_id

    return select_by_id(catalog, "micius/xinglong/20161219T1652", limits=Limits())


@pytest.fixture(scope="session")
def reference(reference_selection):
    """That pass, simulated."""
    from passplan.mission.link import simulate_pass

    return simulate_pass(reference_selection, seed=20161219)
