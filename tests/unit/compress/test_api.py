import subprocess
import sys
from typing import get_args, get_type_hints

from sizewise.compress import STEPS, apply_transform
from sizewise.domain import Graph, Signature, Transform


def test_every_step_of_the_vocabulary_is_carried_out():
    steps = get_type_hints(Transform)["steps"]
    assert set(STEPS) == {kind for kind in get_args(steps) if kind is not ...}


def test_no_step_gives_the_graph_back():
    graph = Graph(object(), Signature("serving_default", (), ()), "2.19.0")
    assert apply_transform(Transform(), graph) is graph


def test_importing_the_room_imports_no_tensorflow():
    code = "import sys, sizewise.compress; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
