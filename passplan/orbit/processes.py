"""Work spread over several processes."""

import multiprocessing
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from passplan.checks import within

_WATCH_S = 1.0

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


@contextmanager
def spread_over(processes: int) -> Iterator[Map]:
    """A map over that many processes, in order; within this one when there is but one.

    Raises
    ------
    DomainError
        If ``processes`` is below 1.

    Notes
    -----
    The processes are forked where the system can, which takes milliseconds; elsewhere they start anew, and the caller's
    program needs the usual guard ``if __name__ == "__main__"``. They end with this process, also when it is killed.
    """
    within("processes", processes, 1, float("inf"), ends="[)")
    if processes == 1:
        yield map
        return
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else None)
    with warnings.catch_warnings():
        # Newer Pythons warn of forks beside threads. Those here are the idle ones of the linear algebra library, which
        # looks after them itself.
        warnings.simplefilter("ignore", DeprecationWarning)
        pool = context.Pool(processes, initializer=_stand_by, initargs=(os.getpid(),))
    try:
        yield pool.imap
        pool.close()
    except BaseException:
        pool.terminate()
        raise
    finally:
        pool.join()


def _stand_by(parent: int) -> None:
    """Leave interrupts to the parent, and end when it has ended: a killed parent cannot tell its processes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(1)
