"""``sizewise convert`` and ``sizewise inspect`` from the command line, to their end."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace

import numpy as np
import pytest
import tf_keras

from sizewise import cli
from sizewise.analysis.recommend import recommend
from sizewise.api import convert
from sizewise.errors import ConversionError
from sizewise.records import load_run
from sizewise.reports.recommend.answer import lines
from support.made import normal, recurrent
from support.sources import write_frozen_graph, write_two_signatures
from support.terminal import sizewise as shell


@pytest.fixture
def sizewise(monkeypatch, capfd, tmp_path):
    """Run a command line in this process: its exit code, stdout and stderr."""
    monkeypatch.setenv(cli.DEBUG, "")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["sizewise", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return (end.value.code or 0, *capfd.readouterr())

    return run


def test_a_file_becomes_an_artifact_that_runs(tmp_path):
    """In a process of its own, with nothing but a table on stdout."""
    write_frozen_graph(tmp_path / "graph.pb")
    metadata = ("--metadata", 'labels=["a", "b"]', "--metadata", "name=net")
    command = ("convert", "graph.pb", "web/net", "--output", "Softmax", "--encoding", "uint8")
    done = shell(*command, *metadata, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "uint8" in done.stdout
    assert "node-wasm" in done.stdout
    model = json.loads((tmp_path / "web" / "net" / "model.json").read_text())
    assert model["userDefinedMetadata"] == {"labels": ["a", "b"], "name": "net"}
    assert sorted(path.name for path in (tmp_path / "web" / "net").iterdir()) == [
        "group1-shard1of1.bin",
        "model.json",
    ]


def test_each_signature_and_encoding_gets_a_folder(sizewise, tmp_path):
    write_two_signatures(tmp_path / "saved")
    arguments = ("--all-signatures", "--encoding", "float16", "--encoding", "uint8")
    code, out, err = sizewise("convert", "saved", "web", *arguments)
    assert (code, err) == (0, "")
    folders = {path.parent.relative_to(tmp_path) for path in tmp_path.rglob("model.json")}
    assert {folder.as_posix() for folder in folders} == {
        f"web/{signature}/{encoding}"
        for signature in ("fixed", "main", "total")
        for encoding in ("float16", "uint8")
    }
    assert all(name in out for name in ("fixed", "main", "total"))


def test_a_calibrated_file_is_written_and_replaced(sizewise, tmp_path):
    write_two_signatures(tmp_path / "saved")
    np.savez(tmp_path / "samples.npz", x=normal(24, 3))
    command = ("convert", "saved", "app", "--signature", "fixed", "--target", "tflite")
    calibrated = ("--encoding", "int8", "--calibrate", "samples.npz")
    assert sizewise(*command, *calibrated)[0] == 0
    first = (tmp_path / "app" / "model.tflite").read_bytes()
    code, _, err = sizewise(*command)
    assert code == 2
    assert "app exists already" in err
    assert sizewise(*command, "--overwrite")[0] == 0
    assert (tmp_path / "app" / "model.tflite").read_bytes() != first


def command_of(out):
    """The arguments of the command that a recommendation ends with."""
    (line,) = [line for line in out.splitlines() if line.startswith("To make it again: ")]
    return line.removeprefix("To make it again: sizewise ").split()


@pytest.mark.parametrize("variant", ["prune50/uint8@tfjs", "prune50/dynamic_int8@tflite"])
def test_the_recommended_artifact_is_made_again(sizewise, quickstart, tmp_path, variant):
    """Byte for byte, with the command that is printed, where no samples are needed."""
    run = load_run(quickstart.runs)
    (best,) = [record for record in run.records if record.job_id == f"digits-cnn/{variant}"]
    (answer,) = recommend(replace(run, records=(best,)), min_sqnr=-10.0)
    verb, source, out, *options = command_of("\n".join(lines(answer, run.path)))
    assert (verb, source, out) == ("convert", "SOURCE", "OUT")
    code, shown, err = sizewise(verb, "zoo:digits-cnn", "web", *options)
    assert (code, err) == (0, "")
    assert variant in shown
    assert "of the model after prune50; " in shown
    made = {path.name: path.read_bytes() for path in (tmp_path / "web").iterdir()}
    kept = {path.name: path.read_bytes() for path in (run.path / best.artifact_path).iterdir()}
    assert made == kept


def test_pruned_and_rounded_weights_are_in_the_file(sizewise, tmp_path):
    tf_keras.utils.set_random_seed(0)
    layers = tf_keras.layers
    tf_keras.Sequential([layers.Input((24,)), layers.Dense(16)]).save(tmp_path / "net.keras")
    np.savez(tmp_path / "samples.npz", x=normal(50, 24))
    variant = ("--transform", "prune50obs", "--encoding", "uint8-gptq-l8")
    code, out, _ = sizewise("convert", "net.keras", "web", "--calibrate", "samples.npz", *variant)
    assert code == 0
    assert "prune50obs/uint8-gptq-l8@tfjs" in out
    assert "⚑" not in out
    assert "with samples to calibrate with" in out
    (entry,) = json.loads((tmp_path / "web/model.json").read_text())["weightsManifest"]
    sizes = [math.prod(weight["shape"]) for weight in entry["weights"]]
    place = sizes.index(24 * 16)
    levels = (tmp_path / "web/group1-shard1of1.bin").read_bytes()[sum(sizes[:place]) :][: 24 * 16]
    scale, minimum = (entry["weights"][place]["quantization"][key] for key in ("scale", "min"))
    values = np.frombuffer(levels, np.uint8) * scale + minimum
    assert len(set(values)) <= 8
    assert (values == 0).sum() >= 24 * 16 / 2


def test_a_file_of_rounded_integers_runs(sizewise, tmp_path):
    write_frozen_graph(tmp_path / "graph.pb")
    np.savez(tmp_path / "samples.npz", x=normal(50, 4, 4, 1))
    command = ("convert", "graph.pb", "app", "--output", "Softmax", "--calibrate", "samples.npz")
    code, out, err = sizewise(*command, "--target", "tflite", "--encoding", "int8-gptq")
    assert (code, err) == (0, "")
    assert "int8-gptq@tflite" in out
    assert "verified on litert" in out


@pytest.mark.parametrize("encoding", ["int8", "int8-gptq"])
def test_a_recurrent_network_is_not_calibrated_for_tflite(encoding, tmp_path):
    made = recurrent(tf_keras, "GRU")
    with pytest.raises(ConversionError, match="crashes when it calibrates a recurrent network"):
        convert(
            made.thing,
            tmp_path / "app",
            encoding=encoding,
            target="tflite",
            calibrate=normal(24, 5, 3),
        )
    assert list(tmp_path.iterdir()) == []


def test_an_inspection_lists_what_there_is_and_what_is_lacking(sizewise, tmp_path):
    write_frozen_graph(tmp_path / "graph.pb")
    command = ("inspect", "graph.pb", "--output", "Softmax")
    code, out, err = sizewise(*command)
    assert (code, err) == (0, "")
    for word in ("image", "Softmax", "kernel", "Conv2D", "tfjs", "tflite"):
        assert word in out
    code, out, _ = sizewise(*command, "--target", "tfjs-layers", "--format", "json")
    assert code == 0
    (signature,) = json.loads(out)["signatures"]
    assert signature["weights"][0]["name"] == "kernel"
    (target,) = signature["targets"]
    assert "only a Keras model has layers" in target["reason"]
    assert {path.name for path in tmp_path.iterdir()} == {"graph.pb"}
