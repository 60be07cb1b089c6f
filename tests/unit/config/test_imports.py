from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "pandas", "numpy", "scipy", "sklearn", "pyarrow")


@pytest.mark.parametrize("room", ["sizewise.config", "sizewise.plan"])
def test_a_room_imports_nothing_heavy(room):
    code = f"import sys, {room}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "sizewise" in loaded
    assert not set(HEAVY) & set(loaded)
