"""Data of every kind and metrics of one's own, through one run of the command line."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from tests.support.terminal import sizewise

from sizewise.records import load_run

SIDE = 8
CLASSES = ("dark", "light", "middling")

SUITE = """\
suite: data
models:
  noise:
    source: net.keras
  images:
    source: net.keras
    data: {file: photos, scale: 0.00392156862745098, limit: 24, seed: 3}
    metric: f1
  table:
    source: flat.keras
    data: {file: pixels.csv, label: brightness}
    metric: mine:error
    max-drop: 0.1
  code:
    source: net.keras
    data: mine:arrays
    metric: auc
encodings: {tflite: [float32, dynamic_int8]}
"""

MINE = """\
import numpy as np

def error(outputs, labels):
    return float((outputs.argmax(axis=1) != labels).mean())

error.lower_is_better = True

def arrays():
    rng = np.random.default_rng(5)
    y = np.arange(60) % 3
    x = rng.normal(np.array([0.2, 0.8, 0.5])[y][:, None], 0.2, (60, 64))
    parts = {"x": x[:30], "y": y[:30], "x_train": x[15:], "y_train": y[15:]}
    return {name: array.reshape(-1, 8, 8, 1) if name[0] == "x" else array
            for name, array in parts.items()}
"""


def bright(rng, label, count):
    """Grey images of a class, 0 to 255."""
    mean = (50, 200, 128)[label]
    return rng.normal(mean, 40, (count, SIDE, SIDE)).clip(0, 255).astype(np.uint8)


def write_models(folder, rng):
    """A network that tells how bright an image is, and its twin that takes a row of pixels."""
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(2)
    hidden = layers.Dense(16, activation="relu", name="hidden")
    last = layers.Dense(len(CLASSES), activation="softmax", name="brightness")
    image = layers.Input((SIDE, SIDE, 1), name="image")
    net = tf_keras.Model(image, last(hidden(layers.Flatten(name="flatten")(image))))
    labels = np.arange(300) % len(CLASSES)
    images = np.concatenate([bright(rng, label, 1) for label in labels])[..., None] / 255
    net.compile(tf_keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    net.fit(images, labels, epochs=20, verbose=0)
    net.save(folder / "net.keras")
    row = layers.Input((SIDE * SIDE,), name="pixels")
    tf_keras.Model(row, last(hidden(row))).save(folder / "flat.keras")


def write_data(folder, rng):
    """A folder of images, a table of pixels with the classes as text, and code for the rest."""
    for label, name in enumerate(CLASSES):
        (folder / "photos" / name).mkdir(parents=True)
        for number, pixels in enumerate(bright(rng, label, 10)):
            Image.fromarray(pixels).save(folder / "photos" / name / f"{number}.png")
    lines = [",".join(["brightness", *(f"p{k}" for k in range(SIDE * SIDE))])]
    rows = [(CLASSES[k % 3], *bright(rng, k % 3, 1).ravel() / 255) for k in range(40)]
    lines += [",".join(map(str, row)) for row in rows]
    (folder / "pixels.csv").write_text("\n".join(lines))
    (folder / "mine.py").write_text(MINE)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The rows of one run by model and encoding, and what was printed."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    write_models(folder, rng)
    write_data(folder, rng)
    (folder / "suite.yaml").write_text(SUITE)
    done = sizewise("run", "suite.yaml", cwd=folder)
    assert done.returncode == 0, done.stderr + done.stdout
    records = load_run(folder / "results" / "runs" / "data").records
    assert [record.reason for record in records] == [None] * 8
    return {(record.model, record.encoding): record for record in records}, done.stdout


def test_without_data_the_outputs_of_seeded_noise_are_compared(run):
    rows, printed = run
    row = rows["noise", "dynamic_int8"]
    assert row.samples == 100
    assert (row.metric, row.metric_value, row.metric_drop) == (None, None, None)
    assert 0.9 <= row.agreement <= 1
    assert 0 < row.max_abs_error < 0.1
    assert any(note.startswith("judged on seeded noise: 100 samples") for note in row.notes)
    assert "judged on seeded noise" in printed


def test_a_folder_of_images(run):
    row = run[0]["images", "float32"]
    assert row.samples == 24
    assert row.metric_reference > 0.9
    assert row.metric_drop == 0
    assert row.metric_drop_interval == "bootstrap"


def test_a_table_judged_by_a_function_of_ones_own(run):
    row = run[0]["table", "float32"]
    assert row.samples == 40
    assert row.metric == "mine:error"
    assert row.metric_reference < 0.1
    assert row.agreement == 1


def test_samples_of_a_function_of_which_some_are_trained_on(run):
    row = run[0]["code", "float32"]
    assert row.samples == 30
    assert row.metric_reference > 0.9
    assert row.metric_drop_interval == "delong"
    assert "15 of 30 samples to judge on are also samples to train on" in row.notes
