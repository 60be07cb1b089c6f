"""What goes wrong for users, through the command line: mistakes, failures, interruptions."""

import os
import signal
import subprocess
import sys

import numpy as np
import psutil
import pytest

from sizewise.records import load_run
from support.terminal import sizewise, start


def test_data_that_do_not_fit_are_refused_at_their_line(root, tmp_path):
    suite = root / "tests" / "fixtures" / "data-wrong-shape" / "suite.yaml"
    ended = sizewise("run", suite, "--output", tmp_path / "runs")
    assert ended.returncode == 2
    assert "suite.yaml:5" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "runs").exists()


def test_an_op_that_a_target_lacks_is_a_row(tmp_path):
    import tensorflow as tf

    class Network(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 2, 2), tf.float32, name="x")])
        def __call__(self, x):
            return {"y": tf.linalg.det(x)[:, None]}

    network = Network()
    tf.saved_model.save(network, str(tmp_path / "model"), signatures=network.__call__)
    x = np.random.default_rng(0).normal(size=(20, 2, 2)).astype("float32")
    np.savez(tmp_path / "data.npz", x=x, y=np.linalg.det(x))
    (tmp_path / "suite.yaml").write_text(
        "suite: det\n"
        "models: {det: {source: model, data: data.npz, metric: mae}}\n"
        "encodings: {tfjs: [float32, uint8]}\n"
    )
    ended = sizewise("run", "suite.yaml", "--output", "runs", cwd=tmp_path)
    assert ended.returncode == 3, ended.stderr
    rows = load_run(tmp_path / "runs" / "det").records
    assert [row.status for row in rows] == ["unsupported", "unsupported"]
    assert "MatrixDeterminant" in rows[0].reason


@pytest.mark.parametrize(
    ("blow", "code", "state"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGKILL, -signal.SIGKILL, "running")],
)
def test_a_run_that_is_ended_keeps_what_is_finished(root, tmp_path, blow, code, state):
    suite = root / "configs" / "quickstart.yaml"
    # A store of its own: nothing of this suite is known there.
    command = start("run", suite, "--output", tmp_path, "--store", tmp_path / "store")
    for line in command.stderr:
        if line.startswith("[ 2/48]"):
            break
    family = psutil.Process(command.pid).children(recursive=True)
    assert family
    command.send_signal(blow)
    command.communicate(timeout=30)
    assert command.returncode == code
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive
    run = load_run(tmp_path / "quickstart")
    assert run.state == state
    assert 2 <= len(run.records) < 48
    assert len(run.missing) == 48 - len(run.records)


def test_the_pinned_libraries_import_together():
    """A bare installation of tensorflowjs does not import: the bounds here cure it."""
    environment = {**os.environ, "TFDF_DISABLE_WELCOME_MESSAGE": "1"}
    code = "import tensorflow, tensorflowjs, tensorflow_model_optimization, tf_keras, keras"
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, capture_output=True)
