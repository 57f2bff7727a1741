"""Work spread over several processes."""

import multiprocessing
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from passplan.checks import within

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
    program needs the usual guard ``if __name__ == "__main__"``.
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
        pool = context.Pool(processes, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN))
    try:
        yield pool.imap
        pool.close()
    except BaseException:
        pool.terminate()
        raise
    finally:
        pool.join()
