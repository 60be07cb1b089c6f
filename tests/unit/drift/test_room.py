"""The room as a whole."""

from __future__ import annotations

import subprocess
import sys


def test_importing_the_room_loads_neither_scipy_nor_tensorflow():
    script = (
        "import sys, sizewise.drift;"
        "found = {'scipy', 'tensorflow', 'pandas'} & set(sys.modules);"
        "sys.exit(str(found) if found else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
