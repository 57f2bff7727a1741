"""A second process that tracks while this one does other work, so that the first run of all waits less.

Compiling the tracking loop takes some seconds. The second process does so from the moment a command is called;
meanwhile this one reads the catalogue, finds the pass and loads the plotting library.
"""

import io
import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

import click

from passplan.apt.compilation import compile_now, is_compiled

AS_PROGRAM = "program"  # the root context's object when passplan itself was started, not called


def compile_fast() -> None:
    """Have numba's compiler optimise once over: a sixth less time to compile, and the loop runs as fast."""
    os.environ.setdefault("NUMBA_OPT", "1")


@contextmanager
def tracking_process() -> Iterator[Executor | None]:
    """One process that compiles the loop.

    None on a single core, when the loop stands compiled in this process, and when the command was called by another
    program: a new process would import that program's script, which may not expect it.
    """
    context = click.get_current_context(silent=True)
    ours = context is not None and context.find_root().obj == AS_PROGRAM
    if not ours or (os.cpu_count() or 1) < 2 or is_compiled():
        yield None
        return
    executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=compile_fast)
    try:
        executor.submit(compile_now)
        yield executor
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()  # whoever waits for an error or has pressed Ctrl-C shall not wait for a compiler
        raise
    finally:
        executor.shutdown(wait=False, cancel_futures=True)  # it ends by itself, while the result is drawn


def load_plotting() -> threading.Thread:
    """Load the plotting library and its fonts in a thread; return it."""

    def load() -> None:
        from matplotlib.figure import Figure

        figure = Figure()
        figure.add_subplot().set_title("fonts")
        figure.savefig(io.BytesIO(), format="png")

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    return thread
