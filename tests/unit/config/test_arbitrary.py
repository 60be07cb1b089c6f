"""Whatever a file holds, loading it gives a suite or a SuiteError."""

from __future__ import annotations

import json
import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sizewise.config import load_suite
from sizewise.config.values import NAME_PATTERN
from sizewise.domain import ENCODINGS, JobId, Suite, Target
from sizewise.errors import SuiteError

MODEL = {"source": "zoo:digits-cnn", "data": "zoo:digits-cnn", "metric": "accuracy"}
DREAM = {"source": {"application": "MobileNetV2", "input-shape": [96, 96, 3]}, "keras": 3}
VALID = {
    "suite": "any",
    "models": {"digits": MODEL},
    "transforms": [
        "none",
        "prune80ft3+cluster16",
        {"prune": {"sparsity": 0.5, "engine": "obs"}},
        ["prune2of4", {"cluster": {"clusters": 16}}],
        {"name": "slow", "steps": [{"qat": {"seed": 3, "batch-size": 8}}]},
    ],
    "targets": ["tfjs"],
    "encodings": {
        "tfjs": ["float32", {"name": "mixed", "uint8": "*"}, {"uint8": {"levels": 64}}],
        "tflite": ["int8"],
    },
    "options": {"weight-shard-size": "4 MiB", "metadata": {"version": 1}},
    "max-drop": "1 pp",
}
TEXT = json.dumps(VALID, indent=1)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["none", "tfjs", "uint8", "zoo:digits-cnn", "accuracy", "${NO}", "${PATH}", ".", "/", "~"]
    ),
)
keys = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            *("suite", "models", "data", "file", "limit", "prune", "sparsity", "tfjs", "name"),
            *("cluster", "clusters", "qat", "finetune", "epochs", "pattern", "steps", "metadata"),
        ]
    ),
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def check(tmp_path_factory):
    file = tmp_path_factory.mktemp("arbitrary") / "suite.yaml"

    def check_bytes(content):
        file.write_bytes(content)
        message = None
        try:
            suite = load_suite(file)
        except SuiteError as error:
            message = str(error)
        if message is None:
            assert isinstance(suite, Suite)
        else:
            assert message.startswith(str(file))
            assert message.encode()

    return check_bytes


@given(content=st.binary(max_size=200))
def test_arbitrary_bytes(check, content):
    check(content)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
@example(text="? a\n: b\n")
@example(text="- - - - - - - - - - - - - - - - - - - - -")
@example(text='suite: "\\ud800"')
def test_arbitrary_text(check, text):
    check(text.encode())


@given(
    text=st.text(string.ascii_letters + "0123456789:-#&*!|>'\"%@`{}[],.$~? \n\t", max_size=60),
    start=st.integers(0, len(TEXT)),
    length=st.integers(0, 30),
)
def test_a_suite_with_a_piece_replaced(check, text, start, length):
    check((TEXT[:start] + text + TEXT[start + length :]).encode())


def _paths(value, path=()):
    yield path
    if isinstance(value, dict | list):
        children = value.items() if isinstance(value, dict) else enumerate(value)
        for step, child in children:
            yield from _paths(child, (*path, step))


def _replaced(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(value[path[0]], path[1:], new)
    return copy


UNTRAINED = VALID | {"models": {"dream": DREAM}, "transforms": ["none", {"prune": {}}]}


@given(
    suite_and_path=st.sampled_from(
        [(suite, path) for suite in (VALID, UNTRAINED) for path in _paths(suite)]
    ),
    tree=trees,
)
def test_a_suite_with_a_value_replaced(check, suite_and_path, tree):
    suite, path = suite_and_path
    check(json.dumps(_replaced(suite, path, tree)).encode())


def test_what_is_replaced_was_right(check, tmp_path):
    file = tmp_path / "suite.yaml"
    file.write_text(TEXT)
    assert len(load_suite(file).transforms) == 5


@given(
    model=st.from_regex(NAME_PATTERN, fullmatch=True),
    transform=st.sampled_from(["none", "prune80", "prune12.5ft3+cluster16"]),
    encoding=st.sampled_from([(e, t) for t in Target for e in ENCODINGS[t]])
    | st.tuples(st.from_regex(NAME_PATTERN, fullmatch=True), st.just(Target.TFJS)),
)
def test_names_that_a_suite_allows_make_job_ids_that_parse_back(model, transform, encoding):
    name, target = encoding
    job = JobId(model, transform, name, target)
    assert JobId.parse(str(job)) == job
    assert re.fullmatch(NAME_PATTERN, model)
