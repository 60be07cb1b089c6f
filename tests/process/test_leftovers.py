"""Temporary files of ours are gone when a run is over, however it and its workers end."""

import os

import pytest

from support.processes import start, wait_for, wait_until_gone

LITTER = "warm_up/=litter"
"""Each worker leaves a temporary file, as TensorFlow does."""


@pytest.fixture
def temporary(tmp_path):
    """A folder for temporary files that only the processes of this test use."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def run(tmp_path, suite, temporary):
    begun = []

    def begin(*faults):
        arguments = [*faults, "--", "run", str(suite)]
        begun.append(start(*arguments, cwd=tmp_path, env={"TMPDIR": str(temporary)}))
        return begun[-1]

    yield begin
    for child in begun:
        child.kill()
        child.communicate()


def test_nothing_is_left_of_a_run_some_of_whose_workers_were_lost(run, temporary):
    child = run(LITTER, "encode/uint8@tfjs=segfault")
    child.communicate(timeout=60)
    assert child.returncode == 3
    assert list(temporary.iterdir()) == []


def test_what_a_killed_run_leaves_is_gone_after_the_next(run, temporary, mark):
    def litter():
        # Folders may go while they are walked through, which os.walk passes over.
        files = [file for *_, files in os.walk(temporary) for file in files]
        return len([file for file in files if file.startswith("litter")])

    hanging = [LITTER, "encode/uint8@tfjs=hang"]
    killed, alive = run(*hanging), run(*hanging)
    wait_for(lambda: litter() == 2)
    killed.kill()
    killed.communicate()
    assert litter() == 2
    assert run().wait(60) == 0
    assert litter() == 1, "that of a run which is under way stays"
    assert len([*temporary.iterdir()]) == 1
    alive.terminate()
    alive.communicate(timeout=30)
    wait_until_gone(mark, 5)
    assert list(temporary.iterdir()) == []
