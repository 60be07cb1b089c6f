"""What LiteRT's messages mean."""

from __future__ import annotations

import pytest

from sizewise.errors import RuntimeCrashError, UnsupportedOpError
from sizewise.runtimes.litert import error_for


@pytest.mark.parametrize(
    ("message", "op"),
    [
        (
            "Encountered unresolved custom op: MyOp.\nSee … Node number 0 (MyOp) failed to …",
            "MyOp",
        ),
        (
            "Select TensorFlow op(s) … not supported … Node number 0 (FlexErf) failed to prepare.",
            "FlexErf",
        ),
        ("Didn't find op for builtin opcode 'CONV_2D' version '9'.", "CONV_2D"),
    ],
)
def test_a_missing_op_is_named(message, op):
    error = error_for(message)
    assert isinstance(error, UnsupportedOpError)
    assert error.message == f"LiteRT has no {op}"


def test_everything_else_is_a_crash():
    error = error_for("input->dims->size != 4 (3 != 4)Node number 0 (CONV_2D) failed to prepare.")
    assert isinstance(error, RuntimeCrashError)
    assert "CONV_2D" in error.message
