from types import SimpleNamespace

import numpy as np
import pytest

from sizewise.domain import Samples
from sizewise.errors import WrongArtifactError
from sizewise.run.verify import PROBES, probe, verify


def check(expected, found):
    verify(
        lambda encoding, folder: SimpleNamespace(target="tfjs"),
        lambda artifact: SimpleNamespace(outputs=found),
        expected,
    )


def test_rounding_is_no_difference():
    wanted = np.linspace(-3, 3, 100, dtype=np.float32)
    check({"y": wanted}, {"y": wanted * (1 + 1e-6)})


def test_the_scale_is_the_outputs_own():
    wanted = np.full(3, 1e4)
    check({"y": wanted}, {"y": wanted + 5})
    with pytest.raises(WrongArtifactError, match="off by 50"):
        check({"y": wanted}, {"y": wanted + 50})


@pytest.mark.parametrize(
    ("found", "word"),
    [
        ({}, "missing"),
        ({"y": np.zeros((2, 3))}, r"of shape \[2, 3\]"),
        ({"y": np.array([1.0, np.nan])}, "off by nan"),
        ({"y": np.array([2.0, 1.0])}, "off by 1"),
    ],
)
def test_a_difference_is_wrong(found, word):
    with pytest.raises(WrongArtifactError, match=word):
        check({"y": np.array([1.0, 2.0])}, found)


def test_what_is_not_finite_in_the_model_is_left_to_the_comparison_of_outputs():
    check({"y": np.array([1.0, np.inf])}, {"y": np.array([1.0, 3.0])})


def test_text_is_equal_or_wrong():
    check({"y": np.array(["a", "b"])}, {"y": np.array(["a", "b"], dtype=object)})
    with pytest.raises(WrongArtifactError):
        check({"y": np.array(["a", "b"])}, {"y": np.array(["a", "c"])})


def test_a_probe_is_the_first_few_samples():
    samples = probe(Samples({"x": np.arange(100)}))
    assert list(samples.inputs["x"]) == list(range(PROBES))
