"""The room as a whole."""

from __future__ import annotations

import subprocess
import sys


def test_measuring_a_web_model_loads_no_tensorflow():
    script = (
        "import sys, sizewise.measure as m; m.describe_environment();"
        "heavy = {'tensorflow', 'tensorflowjs', 'keras', 'tf_keras', 'scipy', 'pandas'};"
        "found = heavy & set(sys.modules); sys.exit(str(found) if found else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
