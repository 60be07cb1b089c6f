from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from sizewise.config import suite_schema
from sizewise.config.encoding_entries import EncodingLists
from sizewise.config.transforms import TRANSFORM_PATTERN
from sizewise.domain import Target

MODEL = {"source": "zoo:digits-cnn", "data": "zoo:digits-cnn", "metric": "accuracy"}
SUITES = sorted((Path(__file__).resolve().parents[3] / "configs").glob("*.yaml"))
VALIDATOR = jsonschema.Draft202012Validator


def suite(**changes):
    return {"suite": "s", "models": {"m": MODEL}, "encodings": {"tfjs": ["uint8"]}} | changes


def test_the_committed_schema_is_the_generated_one(root):
    committed = json.loads((root / "configs/schema.json").read_text())
    assert committed == suite_schema(), "run: python -m sizewise.config > configs/schema.json"


def test_it_is_printed_as_it_is_committed(root):
    command = [sys.executable, "-m", "sizewise.config"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == (root / "configs/schema.json").read_text()


def test_the_schema_is_a_schema():
    VALIDATOR.check_schema(suite_schema())


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_the_suites_that_ship_fit_the_schema(path):
    text = path.read_text()
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    VALIDATOR(suite_schema()).validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    "right",
    [
        suite(),
        suite(transforms=["none", "prune87.5", {"prune": {"sparsity": 0.8}}]),
        suite(transforms=["prune2of4", "prune50ft3+cluster16", "prune80globalft3mask", "qat3"]),
        suite(transforms=[{"prune": {"pattern": "2:4", "engine": "obs"}}, {"qat": {}}]),
        suite(transforms=[["prune50ft3", {"cluster": {"clusters": 16}}]]),
        suite(transforms=[{"name": "slow", "steps": ["prune50", {"cluster": {"clusters": 4}}]}]),
        suite(transforms=[{"name": "s", "qat": {"learning-rate": 0.1, "loop": "own:train"}}]),
        suite(models={"m": {"source": "zoo:digits-cnn"}}),
        suite(models={"m": MODEL | {"metric": "own.metrics:wer", "keras": 3}}),
        suite(models={"m": MODEL | {"data": {"file": "a.csv", "label": "y", "scale": 0.5}}}),
        suite(models={"m": {"source": {"application": "MobileNetV2", "input-shape": [96, 96, 3]}}}),
        suite(encodings={"tfjs": ["uint8-gptq-l64", {"uint8": {"levels": 16}}]}),
        suite(encodings={"tflite": ["int8-gptq", {"int8": {"rounding": "gptq"}}]}),
        suite(options={"weight-shard-size": "1 MB", "metadata": {"a": [1]}, "skip-op-check": True}),
        {"suite": "s", "models": {"m": {"source": "model.tflite"}}},
        suite(targets=["tflite"], encodings={"tflite": ["int8"]}),
        suite(encodings={"tfjs": [{"name": "mixed", "uint8": "*k*", "float16": ["*"]}]}),
        suite(models={"m": MODEL | {"source": {"file": "m.pb", "outputs": ["y"]}}}),
        suite(models={"m": MODEL | {"source": {"url": "https://e.org/m.h5", "sha256": "00"}}}),
        suite(**{"max-drop": 0.01}),
        suite(**{"max-drop": "1 pp"}),
    ],
)
def test_the_schema_takes_what_is_right(right):
    VALIDATOR(suite_schema()).validate(right)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        suite(transform=["none"]),
        suite(suite="a/b"),
        suite(models={}),
        suite(models={"my model": suite()["models"]["m"]}),
        suite(models={"m": {"data": "zoo:digits-cnn", "metric": "accuracy"}}),
        suite(models={"m": MODEL | {"keras": 4}}),
        suite(models={"m": MODEL | {"source": {"application": "MobileNetV4"}}}),
        suite(models={"m": MODEL | {"source": {"application": "VGG16", "input-shape": [96, 96]}}}),
        suite(transforms=["cluster"]),
        suite(transforms=["prune50+"]),
        suite(transforms=[[]]),
        suite(transforms=[{"cluster": {"clusters": 1}}]),
        suite(transforms=[{"prune": {"pattern": "2/4"}}]),
        suite(transforms=[{"prune": {"sparsity": 0.5, "finetune": {"epochs": 0}}}]),
        suite(transforms=[{"qat": {"engine": "tfmot"}}]),
        suite(encodings={"tfjs": [{"uint8": {"levels": 300}}]}),
        suite(encodings={"tflite": ["int8-l64"]}),
        suite(options={"weight-shard": 3}),
        suite(models={"m": suite()["models"]["m"] | {"metric": "acuracy"}}),
        suite(models={"m": suite()["models"]["m"] | {"data": {"file": "f", "limit": 0}}}),
        suite(models={"m": suite()["models"]["m"] | {"data": {"file": "f", "seed": -1}}}),
        suite(models={"m": MODEL | {"source": {"file": "m.pb", "output": ["y"]}}}),
        suite(models={"m": MODEL | {"source": 3}}),
        suite(transforms=["prune"]),
        suite(transforms=[]),
        suite(transforms=[{"prune": {"sparsity": 1.5}}]),
        suite(transforms=[{"prune": {"sparsity": 0}}]),
        suite(targets=["tf-lite"]),
        suite(encodings={"tfjs": ["int8"]}),
        suite(encodings={"tflite": [{"name": "mixed", "uint8": "*"}]}),
        suite(encodings={"tfjs": [{"name": "mixed", "int8": "*"}]}),
        suite(**{"max-drop": -1}),
    ],
)
def test_the_schema_refuses_what_is_wrong(wrong):
    assert not VALIDATOR(suite_schema()).is_valid(wrong)


def test_every_target_has_its_encodings():
    assert {field.alias for field in EncodingLists.model_fields.values()} == {
        str(target) for target in Target
    }


def test_every_key_is_described():
    schema = suite_schema()
    for name, definition in [("the suite", schema), *schema["$defs"].items()]:
        for key, value in definition["properties"].items():
            assert value.get("description"), f"{name}: {key}"


def test_the_pattern_of_transforms_is_the_grammars():
    items = suite_schema()["properties"]["transforms"]["items"]["oneOf"]
    assert items[0]["pattern"] == f"^({TRANSFORM_PATTERN})$"
