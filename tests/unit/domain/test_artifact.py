import subprocess
import sys
from pathlib import Path

import numpy as np

from sizewise.domain import Artifact, ArtifactFile, Samples, Signature, Target


def test_the_first_file_is_what_a_runtime_opens():
    files = (ArtifactFile("model.json", 10, "a"), ArtifactFile("group1-shard1of1.bin", 20, "b"))
    artifact = Artifact(Target.TFJS, "uint8", Path("out"), files, "c", Signature("s", (), ()))
    assert artifact.entry == Path("out/model.json")


def test_samples_are_counted_along_the_first_axis():
    assert len(Samples({"x": np.zeros((7, 3))})) == 7


def test_the_vocabulary_loads_no_numpy():
    script = "import sys, sizewise.domain; print('numpy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
