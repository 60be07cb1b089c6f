import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sizewise.compress.prune import dense_groups, zeros_wanted
from sizewise.compress.training.kernels import Kernel
from sizewise.compress.training.masks import Holder, Masker, Ties, masks, tied
from sizewise.compress.training.schedule import Ramp
from sizewise.domain import Pattern, Prune, Scope

WEIGHTS = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=4, max_side=6),
    elements=st.floats(0.5, 8, width=32),
)


class Variable:
    """What a kernel needs of a variable of either Keras."""

    def __init__(self, value):
        self.value = np.asarray(value, np.float32)

    def numpy(self):
        return self.value

    def assign(self, value):
        self.value = value


def kernel(value, name="dense/kernel", axis=-2):
    return Kernel(name, Variable(value), axis)


@given(WEIGHTS, st.integers(1, 99))
def test_a_mask_leaves_the_share_that_was_asked_for(weights, percent):
    step = Prune(0.99)
    found = masks({"a": weights}, {"a": None}, step, percent / 100)["a"]
    assert found.shape == weights.shape
    assert (~found).sum() == zeros_wanted(weights.size, percent / 100)


def test_a_global_mask_has_one_threshold():
    weights = {"small": np.array([[1.0, 2.0]]), "large": np.array([[3.0, 9.0], [8.0, 7.0]])}
    step = Prune(0.5, scope=Scope.GLOBAL)
    found = masks(weights, dict.fromkeys(weights), step, 0.5)
    np.testing.assert_array_equal(found["small"], [[False, False]])
    np.testing.assert_array_equal(found["large"], [[False, True], [True, True]])


@pytest.mark.parametrize(("inputs", "zeros"), [(4, 2), (8, 4), (3, 1), (7, 3), (1, 0)])
def test_a_pattern_takes_its_share_of_the_last_group(inputs, zeros):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(3, 3, inputs, 5))
    step = Prune(pattern=Pattern(2, 4))
    found = masks({"a": weights, "b": weights}, {"a": -2, "b": None}, step, 0.5)
    assert set(found) == {"a"}
    assert (~found["a"]).sum() == zeros * 9 * 5
    assert dense_groups(np.where(found["a"], weights, 0), Pattern(2, 4), -2) == 0


def test_a_masker_follows_its_ramp_and_stays_there():
    one = kernel(np.arange(1, 11).reshape(5, 2))
    masker = Masker([one], Prune(0.8), Ramp(0.4, 0.8, 2, 4, 2))
    zeros = []
    for _ in range(6):
        # As a batch would do, which knows of no mask.
        one.write(one.read() + 0.25)
        masker.after_batch()
        zeros.append(int((one.read() == 0).sum()))
    assert zeros == [0, 4, 4, 8, 8, 8]
    assert masker.batches == 6


def test_a_holder_keeps_zeros_and_lets_the_rest_move():
    one = kernel([[0.0, 1.0], [2.0, 0.0]])
    holder = Holder([one])
    one.write(one.read() + 1)
    holder.after_batch()
    np.testing.assert_array_equal(one.read(), [[0, 2], [3, 0]])


def test_ties_move_together_to_their_mean():
    one = kernel([[0.0, 1.0, 1.0], [5.0, 5.0, 0.0]])
    ties = Ties([one])
    one.write(np.array([[0.5, 2.0, 4.0], [5.0, 7.0, -0.5]], np.float32))
    ties.after_batch()
    np.testing.assert_array_equal(one.read(), [[0, 3, 3], [6, 6, 0]])


@given(WEIGHTS, st.integers(1, 4))
def test_tied_weights_have_the_means_of_their_groups(weights, count):
    groups = np.arange(weights.size) % min(count, weights.size)
    found = tied(weights, groups, np.zeros(groups.max() + 1, bool))
    assert found.dtype == weights.dtype
    for group in range(groups.max() + 1):
        members = found.ravel()[groups == group]
        assert set(members) == {members[0]}
        assert members[0] == pytest.approx(weights.ravel()[groups == group].mean(), rel=1e-5)
