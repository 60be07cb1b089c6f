"""The matrix products that ops are made of: which weights form a matrix, and what meets it.

Each contraction says two things of an op. ``matrices`` gives the weights as ``P`` matrices of one
shape [P, inputs, outputs], in numbers of the kernel's elements; ``rows`` gives what these
matrices are multiplied with, [P, rows, inputs], for a batch of activations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np

from sizewise.domain import Array

Pick: TypeAlias = Callable[[int], Array]
"""From a number of rows to the numbers of those to look at."""


class Contraction(Protocol):
    """An op that multiplies activations with a kernel."""

    def matrices(self, kernel: Array) -> Array:
        """``kernel``, an array of numbers, as matrices [P, inputs, outputs]."""

    def rows(self, activations: Array, pick: Pick) -> Array:
        """Rows that the matrices are multiplied with, [P, rows, inputs].

        ``pick`` is given how many there are, and says which are wanted.
        """


@dataclass(frozen=True, slots=True)
class Lookup:
    """Rows of a table [count, ...] by their numbers: the table times vectors of a single 1.

    No two rows meet, and each is a matrix of one input.
    """

    count: int

    def matrices(self, kernel: Array) -> Array:
        """See ``Contraction``."""
        return kernel.reshape(self.count, 1, -1)

    def rows(self, activations: Array, pick: Pick) -> Array:
        """See ``Contraction``."""
        numbers = activations.reshape(-1)
        wanted = numbers[pick(len(numbers))]
        rows: Array = (wanted == np.arange(self.count)[:, None])[..., None]
        return rows.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Another contraction, the inputs of each matrix cut into ``count`` blocks of one size.

    Each block is a matrix: what weights of two blocks do to an output is taken as independent.
    """

    whole: Contraction
    count: int

    def matrices(self, kernel: Array) -> Array:
        """See ``Contraction``."""
        found = self.whole.matrices(kernel)
        return found.reshape(len(found) * self.count, -1, found.shape[2])

    def rows(self, activations: Array, pick: Pick) -> Array:
        """See ``Contraction``."""
        found = self.whole.rows(activations, pick)
        problems, count, _ = found.shape
        cut = found.reshape(problems, count, self.count, -1).swapaxes(1, 2)
        return cut.reshape(problems * self.count, count, -1)


@dataclass(frozen=True, slots=True)
class Product:
    """A matrix product, batched or not, whose kernel is one of its two operands.

    ``on_the_left`` says that the kernel is the first. ``kernel_turned`` and ``others_turned`` say
    that the op transposes the kernel, or the other operand, before it multiplies.
    """

    shape: tuple[int, ...]
    on_the_left: bool
    kernel_turned: bool
    others_turned: bool

    def matrices(self, kernel: Array) -> Array:
        """See ``Contraction``."""
        # Of A x B with the kernel A, the transpose B' x A' has it on the right.
        turned = kernel.swapaxes(-1, -2) if self.kernel_turned != self.on_the_left else kernel
        return turned.reshape(-1, *turned.shape[-2:])

    def rows(self, activations: Array, pick: Pick) -> Array:
        """See ``Contraction``."""
        if self.others_turned != self.on_the_left:
            activations = activations.swapaxes(-1, -2)
        batch, inputs = self.shape[:-2], activations.shape[-1]
        if all(size == 1 for size in batch):
            flat = activations.reshape(-1, inputs)
            return flat[pick(len(flat))][None]
        common = np.broadcast_shapes(batch, activations.shape[:-2])
        own = (1,) * (len(common) - len(batch)) + batch
        whole = np.broadcast_to(activations, (*common, *activations.shape[-2:]))
        each = [axis for axis, size in enumerate(own) if size > 1]
        rest = [axis for axis, size in enumerate(own) if size == 1]
        moved = whole.transpose(*each, *rest, len(common), len(common) + 1)
        flat = moved.reshape(int(np.prod(batch)), -1, inputs)
        return flat[:, pick(flat.shape[1])]


@dataclass(frozen=True, slots=True)
class Einsum:
    """A sum of products in Einstein's notation: one letter an axis, none twice in an operand.

    ``kernel``, ``others`` and ``result`` are the letters of the kernel, of the other operand and
    of the result.
    """

    kernel: str
    others: str
    result: str

    @property
    def each(self) -> str:
        """The axes of which every step has a matrix of its own."""
        return "".join(c for c in self.kernel if c in self.others and c in self.result)

    @property
    def summed(self) -> str:
        """The axes of the inputs."""
        return "".join(c for c in self.kernel if c in self.others and c not in self.result)

    @property
    def is_product(self) -> bool:
        """Whether no axis of one operand alone is summed over."""
        alone = set(self.kernel) ^ set(self.others)
        once = all(len(set(part)) == len(part) for part in (self.kernel, self.others, self.result))
        return once and alone <= set(self.result)

    def matrices(self, kernel: Array) -> Array:
        """See ``Contraction``."""
        own = "".join(c for c in self.kernel if c not in self.others)
        sizes = dict(zip(self.kernel, kernel.shape, strict=True))
        counts = [int(np.prod([sizes[c] for c in part])) for part in (self.each, self.summed, own)]
        order = [self.kernel.index(c) for c in self.each + self.summed + own]
        return kernel.transpose(order).reshape(counts)

    def rows(self, activations: Array, pick: Pick) -> Array:
        """See ``Contraction``."""
        own = "".join(c for c in self.others if c not in self.kernel)
        sizes = dict(zip(self.others, activations.shape, strict=True))
        counts = [int(np.prod([sizes[c] for c in part])) for part in (self.each, own, self.summed)]
        order = [self.others.index(c) for c in self.each + own + self.summed]
        flat = activations.transpose(order).reshape(counts)
        return flat[:, pick(flat.shape[1])]
