"""The complementary error function in ops that TF.js has."""

from __future__ import annotations

from typing import Any

import numpy as np

from sizewise.convert.tfjs.nodes import constant, new_node, rebuilt


def replace_erfc(graph_def: Any) -> Any:
    """Write erfc(x) as 1 - erf(x).

    The difference is below 2e-7 for float32, and absolute: far from zero, where erfc itself is
    smaller, nothing of it is left. That is what the exact GELU needs. The graph is copied where
    it has such a node, and given back as it is where it has none.
    """
    if not any(node.op == "Erfc" for node in graph_def.node):
        return graph_def
    return rebuilt(graph_def, (part for node in graph_def.node for part in _without(node)))


def _without(node: Any) -> list[Any]:
    if node.op != "Erfc":
        return [node]
    import tensorflow as tf

    dtype = node.attr["T"].type
    one = constant(f"{node.name}/one", np.ones((), tf.as_dtype(dtype).as_numpy_dtype))
    erf = new_node(f"{node.name}/Erf", "Erf", node.input, dtype)
    return [one, erf, new_node(node.name, "Sub", [one.name, erf.name], dtype)]
