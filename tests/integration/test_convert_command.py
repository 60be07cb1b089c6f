"""``sizewise convert`` and ``sizewise inspect`` from the command line, to their end."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from sizewise import cli
from support.made import normal
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
