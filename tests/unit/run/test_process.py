"""The time limit of a worker, whose pipe gives what a test has put there."""

import pytest

from sizewise.domain import Status
from sizewise.run import process
from sizewise.run.messages import Done, Prepare, Working
from sizewise.run.process import Limits, WorkerLostError, WorkerProcess


class Clock:
    """Time that passes only while something is waited for."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


class Pipe:
    """Gives events, each some seconds after the one before."""

    def __init__(self, clock, *events):
        self.clock, self.events = clock, list(events)

    def send(self, command):
        pass

    def poll(self, seconds):
        delay, _ = self.events[0]
        self.clock.now += min(delay, seconds)
        return delay <= seconds

    def recv(self):
        return self.events.pop(0)[1]


@pytest.fixture
def ask(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(process, "time", clock)
    monkeypatch.setattr(process, "START_SECONDS", 100.0)
    monkeypatch.setattr(WorkerProcess, "kill", lambda self: None)

    def start(*events):
        worker = WorkerProcess.__new__(WorkerProcess)
        worker._limits, worker._is_new = Limits(10.0), True
        worker._commands = worker._events = Pipe(clock, *events)
        return worker.ask(Prepare((), ()))

    return start


def test_start_and_warming_up_are_no_part_of_a_jobs_time(ask):
    events = [
        (90, Working(("a", "b"), process.WARMING_UP)),
        (90, Working(("a", "b"), "opening")),
        (9, Done()),
    ]
    assert list(ask(*events)) == [event for _, event in events]


def test_stages_of_the_same_jobs_share_their_time(ask):
    events = [
        (1, Working(("a", "b"), "opening")),
        (6, Working(("a", "b"), "freezing")),
        (6, Done()),
    ]
    with pytest.raises(WorkerLostError, match="time limit of 10 s") as caught:
        list(ask(*events))
    assert caught.value.status is Status.TIMEOUT


def test_each_job_has_its_time(ask):
    events = [(1, Working(("a",), "encoding")), (6, Working(("b",), "encoding")), (6, Done())]
    assert len(list(ask(*events))) == 3


def test_no_worker_starts_for_ever(ask):
    with pytest.raises(WorkerLostError, match="time limit of 110 s"):
        list(ask((120, Done())))
