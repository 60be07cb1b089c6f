"""In which order kernels can be calibrated: each after those whose results reach it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sizewise.compress.obs.trace import Kernel, producer


def groups(graph_def: Any, kernels: Sequence[Kernel]) -> Iterator[tuple[Kernel, ...]]:
    """The kernels that have readers, in groups that can be calibrated together.

    What reaches a group comes from kernels of groups before it alone. Kernels that need each
    other's results, as those of a loop or one that several ops share, are in one group.
    """
    left = [kernel for kernel in kernels if kernel.readers]
    before = _before(graph_def, left)
    while left:
        names = {kernel.name for kernel in left}
        needs = {kernel.name: before[kernel.name] & names for kernel in left}
        ready = tuple(
            kernel
            for kernel in left
            # Whatever it waits for waits for it, too.
            if all(kernel.name in needs[other] for other in needs[kernel.name] - {kernel.name})
        )
        yield ready
        left = [kernel for kernel in left if kernel not in ready]


def _before(graph_def: Any, kernels: Sequence[Kernel]) -> Mapping[str, set[str]]:
    """Which kernels have a part in what reaches each kernel."""
    nodes = {node.name: node for node in graph_def.node}
    bits = {kernel.name: 1 << number for number, kernel in enumerate(kernels)}
    own: dict[str, int] = {}
    for kernel in kernels:
        for reader in kernel.readers:
            own[reader.node] = own.get(reader.node, 0) | bits[kernel.name]
    reach = dict.fromkeys(nodes, 0)
    order = _sources_first(nodes)
    changed = True
    while changed:
        changed = False
        for name in order:
            found = own.get(name, 0)
            for tensor in nodes[name].input:
                found |= reach.get(producer(tensor), 0)
            changed |= found != reach[name]
            reach[name] = found
    result = {}
    for kernel in kernels:
        found = 0
        for reader in kernel.readers:
            found |= reach[producer(reader.activations)]
        result[kernel.name] = {name for name, bit in bits.items() if found & bit}
    return result


def _sources_first(nodes: Mapping[str, Any]) -> list[str]:
    """The nodes, each after its inputs as far as there are no loops."""
    order: list[str] = []
    seen: set[str] = set()
    for root in nodes:
        pending = [(root, False)]
        while pending:
            name, is_done = pending.pop()
            if is_done:
                order.append(name)
            elif name in nodes and name not in seen:
                seen.add(name)
                pending.append((name, True))
                pending += [(producer(tensor), False) for tensor in nodes[name].input]
    return order
