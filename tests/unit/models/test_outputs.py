import pytest

from sizewise.domain import Signature, TensorSpec
from sizewise.errors import SourceError
from sizewise.models.outputs import fixed_batch


def signature(*shapes):
    inputs = tuple(
        TensorSpec(f"i{number}", f"i{number}:0", "float32", shape)
        for number, shape in enumerate(shapes)
    )
    return Signature("embed", inputs, ())


@pytest.mark.parametrize(
    ("shapes", "size"),
    [
        ([(None, 3)], None),
        ([None], None),
        ([(8, 3)], 8),
        ([(8, 3), (None, 2), None, (8,)], 8),
    ],
)
def test_the_number_of_samples_that_a_signature_fixes(shapes, size):
    assert fixed_batch(signature(*shapes)) == size


def test_inputs_that_contradict_each_other():
    with pytest.raises(SourceError, match=r"inputs of embed .* i0 \(8, 3\), i1 \(1, 3\)"):
        fixed_batch(signature((8, 3), (1, 3)))
