import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.compress.training.schedule import Ramp, ramp_for, steps_of
from sizewise.domain import Finetune, Schedule

TRAININGS = st.builds(
    Finetune,
    epochs=st.integers(1, 30),
    batch_size=st.integers(1, 64),
    schedule=st.sampled_from(Schedule),
)


def test_the_formula():
    ramp = Ramp(0.4, 0.8, 1, 101, 10)
    assert ramp.sparsity(1) == pytest.approx(0.4)
    assert ramp.sparsity(51) == pytest.approx(0.8 - 0.4 / 8)
    assert ramp.sparsity(101) == ramp.sparsity(1000) == 0.8
    assert [step for step in range(200) if ramp.updates(step)] == list(range(1, 102, 10))


@given(TRAININGS, st.floats(0.01, 0.99), st.integers(1, 500))
def test_every_training_ends_at_the_sparsity_that_was_asked_for(finetune, sparsity, samples):
    ramp = ramp_for(finetune, sparsity, samples)
    steps = [step for step in range(1, steps_of(finetune, samples) + 1) if ramp.updates(step)]
    assert ramp.sparsity(steps[-1]) == sparsity
    found = [ramp.sparsity(step) for step in steps]
    assert found == sorted(found)
    if finetune.schedule is Schedule.CONSTANT:
        assert set(found) == {sparsity}


def test_half_of_the_batches_are_left_to_recover():
    finetune = Finetune(3, batch_size=32)
    assert steps_of(finetune, 1078) == 102
    assert ramp_for(finetune, 0.8, 1078) == Ramp(0.4, 0.8, 1, 51, 5)
