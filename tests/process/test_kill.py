"""kill -9 of a whole run at any moment: the same command goes on from there."""

import random
import time

from support.processes import newest, start, wait_until_gone
from support.rows import figures


def test_kill_at_any_moment_then_the_same_command(tmp_path, suite, mark):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    slow = [
        "warm_up/=litter",
        "encode/uint8@tfjs=slow",
        "encode/float32@tfjs=slow",
        "--",
        "run",
        str(suite),
    ]
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    env = {"SIZEWISE_CACHE": str(undisturbed / "cache")}
    began = time.monotonic()
    assert start(*slow, cwd=undisturbed, env=env).wait() == 0
    took = time.monotonic() - began
    expected = [figures(row) for row in newest(undisturbed).records]
    assert len(expected) == 6

    moments = random.Random(6)
    for attempt in range(20):
        cache = tmp_path / f"cache-{attempt // 5}"  # up to five kills before a run may finish
        env = {"SIZEWISE_CACHE": str(cache), "TMPDIR": str(temporary)}
        child = start(*slow, cwd=tmp_path, env=env)
        time.sleep(moments.uniform(0, took))
        child.kill()
        child.communicate()
        wait_until_gone(mark, 5)
        if attempt % 5 == 4:
            assert start(*slow, cwd=tmp_path, env=env).wait() == 0
            run = newest(tmp_path)
            assert run.state == "complete"
            assert [figures(row) for row in run.records] == expected
            assert list(temporary.iterdir()) == []
