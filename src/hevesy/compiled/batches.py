"""A fixed number of batches on a pool of threads."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from hevesy.errors import InputError, Interrupted
from hevesy.progress import SILENT, Control

__all__ = ["run_batches", "thread_count"]

Result = TypeVar("Result")


def thread_count() -> int:
    """How many CPUs this process may use.

    Examples
    --------
    >>> thread_count() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return max(os.cpu_count() or 1, 1)


def run_batches(
    work: Callable[[int], Result],
    count: int,
    *,
    threads: int | None = None,
    control: Control = SILENT,
) -> tuple[Result, ...]:
    """Results of ``work(0)`` to ``work(count - 1)``, in the batches' order.

    The batches run on threads, side by side where `work` spends its time in kernels (they hold no
    lock). What belongs to a batch must depend on its number only: then the results are the same
    bits on one thread and on many.

    Parameters
    ----------
    work : callable
        Takes a batch's number.
    count : int
        Number of batches.
    threads : int, optional
        At least 1; by default the CPUs that this process may use.
    control : Control
        Told of each finished batch; asked between batches whether to stop.

    Returns
    -------
    tuple
        One result for each batch.

    Raises
    ------
    InputError
        Fewer threads than one.
    Interrupted
        The control said stop; batches that had begun were finished, the rest not begun.

    Examples
    --------
    >>> run_batches(lambda batch: batch**2, 4, threads=2)
    (0, 1, 4, 9)
    """
    if threads is not None and threads < 1:
        raise InputError("work needs a thread", got=threads, remedy="give at least 1")
    width = min(threads or thread_count(), max(count, 1))
    pool = ThreadPoolExecutor(max_workers=width)
    try:
        futures = [pool.submit(work, batch) for batch in range(count)]
        for done, future in enumerate(as_completed(futures), 1):
            future.result()
            control.advance(done, count)
            if done < count and control.should_stop():
                raise Interrupted(
                    f"stopped after {done} of {count} batches",
                    remedy="start it again to take the work up from its beginning",
                )
        return tuple(future.result() for future in futures)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
