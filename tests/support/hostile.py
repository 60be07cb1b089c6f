"""What a careless or hostile stranger makes of a good file: strategies, and good files."""

from __future__ import annotations

import copy
import io
import json

import numpy as np
from hypothesis import strategies as st

from sizewise.records.schema import to_row
from support.rows import make_record

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(["", "..", "/etc/passwd", "../x", "\0", "\ud800", "float32", "uint8", "node"])
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
"""Values that JSON can hold, of any type and size."""


@st.composite
def edited_bytes(draw, content: bytes) -> bytes:
    """``content`` with a few cuts, doublings, flips and foreign bytes."""
    edited = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(edited)))
        end = min(len(edited), start + draw(st.sampled_from([0, 1, 4, 16, 1 << 20])))
        part = draw(
            st.sampled_from([b"", bytes(edited[start:end]) * 2, b"\xff" * (end - start)])
            | st.binary(max_size=8)
        )
        edited[start:end] = part
    return bytes(edited)


def _places(value, path=()):
    yield path
    if isinstance(value, dict):
        children = value.items()
    else:
        children = enumerate(value) if isinstance(value, list) else ()
    for key, inner in children:
        yield from _places(inner, (*path, key))


@st.composite
def edited_json(draw, document):
    """``document`` with values replaced, doubled or left out, anywhere in it."""
    edited = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(_places(edited))))
        if not path:
            return draw(JUNK)
        holder = edited
        for key in path[:-1]:
            holder = holder[key]
        if draw(st.booleans()):
            holder[path[-1]] = draw(JUNK)
        else:
            del holder[path[-1]]
    return edited


def edited_file(document):
    """The bytes of a JSON file that was edited as a document, or as bytes."""
    content = json.dumps(document).encode()
    as_document = edited_json(document).map(lambda value: json.dumps(value).encode())
    return as_document | edited_bytes(content)


KERNEL = np.array([[0.0, 1.0, -0.5], [2.0, 2.0, 0.0]], "<f4")
SHARD = KERNEL.tobytes() + bytes([0, 7, 255])
TFJS_MODEL = {
    "format": "graph-model",
    "signature": {
        "inputs": {"x": {"name": "x:0", "dtype": "DT_FLOAT", "tensorShape": {"dim": []}}},
        "outputs": {"y": {"name": "y:0"}},
    },
    "modelTopology": {
        "node": [
            {
                "name": "x",
                "op": "Placeholder",
                "attr": {
                    "dtype": {"type": "DT_FLOAT"},
                    "shape": {"shape": {"dim": [{"size": "-1"}, {"size": "2"}]}},
                },
            },
            {"name": "kernel", "op": "Const", "attr": {"dtype": {"type": "DT_FLOAT"}}},
            {"name": "bias", "op": "Const", "attr": {"dtype": {"type": "DT_FLOAT"}}},
            {"name": "m", "op": "MatMul", "input": ["x", "kernel"]},
            {"name": "y", "op": "BiasAdd", "input": ["m", "bias"]},
        ],
        "library": {},
        "versions": {"producer": 1882},
    },
    "weightsManifest": [
        {
            "paths": ["group1-shard1of1.bin"],
            "weights": [
                {"name": "kernel", "shape": [2, 3], "dtype": "float32"},
                {
                    "name": "bias",
                    "shape": [3],
                    "dtype": "float32",
                    "quantization": {"dtype": "uint8", "scale": 0.1, "min": -1.0},
                },
            ],
        }
    ],
}
"""A small graph model of TF.js, whose one shard is ``SHARD``."""

RUN_HEADER = {
    "format": 1,
    "suite": "kws",
    "run_id": "20261121T031200Z-1a2b",
    "state": "complete",
    "sizewise": "0.1.0",
    "started": "2026-11-21T03:12:00+00:00",
    "finished": "2026-11-21T03:13:00+00:00",
    "jobs": ["kws/uint8@tfjs"],
    "environment": {"python": "3.11.7", "cpu": "x"},
    "fingerprint": "0123456789ab",
}
ROW = to_row(make_record("kws/uint8@tfjs"))

ENTRY = json.dumps(
    {"value": {"row": ROW, "environment": {"cpu": "x"}}, "files": [["artifact/w.bin", 3]]}
).encode()
"""The header of an entry of the store, of a job's row and a file of three bytes."""

SUITE = """\
suite: small
models:
  digits:
    source: zoo:digits-cnn
    data: {file: zoo:digits-cnn, limit: 10, seed: 3}
    metric: accuracy
    max-drop: 1 pp
transforms: [none, prune50, {prune: {sparsity: 0.8}}]
encodings:
  tfjs: [float32, {name: mixed, uint8: "*kernel*", float16: "*"}]
  tflite: [int8]
budgets:
  "digits/*": {brotli: 25 kB, drop: 1 pp}
"""


def npz_bytes() -> bytes:
    """A data file with samples and labels."""
    file = io.BytesIO()
    np.savez(file, x=np.ones((3, 2), np.float32), y=np.arange(3))
    return file.getvalue()
