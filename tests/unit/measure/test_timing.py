"""Two clocks: one runs while a process sleeps, the other does not."""

from __future__ import annotations

import time

import pytest

from sizewise.measure import Stopwatch, timed


def test_sleep_takes_time_but_no_processor():
    result, timing = timed(lambda: time.sleep(0.05) or "slept")
    assert result == "slept"
    assert timing.wall_seconds >= 0.05
    assert timing.cpu_seconds < timing.wall_seconds


def test_work_takes_processor_time():
    def work():
        end = time.process_time() + 0.03
        while time.process_time() < end:
            pass

    _, timing = timed(work)
    assert timing.cpu_seconds >= 0.03


def test_a_block_that_fails_is_timed_too():
    watch = Stopwatch()
    with pytest.raises(RuntimeError), watch:
        raise RuntimeError
    assert watch.timing.wall_seconds > 0
