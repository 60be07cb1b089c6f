"""The passes between a frozen graph and the graph that TF.js gets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeAlias

from sizewise.convert.tfjs.fold import fold_batch_norms
from sizewise.convert.tfjs.grappler import CLEANUP, REMAP, grappler
from sizewise.errors import UnsupportedOpError

Pass: TypeAlias = Callable[[Any], Any]
"""From one ``GraphDef`` to the next; a pass may change the one that it is given."""

_SHOWN_NODES = 3


def optimise(graph_def: Any, signature_def: Any) -> Any:
    """Run every pass on ``graph_def``, which is left as it is.

    Raises UnsupportedOpError where TF.js lacks an op.
    """
    for run in passes(signature_def):
        graph_def = run(graph_def)
    return graph_def


def passes(signature_def: Any) -> tuple[Pass, ...]:
    """The passes in order. Those of the upstream converter come from its own modules, but for
    the fold of batch norms; the first to change anything works on a copy.
    """
    from tensorflowjs.converters import (
        fuse_depthwise_conv2d,
        fuse_prelu,
        normalize_bias_add,
    )
    from tensorflowjs.converters import tf_saved_model_conversion_v2 as upstream

    outputs = frozenset(info.name.partition(":")[0] for info in signature_def.outputs.values())
    return (
        refuse_unsupported,
        grappler(("debug_stripper", *CLEANUP, *CLEANUP), signature_def),
        lambda graph_def: fold_batch_norms(graph_def, outputs),
        normalize_bias_add.normalize_bias_add_op,
        place_on_cpu,
        grappler(REMAP, signature_def),
        upstream._remove_unused_control_flow_inputs,  # noqa: SLF001 - it has no other name
        fuse_prelu.fuse_ops_for_prelu,
        fuse_depthwise_conv2d.fuse_depthwise_conv2d,
        fuse_prelu.fuse_prelu_with_fused_conv2d_or_matmul,
        refuse_unsupported,
    )


def place_on_cpu(graph_def: Any) -> Any:
    """Put convolutions and matrix products on the CPU, where alone grappler fuses them."""
    for node in graph_def.node:
        if node.op in ("Conv2D", "MatMul"):
            node.device = "/device:CPU:0"
    return graph_def


def refuse_unsupported(graph_def: Any) -> Any:
    """Raise UnsupportedOpError where an op is not on the upstream converter's lists.

    Debug ops pass: the optimiser strips them.
    """
    from tensorflowjs.converters import tf_saved_model_conversion_v2 as upstream

    missing = upstream.validate(graph_def, skip_op_check=False, strip_debug_ops=True)
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
    )


def _shown(names: list[str]) -> str:
    rest = len(names) - _SHOWN_NODES
    shown = ", ".join(names[:_SHOWN_NODES])
    return f"{shown} and {rest} more" if rest > 0 else shown
