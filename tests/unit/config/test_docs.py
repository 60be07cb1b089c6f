"""Every suite on the page about suites can be loaded, and every name on it is one."""

from __future__ import annotations

import re

import pytest
import yaml

from sizewise.config import load_suite
from sizewise.config.encodings import decode_encoding
from sizewise.config.entries import OptionsEntry
from sizewise.config.transforms import decode_transform
from sizewise.domain import ENCODINGS, METRICS, Target

BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`]+)`")


@pytest.fixture
def page(root):
    return (root / "docs/suites.md").read_text()


def section(page, title):
    return page.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(text):
    """The cells of the tables' rows, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines[2:]]


@pytest.fixture
def folder(tmp_path):
    """What the examples name, beside them."""
    import zipfile

    for name in ("models/kws.keras", "data/test.npz", "data/train.npz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("x.npy", b"")
    for name in ("photos/test/cat", "photos/train/cat"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "wine.csv").write_text("grower,alcohol\n1,12.5\n")
    return tmp_path


def test_every_example_is_a_suite(page, folder):
    examples = BLOCK.findall(page)
    assert len(examples) >= 4
    for example in examples:
        file = folder / "suite.yaml"
        file.write_text(example)
        assert load_suite(file).name == yaml.safe_load(example)["suite"]


def test_each_transform_of_the_table_is_what_stands_beside_it(page, tmp_path):
    table = rows(section(page, "Transforms"))
    assert len(table) >= 12
    for names, spelt, *_ in table:
        decoded = [decode_transform(name) for name in CODE.findall(names)]
        for written in CODE.findall(spelt):
            if written.startswith("engine"):
                continue
            entry = written if written.startswith("[") else f"{{{written}}}"
            file = tmp_path / "suite.yaml"
            file.write_text(
                "suite: s\nmodels: {m: {source: 'zoo:digits-cnn', data: 'zoo:digits-cnn'}}\n"
                f"transforms: [{entry}]\nencodings: {{tflite: [int8]}}\n"
            )
            assert load_suite(file).transforms == tuple(decoded), written


def test_each_encoding_of_the_table_is_one(page):
    table = {
        CODE.findall(target)[0]: CODE.findall(names)
        for target, names in rows(section(page, "Encodings"))
    }
    assert set(table) == set(map(str, Target))
    for target, names in table.items():
        assert set(ENCODINGS[Target(target)]) <= set(names)
        for name in names:
            assert decode_encoding(name, Target(target)).name == name


def test_each_metric_and_option_is_on_the_page(page):
    assert set(METRICS) <= set(CODE.findall(section(page, "Data and metrics")))
    keys = {field.alias for field in OptionsEntry.model_fields.values()}
    assert {CODE.findall(key)[0] for key, *_ in rows(section(page, "Options"))} == keys
