"""The commands run in this process here; a second one that compiles would only cost time."""

import pytest

from passplan.apt.compilation import compile_now


@pytest.fixture(scope="session", autouse=True)
def _loop_is_compiled():
    compile_now()
