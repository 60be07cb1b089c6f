"""Samples for three purposes, none of them for two."""

import numpy as np
import pytest

from sizewise.domain import Data, Samples
from sizewise.errors import DataError
from sizewise.run.tuning.split import MOST_TO_SEARCH, Split, digests, split_samples


def samples(start, count):
    """Samples that are numbers, each of which occurs once."""
    numbers = np.arange(start, start + count, dtype=np.float32)
    return Samples({"x": numbers[:, None]}, numbers.astype(int))


def numbers(of):
    return set(of.inputs["x"][:, 0].tolist())


def sets(split):
    return [numbers(part) for part in (split.calibrate, split.search, split.test)]


def test_samples_to_search_on_come_from_those_to_train_on():
    data = Data(samples(0, 200), samples(1000, 50), train=samples(1000, 700))

    split = split_samples(data, seed=0)

    assert split.counts == {"calibrate": 50, "search": MOST_TO_SEARCH, "test": 200}
    assert numbers(split.search) <= numbers(data.train) - numbers(data.calibrate)
    assert split.search.labels.tolist() == split.search.inputs["x"][:, 0].tolist()


def test_without_training_they_are_half_of_those_to_judge_on():
    data = Data(samples(0, 200), samples(0, 100), shared=True)

    split = split_samples(data, seed=0)

    assert split.counts == {"calibrate": 100, "search": 50, "test": 50}


@pytest.mark.parametrize("train", [None, samples(150, 300)], ids=["halves", "training"])
def test_no_sample_is_in_two_sets(train):
    data = Data(samples(0, 200), samples(80, 40), train=train)

    calibrate, search, test = sets(split_samples(data, seed=3))

    assert not calibrate & search
    assert not calibrate & test
    assert not search & test


def test_a_seed_settles_the_split():
    data = Data(samples(0, 200), samples(300, 100))

    assert sets(split_samples(data, 1)) == sets(split_samples(data, 1))
    assert sets(split_samples(data, 1)) != sets(split_samples(data, 2))


def test_equal_samples_are_never_on_both_sides():
    twins = Samples({"x": np.repeat(np.arange(60, dtype=np.float32), 2)[:, None]})

    _, search, test = sets(split_samples(Data(twins, samples(500, 20)), 0))

    assert not search & test


def test_an_overlap_is_refused():
    with pytest.raises(DataError, match="1 samples to search on are also samples to judge on"):
        Split(samples(0, 20), samples(100, 20), samples(119, 20))


def test_too_few_samples_are_refused():
    with pytest.raises(DataError, match="4 samples are too few to search on"):
        split_samples(Data(samples(0, 8), samples(100, 20)), 0)


def test_a_digest_tells_inputs_and_labels():
    one = Split(samples(0, 20), samples(100, 20), samples(200, 20))
    other = Split(samples(0, 20), samples(100, 20), Samples(one.test.inputs, one.test.labels + 1))

    assert list(digests(one)) == list(digests(one))
    assert list(digests(one))[:2] == list(digests(other))[:2]
    assert list(digests(one))[2] != list(digests(other))[2]
