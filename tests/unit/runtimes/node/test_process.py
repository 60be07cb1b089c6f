"""Who shares the Node process."""

from __future__ import annotations

import pytest

from sizewise.errors import RuntimeCrashError
from sizewise.runtimes.node.process import NodePool, NodeProcess


class Recorded:
    closed = False

    def close(self) -> None:
        self.closed = True


def test_the_process_ends_with_its_last_user():
    pool = NodePool(Recorded)
    first = pool.join()
    assert pool.join() is first
    pool.leave()
    assert not first.closed
    pool.leave()
    assert first.closed
    assert pool.join() is not first


def test_a_process_that_was_not_started_answers_nothing():
    process = NodeProcess()
    assert process.pid is None
    with pytest.raises(RuntimeCrashError, match="not running"):
        process.request({"command": "unload", "model": 1})
    process.close()
