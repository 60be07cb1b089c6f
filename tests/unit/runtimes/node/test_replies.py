"""What the messages of TensorFlow.js mean."""

from __future__ import annotations

import pytest

from sizewise.errors import RuntimeCrashError, UnsupportedOpError
from sizewise.runtimes.node.replies import error_for


@pytest.mark.parametrize(
    ("message", "op"),
    [
        ("Kernel 'Einsum' not registered for backend 'wasm'", "Einsum"),
        ("'topk' not yet implemented or not found in the registry. This kernel …", "topk"),
        ("Unknown op 'Erfc'. File an issue at https://… so we can add it", "Erfc"),
        ("Node type FooV2 is not implemented", "FooV2"),
        ("Custom op MyOp is not registered.", "MyOp"),
    ],
)
def test_a_missing_op_is_named_with_its_backend(message, op):
    error = error_for(message, "wasm")
    assert isinstance(error, UnsupportedOpError)
    assert error.message == f"TensorFlow.js has no {op} on its wasm backend"


@pytest.mark.parametrize(
    "message",
    [
        "Unknown dtype complex64",
        "Unsupported dtype in weight 'a': int8",
        "BatchMatMul for non non-float32 tensors not yet supported.",
        "FusedConv2D only supports rank-1 bias but got rank 4.",
    ],
)
def test_a_case_that_a_kernel_lacks_is_unsupported_and_quoted(message):
    error = error_for(message, "wasm")
    assert isinstance(error, UnsupportedOpError)
    assert message in error.message


@pytest.mark.parametrize(
    "message",
    [
        "The backend 'wasm' could not be started (active: 'cpu')",
        "Error: the shape of dict['x'] provided in model.execute(dict) must be [-1,2]",
        "memory access out of bounds",
    ],
)
def test_everything_else_is_a_crash(message):
    error = error_for(message, "wasm")
    assert isinstance(error, RuntimeCrashError)
    assert message in error.message
