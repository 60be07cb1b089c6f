"""The instant runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sizewise.domain import Artifact, Signature, Target, TensorSpec
from sizewise.errors import DataError, UnsupportedOpError
from sizewise.runtimes import Runtime
from sizewise.runtimes.fake import FakeRuntime


def artifact(batch: int | None = None) -> Artifact:
    spec = TensorSpec("x", "x:0", "float32", (batch, 2))
    out = TensorSpec("y", "y:0", "float32", (batch, 2))
    return Artifact(Target.TFJS, "float32", Path(), (), "", Signature("s", (spec,), (out,)))


def test_it_is_a_runtime_that_computes_the_given_function():
    runtime: Runtime = FakeRuntime(lambda inputs: {"y": inputs["x"] + 1})
    x = np.arange(14.0).reshape(7, 2)
    execution = runtime.execute(artifact(), {"x": x}, batch_size=3, latency_runs=4)
    np.testing.assert_array_equal(execution.outputs["y"], x + 1)
    assert execution.runtime == "fake"
    assert execution.load_seconds > 0
    assert len(execution.latencies_seconds) == 4
    again = runtime.execute(artifact(), {"x": x}, batch_size=3, latency_runs=4)
    assert again.latencies_seconds == execution.latencies_seconds
    assert runtime.versions() == {"fake": "1.0"}
    runtime.close()


def test_a_fixed_batch_is_filled():
    seen = []

    def function(inputs):
        seen.append(len(inputs["x"]))
        return {"y": inputs["x"]}

    x = np.arange(14.0).reshape(7, 2)
    execution = FakeRuntime(function).execute(artifact(batch=4), {"x": x})
    assert seen == [4, 4]
    np.testing.assert_array_equal(execution.outputs["y"], x)


def test_samples_that_do_not_fit_are_refused():
    with pytest.raises(DataError):
        FakeRuntime(dict).execute(artifact(), {"other": np.zeros((2, 2))})


def test_an_error_of_the_function_is_the_runtimes():
    def function(_inputs):
        raise UnsupportedOpError("no such op")

    with pytest.raises(UnsupportedOpError, match="no such op"):
        FakeRuntime(function).execute(artifact(), {"x": np.zeros((2, 2))})
