"""What a run costs besides its work: fakes in place of TensorFlow and Node, real processes."""

import time
from statistics import median

import pytest

from sizewise.domain import Target, Transform
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
    """Eight groups whose work keeps a core busy."""
    encodings = {Target.TFJS: ENCODINGS[Target.TFJS]}
    suite = make_suite(
        *(f"net{number}" for number in range(8)), transforms=(Transform(),), encodings=encodings
    )
    faults = ["encode/uint8@tfjs=busy", "encode/float32@tfjs=busy"]
    alone = run(suite, *faults, fresh=True)
    together = benchmark.pedantic(lambda: run(suite, *faults, fresh=True, workers=2), rounds=1)
    ratio("8 groups on 2 workers", "1 worker", alone / together, at_least=1.7)


@pytest.mark.parametrize("count", [1, 2, 4, 8, 16])
def test_encodings(benchmark, run, count):
    """Linear: see the medians of the five."""
    from sizewise.domain import Encoding

    encodings = {Target.TFJS: tuple(Encoding(f"float{number}") for number in range(count))}
    suite = make_suite(transforms=(Transform(),), encodings=encodings)
    benchmark.pedantic(lambda: run(suite, fresh=True), rounds=3)
