"""What a run costs besides its work: fakes in place of TensorFlow and Node, real processes."""

import time
from statistics import median

import pytest

from sizewise.domain import Encoding, Target, Transform
from sizewise.run import RunOptions, run_suite
from support import crew
from support.stages import ENCODINGS, TRANSFORMS, make_suite


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a suite with fake workers; seconds of wall-clock time."""
    monkeypatch.setenv("SIZEWISE_CACHE", str(tmp_path / "cache"))

    def start(suite, *faults, **options):
        crew.fake_workers(monkeypatch, *faults)
        began = time.perf_counter()
        run_suite(suite, output=tmp_path / "runs", options=RunOptions(**options))
        return time.perf_counter() - began

    return start


def jobs(count):
    """A suite of that many jobs, eight a model."""
    return make_suite(*(f"net{number}" for number in range(count // 8)))


def test_cost_of_a_job(benchmark, run, ratio):
    """The first 8 jobs pay for the start of the worker; what comes on top is the engine's.

    That start, a good second, is most of a run of 100 jobs: medians of several runs, the first of
    which imports what this process still lacks and does not count.
    """
    run(jobs(8), fresh=True)
    start = median(run(jobs(8), fresh=True) for _ in range(5))
    seconds = {
        count: median(run(jobs(count), fresh=True) for _ in range(rounds)) - start
        for count, rounds in ((104, 5), (1008, 1))
    }
    benchmark.pedantic(lambda: run(jobs(104), fresh=True), rounds=3)
    each = {count: 1000 * taken / (count - 8) for count, taken in seconds.items()}
    ratio("engine's cost of a job, 1,000 jobs", "none", each[1008], at_most=20, unit="ms")
    ratio("a job in a suite of 1,000", "in one of 100", each[1008] / each[104], at_most=1.2)


def test_unchanged_suite(benchmark, run, ratio):
    """What the store has costs reading it: 48 jobs of two models, six groups."""
    transforms = (*TRANSFORMS, Transform((), given_name="again"))
    suite = make_suite("one", "two", "three", "four", transforms=transforms)
    run(suite)
    taken = median(run(suite) for _ in range(3))
    benchmark.pedantic(lambda: run(suite), rounds=3)
    ratio("48 jobs that the store has", "none", taken, at_most=2, unit="s")


def test_two_workers(benchmark, run, ratio):
    """Eight groups whose work keeps a core busy for a second and more each.

    The start of the workers counts on both sides. A run of each comes first and does not count;
    then they take turns, so that whatever else the machine does meets both, and the medians are
    compared.
    """
    encodings = {Target.TFJS: ENCODINGS[Target.TFJS]}
    suite = make_suite(
        *(f"net{number}" for number in range(8)), transforms=(Transform(),), encodings=encodings
    )

    def seconds(*faults, workers):
        return run(suite, *faults, fresh=True, workers=workers)

    for workers in (1, 2):
        seconds(workers=workers)
    faults = ["encode/uint8@tfjs=busy", "encode/float32@tfjs=busy"]
    taken = {1: [], 2: []}
    for _ in range(3):
        for workers, runs in taken.items():
            runs.append(seconds(*faults, workers=workers))
    benchmark.extra_info["seconds"] = taken
    benchmark.pedantic(lambda: seconds(*faults, workers=2), rounds=1)
    alone, together = (median(runs) for runs in taken.values())
    ratio("8 groups on 2 workers", "1 worker", alone / together, at_least=1.7)


def test_encodings(benchmark, run, ratio):
    """What an encoding costs on top of others of its model: as much among many as among few.

    One costs a few milliseconds, and a run, which starts a process, varies by tens of them: only
    scores of encodings tell.
    """

    def seconds(count):
        mixed = (Encoding(f"mixed{number}", {"uint8": ("*",)}) for number in range(count))
        suite = make_suite(transforms=(Transform(),), encodings={Target.TFJS: tuple(mixed)})
        return median(run(suite, fresh=True) for _ in range(3))

    taken = {count: seconds(count) for count in (1, 2, 4, 8, 16, 64, 128)}
    benchmark.extra_info["seconds"] = taken
    benchmark.pedantic(lambda: seconds(16), rounds=1)
    few, many = (taken[64] - taken[1]) / 63, (taken[128] - taken[64]) / 64
    ratio("one of 128 encodings of a model", "one of 64", many / few, at_most=1.2)
