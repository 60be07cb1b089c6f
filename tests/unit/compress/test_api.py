import subprocess
import sys
from typing import get_args

import pytest

from sizewise.compress import STEPS, apply_transform
from sizewise.domain import Engine, Finetune, Graph, Prune, Qat, Samples, Signature, Step, Transform

NO_SAMPLES = Samples({"x": []})
TRAINED = Transform((Prune(0.5, finetune=Finetune(1)), Qat(Finetune(2))))


def test_every_step_that_needs_no_training_is_carried_out():
    kinds = set(get_args(Step)) - {Qat}
    # The other engines train.
    assert set(STEPS) == {(kind, engine) for kind in kinds for engine in (None, Engine.OBS)}


@pytest.mark.parametrize("transform", [Transform(), TRAINED])
def test_no_step_after_training_gives_the_graph_back(transform):
    graph = Graph(object(), Signature("serving_default", (), ()), "2.19.0")
    assert apply_transform(transform, graph, NO_SAMPLES) is graph


def test_importing_the_room_imports_no_tensorflow():
    code = "import sys, sizewise.compress; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
