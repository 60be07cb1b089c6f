"""Samples to calibrate with, to search on and to judge on, no two of which are the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sizewise.domain import Array, Data, Samples
from sizewise.errors import DataError
from sizewise.models.data import take
from sizewise.models.overlap import count_common, rows_apart

MOST_TO_SEARCH = 512
"""More samples make a search slower, and hardly better."""

FEWEST = 16
"""Samples to search or to judge on, without which a search says nothing."""


@dataclass(frozen=True, slots=True)
class Split:
    """Three sets of samples that have no sample in common.

    Raises DataError where two of them have one, or one is too small.
    """

    calibrate: Samples
    search: Samples
    test: Samples

    def __post_init__(self) -> None:
        named = self._named()
        for name, samples in named:
            if name != "calibrate" and len(samples) < FEWEST:
                raise DataError(
                    f"{len(samples)} samples are too few to {_FOR[name]}",
                    advice=f"give at least {FEWEST} that are used for nothing else",
                )
        for (name, samples), (other, others) in combinations(named, 2):
            if count := count_common(samples, others):
                raise DataError(
                    f"{count} samples to {_FOR[name]} are also samples to {_FOR[other]}",
                    advice="what is judged on samples that were used to choose it is not judged",
                )

    def _named(self) -> tuple[tuple[str, Samples], ...]:
        return (
            ("calibrate", self.calibrate),
            ("search", self.search),
            ("test", self.test),
        )

    @property
    def counts(self) -> dict[str, int]:
        """How many samples each set has."""
        return {name: len(samples) for name, samples in self._named()}


_FOR = {"calibrate": "calibrate with", "search": "search on", "test": "judge on"}


def split_samples(data: Data, seed: int) -> Split:
    """Three disjoint sets, always the same for a seed.

    Calibration samples are those of a run, so that a run makes the same artifact. Samples to
    search on come from those to train on, where there are any, else they are half of the samples
    to judge on. Of equal samples only one set keeps any. Raises DataError where too few are left.
    """
    random = np.random.default_rng((seed, 2))
    judge = take(data.judge, rows_apart(data.judge, data.calibrate))
    if data.train is not None:
        pool = take(data.train, rows_apart(data.train, data.calibrate))
        search = take(pool, _some(random, len(pool), MOST_TO_SEARCH))
        test = take(judge, rows_apart(judge, search))
    else:
        chosen = _some(random, len(judge), min(len(judge) // 2, MOST_TO_SEARCH))
        search = take(judge, chosen)
        test = take(judge, np.setdiff1d(np.arange(len(judge)), chosen))
        test = take(test, rows_apart(test, search))
    return Split(data.calibrate, search, test)


def _some(random: np.random.Generator, count: int, wanted: int) -> Array:
    return np.sort(random.permutation(count)[:wanted])


def digests(split: Split) -> Iterator[str]:
    """A digest of each set, by which a later tuning knows that its samples are the same."""
    import hashlib

    for samples in (split.calibrate, split.search, split.test):
        digest = hashlib.sha256()
        arrays = dict(sorted(samples.inputs.items()))
        if samples.labels is not None:
            arrays["labels of the samples"] = samples.labels
        for name, array in arrays.items():
            digest.update(f"{name} {array.dtype} {array.shape}".encode())
            is_text = array.dtype.kind in "USO"
            digest.update(repr(array.tolist()).encode() if is_text else array.tobytes())
        yield digest.hexdigest()
