"""Samples that are equal to the last bit, found in two sets of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from sizewise.domain import Array, Samples


def count_common(samples: Samples, others: Samples) -> int:
    """How many of ``samples`` have inputs that some of ``others`` have, too; labels are not
    looked at.
    """
    known = set(_digests(others))
    return sum(digest in known for digest in _digests(samples))


def rows_apart(samples: Samples, others: Samples) -> Array:
    """The rows of those of ``samples`` whose inputs none of ``others`` have; labels are not
    looked at.
    """
    known = set(_digests(others))
    return np.flatnonzero([digest not in known for digest in _digests(samples)])


def _digests(samples: Samples) -> Iterator[bytes]:
    arrays = [np.ascontiguousarray(samples.inputs[name]) for name in sorted(samples.inputs)]
    for row in range(len(samples)):
        digest = hashlib.blake2b(digest_size=16)
        for array in arrays:
            # The bytes of text depend on the longest text of its array.
            is_text = array.dtype.kind in "US"
            digest.update(repr(array[row]).encode() if is_text else array[row].tobytes())
        yield digest.digest()
