import dataclasses
import re
import sys

import pytest

from sizewise import cli
from sizewise.conversion import folder_name
from sizewise.domain import ConversionOptions


@pytest.fixture
def sizewise(monkeypatch, capsys, tmp_path):
    """Run a command line in this process: its exit code, stdout and stderr."""
    monkeypatch.setenv(cli.DEBUG, "")
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["sizewise", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return (end.value.code, *capsys.readouterr())

    return run


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["net.keras", "web", "--encoding", "uint9"], "unknown encoding 'uint9' of tfjs; did you"),
        (["net.keras", "web", "--target", "tfsj"], "'tfsj' is no target; did you mean 'tfjs'?"),
        (
            ["net.keras", "web", "--target", "tflite", "--encoding", "int8"],
            "int8 is calibrated with samples, and there are none; give about 100",
        ),
        (
            ["net.keras", "web", "--target", "tflite", "--encoding", "int8-gptq"],
            "int8-gptq is calibrated with samples, and there are none",
        ),
        (
            ["net.keras", "web", "--transform", "prune50obs"],
            "prune50obs is calibrated with samples, and there are none",
        ),
        (
            ["net.keras", "web", "--encoding", "uint8-l64", "--target", "tflite"],
            "uint8-l64 is an encoding of tfjs; for tflite: ",
        ),
        (["net.keras", "web", "--encoding", "uint8-l064"], "write uint8-l64"),
        (
            ["net.keras", "web", "--transform", "prun50"],
            "transform 'prun50'; did you mean 'prune50'",
        ),
        (
            ["net.keras", "web", "--transform", "cluster16+prune50"],
            "prune first: prune50+cluster16",
        ),
        (
            ["net.keras", "web", "--transform", "prune80ft3"],
            "prune80ft3 trains the model, which is for a suite: it judges what training made;",
        ),
        (
            ["net.keras", "web", "--transform", "cluster128", "--encoding", "uint8-l64"],
            "cluster128 keeps 128 values a kernel, and uint8-l64 has 64; choose another",
        ),
        (
            ["net.keras", "web", "--transform", "prune50", "--target", "tfjs-layers"],
            "prune50 changes the weights of the frozen graph, and tfjs-layers is made of the",
        ),
        (
            ["keras.applications:MobilNetV2", "web"],
            "unknown application 'MobilNetV2'; did you mean 'MobileNetV2'?",
        ),
        (
            ["tf_keras.applications:MobileNetV2", "web", "--tag", "serve"],
            "tf_keras.applications:MobileNetV2 takes no tags",
        ),
        (["net.keras", "web"], "no such file or folder: net.keras; paths are relative to the work"),
        (["net.keras", "taken"], "no such file or folder: net.keras"),
        (["graph.pb", "web"], "graph.pb does not say which of its nodes are outputs; name them"),
        (["zoo:digits-cn", "web"], "unknown zoo model 'digits-cn'; did you mean 'digits-cnn'?"),
        (
            ["https://example.org/a.keras", "web"],
            "https://example.org/a.keras has no sha256; write https://example.org/a.keras#sha256=",
        ),
        (["https://example.org/a.keras#sha256=12", "web"], "'12' is no SHA-256"),
        (["zoo:digits-cnn", "taken"], "taken exists already; choose another folder"),
        (["zoo:digits-cnn", "taken", "--overwrite"], "thesis.tex in it is part of no artifact"),
        (["zoo:digits-cnn", "web", "--calibrate", "no.npz"], "no.npz does not exist"),
        (["zoo:digits-cnn", "web", "--custom-ops-module", "no.mjs"], "no.mjs does not exist"),
        (["zoo:digits-cnn", "web", "--metadata", "x"], "'x' is no KEY=VALUE"),
        (["zoo:digits-cnn", "web", "--weight-shard-size", "0"], "a weight file has bytes"),
        (
            ["zoo:digits-cnn", "web", "--signature", "x", "--all-signatures"],
            "give --signature or --all-signatures",
        ),
        (
            ["zoo:digits-cnn", "web", "--encoding", "uint8", "--encoding", "float16"],
            "go with --all",
        ),
    ],
)
def test_a_mistake_is_a_line_and_nothing_is_written(sizewise, tmp_path, arguments, word):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.tex").write_text("years of work")
    code, out, err = sizewise("convert", *arguments)
    assert (code, out) == (2, "")
    assert word in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir() if path.name != "cache"] == ["taken"]


def test_inspect_refuses_the_same(sizewise):
    code, out, err = sizewise("inspect", "net.keras")
    assert (code, out) == (2, "")
    assert err.startswith("error: no such file or folder: net.keras; ")


@pytest.mark.parametrize(
    ("signature", "name"),
    [
        ("serving_default", "serving_default"),
        ("../up", "%2E.%2Fup"),
        ("a/b", "a%2Fb"),
        ("Big", "Big"),
        ("", "%"),
    ],
)
def test_a_signature_is_a_folder_of_its_own(signature, name):
    assert folder_name(signature) == name


def help_of(sizewise, monkeypatch, verb):
    """The options of a verb and what is said of each, on one line."""
    monkeypatch.setenv("COLUMNS", "240")
    code, out, _ = sizewise(verb, "--help")
    assert code == 0
    lines = (line.strip(" │") for line in out.splitlines())
    return {
        option: " ".join(line.split())
        for line in lines
        for option in re.findall(r"--[\w-]+", line)
        if line.startswith("--")
    }


@pytest.mark.parametrize(
    ("verb", "defaults"),
    [
        (
            "convert",
            {
                "--encoding": "float32",
                "--transform": "none",
                "--target": "tfjs",
                "--signature": "serving_default",
                "--input": "all",
                "--weight-shard-size": "4 MiB",
                "--strip-debug-ops": "strip-debug-ops",
            },
        ),
        ("inspect", {"--target": "all", "--signature": "all", "--input": "all", "--top": "10"}),
        ("run", {"--output": "results/runs"}),
    ],
)
def test_help_says_what_is_done_unasked(sizewise, monkeypatch, verb, defaults):
    shown = help_of(sizewise, monkeypatch, verb)
    for option, default in defaults.items():
        assert f"[default: {default}]" in shown[option]


def test_every_option_of_a_conversion_is_on_the_command_line(sizewise, monkeypatch):
    shown = help_of(sizewise, monkeypatch, "convert")
    spelt = {"weight_shard_bytes": "--weight-shard-size"}
    for field in dataclasses.fields(ConversionOptions):
        assert spelt.get(field.name, f"--{field.name.replace('_', '-')}") in shown
