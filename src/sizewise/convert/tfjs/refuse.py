"""What TF.js cannot run, refused by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sizewise.convert.tfjs.nodes import is_training
from sizewise.convert.tfjs.training import BATCH_NORMS
from sizewise.errors import UnsupportedOpError

_SHOWN_NODES = 3

DEBUG_OPS = frozenset(["Assert", "CheckNumerics", "Print"])
"""Ops that compute nothing, and that TensorFlow's optimiser can strip."""


def refuse_unsupported(graph_def: Any, custom_ops: frozenset[str] = frozenset()) -> Any:
    """Raise UnsupportedOpError where an op is not on the upstream converter's lists.

    ``custom_ops`` pass, which the runtime is taught, or which a later pass strips.
    """
    from tensorflowjs.converters import tf_saved_model_conversion_v2 as upstream

    missing = upstream.validate(graph_def, skip_op_check=False, strip_debug_ops=False) - custom_ops
    if not missing:
        return graph_def
    users = defaultdict(list)
    for nodes in (graph_def.node, *(part.node_def for part in graph_def.library.function)):
        for node in nodes:
            users[node.op].append(node.name)
    named = ", ".join(f"{op} ({_shown(users[op])})" for op in sorted(missing))
    raise UnsupportedOpError(
        f"TF.js has no {'op' if len(missing) == 1 else 'ops'} {named}",
        advice="the names in brackets are the nodes of the model that need it",
        ops={op: users[op] for op in sorted(missing)},
    )


def refuse_training(graph_def: Any) -> Any:
    """Raise UnsupportedOpError where a batch norm uses the statistics of its own batch.

    TF.js has batch norm with given statistics only, and would use the moving ones.
    """
    names = [n.name for n in graph_def.node if n.op in BATCH_NORMS and is_training(n)]
    if names:
        raise UnsupportedOpError(
            f"TF.js has no batch norm in training mode ({_shown(names)})",
            advice="export the model for inference: call it with training=False",
        )
    return graph_def


def _shown(names: Iterable[str]) -> str:
    names = list(names)
    rest = len(names) - _SHOWN_NODES
    shown = ", ".join(names[:_SHOWN_NODES])
    return f"{shown} and {rest} more" if rest > 0 else shown
