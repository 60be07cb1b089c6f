import subprocess
import sys

from sizewise.domain import SourceKind
from sizewise.models import OPENERS

SLOW = ("tensorflow", "tf_keras", "keras", "sklearn", "pandas", "h5py", "pooch", "requests")


def test_every_kind_of_source_has_an_opener():
    """What is behind a URL is of one of the other kinds."""
    assert set(OPENERS) == set(SourceKind) - {SourceKind.URL}


def test_importing_the_room_imports_nothing_slow():
    code = f"import sys, sizewise.models; print([m for m in {SLOW} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
