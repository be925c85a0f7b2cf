"""A fixed number of batches on a pool of threads."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from hevesy.errors import InputError, Interrupted
from hevesy.progress import SILENT, Control

__all__ = ["reduce_batches", "run_batches", "thread_count"]

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


def reduce_batches(
    work: Callable[[int], Result],
    reduce: Callable[[Result], None],
    count: int,
    *,
    threads: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Run ``work(0)`` to ``work(count - 1)`` on threads and hand each result to `reduce` in order.

    Only as many results as threads are held at a time. `reduce` is called by one thread at a time,
    always in the batches' order, so sums have the same bits on one thread and on many.

    Parameters
    ----------
    work : callable
        Takes a batch's number.
    reduce : callable
        Takes a batch's result.
    count : int
        Number of batches.
    threads : int, optional
        At least 1; by default the CPUs that this process may use.
    should_stop : callable
        Asked before each batch; those that have begun are finished and handed over.

    Returns
    -------
    bool
        Whether all batches were done.

    Raises
    ------
    InputError
        Fewer threads than one.

    Examples
    --------
    >>> seen = []
    >>> reduce_batches(lambda batch: batch**2, seen.append, 5, threads=2), seen
    (True, [0, 1, 4, 9, 16])
    """
    if threads is not None and threads < 1:
        raise InputError("work needs a thread", got=threads, remedy="give at least 1")
    turn = threading.Condition()
    started, reduced = 0, 0
    failures: list[BaseException] = []

    def loop() -> None:
        nonlocal started, reduced
        while True:
            with turn:
                if started >= count or failures or should_stop():
                    return
                batch = started
                started += 1
            try:
                result = work(batch)
                with turn:
                    while reduced != batch and not failures:
                        turn.wait()
                    if failures:
                        return
                    reduce(result)
                    reduced += 1
                    turn.notify_all()
            except BaseException as failure:  # noqa: BLE001 - raised again in the caller's thread
                with turn:
                    failures.append(failure)
                    turn.notify_all()
                return

    width = min(threads or thread_count(), max(count, 1))
    others = [threading.Thread(target=loop, daemon=True) for _ in range(width - 1)]
    for other in others:
        other.start()
    loop()
    for other in others:
        other.join()
    if failures:
        raise failures[0]
    return reduced == count
