"""Jobs survive the process that asked for them; dead ones are recognised."""

from datetime import timedelta

import pytest

from hevesy.errors import RecordError
from hevesy.store import STALE_S, JobTable, Store
from tests.store.conftest import Clock


def test_a_job_from_its_asking_to_its_end(store: Store) -> None:
    jobs = JobTable(store)
    name = jobs.queue("dose", {"administration": "A1"}, asked_by="yann")
    assert (jobs.find(name).state, jobs.find(name).request) == ("queued", {"administration": "A1"})
    jobs.start(name, host="here", pid=5)
    with pytest.raises(RecordError, match="not where it was thought"):
        jobs.start(name, host="there", pid=6)  # only one process takes it up
    assert jobs.progress(name, stage="reading", done=1, total=3) is False
    assert (jobs.find(name).done, jobs.find(name).total) == (1, 3)
    jobs.finish(name, state="done")
    assert not jobs.find(name).open
    with pytest.raises(RecordError, match="has ended"):
        jobs.cancel(name)
    with pytest.raises(RecordError, match="no such job"):
        jobs.find("job-9")


def test_cancelling(store: Store) -> None:
    jobs = JobTable(store)
    queued, running = (jobs.queue("dose", {}, asked_by="yann") for _ in range(2))
    assert jobs.cancel(queued).state == "cancelled"
    jobs.start(running, host="here", pid=5)
    assert jobs.cancel(running).state == "running"
    assert jobs.progress(running, stage="transport") is True
    jobs.finish(running, state="cancelled")
    assert [job.state for job in jobs.all()] == ["cancelled", "cancelled"]


def test_dead_jobs_are_recognised(store: Store, clock: Clock) -> None:
    jobs = JobTable(store)
    here, elsewhere, dead = (jobs.queue("dose", {}, asked_by="yann") for _ in range(3))
    for name, host, pid in ((here, "here", 1), (elsewhere, "there", 2), (dead, "here", 3)):
        jobs.start(name, host=host, pid=pid)
    assert jobs.fail_stale(host="here", is_alive=lambda pid: pid == 1) == (dead,)
    assert jobs.find(dead).outcome == "its process ended without a word"
    clock.now += timedelta(seconds=STALE_S + 60)
    jobs.progress(here, stage="still at it")
    assert jobs.fail_stale(host="here", is_alive=lambda _: True) == (elsewhere,)
    assert jobs.find(here).state == "running"
