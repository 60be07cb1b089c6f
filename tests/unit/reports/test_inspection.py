import io
import json

import pytest
from rich.console import Console

from sizewise.domain import Signature, Target, TensorSpec
from sizewise.domain.inspection import (
    Inspection,
    OpFacts,
    SignatureFacts,
    TargetFacts,
    WeightFacts,
)
from sizewise.reports.inspection import as_json, tables, target_lines

FACTS = SignatureFacts(
    Signature(
        "serve",
        (TensorSpec("image", "image:0", "float32", (None, 8, 8, 1)),),
        (TensorSpec("y", "y:0", "float32", None),),
    ),
    (
        WeightFacts("[bold]kernel", "float32", (10, 100), 4000),
        WeightFacts("bias", "float32", (100,), 400),
        WeightFacts("shape", "int32", (2,), 8),
    ),
    (OpFacts("Const", ("a", "b", "c")), OpFacts("MatMul", ("d",))),
    (
        TargetFacts(Target.TFJS, "no Digamma", (OpFacts("Digamma", ("one", "two")),)),
        TargetFacts(Target.TFLITE),
    ),
    ("opened with care",),
)
FOUND = Inspection("models/net", (FACTS,))


def shown(top):
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(tables(FOUND, top))
    return console.export_text()


def test_everything_is_shown():
    text = shown(top=10)
    for word in (
        "models/net",
        "signature serve",
        "[?, 8, 8, 1]",
        "any",
        "[bold]kernel",
        "4.00 kB",
        "90.7 %",
        "3 constants",
        "MatMul",
        "tfjs: lacks\n  Digamma: one, two",
        "tflite: converts and runs",
        "note: opened with care",
    ):
        assert word in text


def test_only_the_largest_are_listed():
    text = shown(top=1)
    assert "2 more" in text
    assert "bias" not in text


def test_a_reason_that_is_no_op_is_told():
    assert target_lines(TargetFacts(Target.TFJS, "cannot\nbe")) == ["tfjs: cannot be"]


@pytest.mark.parametrize("count", [8, 11])
def test_many_nodes_are_counted(count):
    facts = TargetFacts(
        Target.TFJS, "no", (OpFacts("Erf", tuple(map(str, range(count)))), OpFacts("_X", ()))
    )
    _, line, unknown = target_lines(facts)
    assert line == "  Erf: 0, 1, 2, 3, 4, 5, 6, 7" + (" and 3 more" if count > 8 else "")
    assert unknown == "  _X"


def test_json_has_every_figure():
    written = json.loads(as_json(FOUND))
    assert written["source"] == "models/net"
    (signature,) = written["signatures"]
    assert signature["weights"][0]["size_bytes"] == 4000
    assert signature["targets"][0]["lacking"] == [{"op": "Digamma", "nodes": ["one", "two"]}]
