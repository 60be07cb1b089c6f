"""How batches stay within the time limit of a request."""

from __future__ import annotations

import pytest

from sizewise.runtimes.batching import Batching
from sizewise.runtimes.node.runtime import within_limit


@pytest.mark.parametrize(
    ("batching", "sample_seconds", "rows"),
    [
        (Batching(100, padded=False), 0.001, 100),
        (Batching(100, padded=False), 1.0, 30),
        (Batching(100, padded=False), 500.0, 1),
        (Batching(100, padded=False), 0.0, 100),
        (Batching(100, padded=True), 500.0, 100),
    ],
)
def test_batches_take_at_most_a_quarter_of_the_limit(batching, sample_seconds, rows):
    assert within_limit(batching, sample_seconds, 120.0).rows == rows
