"""The passes between a frozen graph and the graph that TF.js gets."""

from __future__ import annotations

from functools import partial
from typing import Any

from sizewise.convert.tfjs.beside import optimised_beside
from sizewise.convert.tfjs.bias import normalise_biases
from sizewise.convert.tfjs.control import bypass_no_ops, gate_constants
from sizewise.convert.tfjs.einsum import write_out_einsums
from sizewise.convert.tfjs.erfc import replace_erfc
from sizewise.convert.tfjs.fold import fold_batch_norms
from sizewise.convert.tfjs.grappler import CLEANUP, grappler, remapper
from sizewise.convert.tfjs.groups import split_groups
from sizewise.convert.tfjs.nodes import Pass
from sizewise.convert.tfjs.refuse import DEBUG_OPS, refuse_training, refuse_unsupported
from sizewise.convert.tfjs.shield import shielded
from sizewise.convert.tfjs.training import write_out_training
from sizewise.convert.tfjs.unfuse import unfuse
from sizewise.domain import Array, Graph


def optimise(
    graph: Graph,
    signature_def: Any,
    custom_ops: frozenset[str] = frozenset(),
    *,
    strip_debug_ops: bool = True,
) -> tuple[Any, dict[str, Array]]:
    """Run every pass on the nodes of ``graph``, which is left as it is.

    Gives the optimised ``GraphDef``, and the values of large constants that are left out of it,
    by their names. Raises UnsupportedOpError where TF.js lacks an op that is none of
    ``custom_ops``; with ``strip_debug_ops``, those that only check and print are dropped.
    """

    def run(graph_def: Any) -> Any:
        for each in passes(signature_def, custom_ops, strip_debug_ops=strip_debug_ops):
            graph_def = each(graph_def)
        return graph_def

    return optimised_beside(graph, run)


def passes(
    signature_def: Any, custom_ops: frozenset[str] = frozenset(), *, strip_debug_ops: bool = True
) -> tuple[Pass, ...]:
    """The passes in order: those of the upstream converter, from its own modules where they are
    right, and guards where TF.js could not run, or would run wrongly, what they make.

    No pass before the first call of grappler, which gives a new graph, changes what it is given.
    """
    from tensorflowjs.converters import fuse_depthwise_conv2d, fuse_prelu
    from tensorflowjs.converters import tf_saved_model_conversion_v2 as upstream

    outputs = frozenset(info.name.partition(":")[0] for info in signature_def.outputs.values())
    allowed = custom_ops | DEBUG_OPS if strip_debug_ops else custom_ops
    refuse = partial(refuse_unsupported, custom_ops=allowed)
    strip = ("debug_stripper",) if strip_debug_ops else ()
    return (
        replace_erfc,
        refuse,
        grappler((*strip, *CLEANUP, *CLEANUP), signature_def),
        partial(write_out_training, outputs=outputs),
        refuse_training,
        split_groups,
        partial(fold_batch_norms, outputs=outputs),
        partial(normalise_biases, outputs=outputs),
        place_on_cpu,
        remapper(signature_def),
        unfuse,
        write_out_einsums,
        partial(bypass_no_ops, outputs=outputs),
        partial(gate_constants, outputs=outputs),
        upstream._remove_unused_control_flow_inputs,  # noqa: SLF001 - it has no other name
        shielded(fuse_prelu.fuse_ops_for_prelu, outputs),
        shielded(fuse_depthwise_conv2d.fuse_depthwise_conv2d, outputs),
        shielded(fuse_prelu.fuse_prelu_with_fused_conv2d_or_matmul, outputs),
        refuse,
    )


def place_on_cpu(graph_def: Any) -> Any:
    """Put convolutions and matrix products on the CPU, where alone grappler fuses them."""
    for node in graph_def.node:
        if node.op in ("Conv2D", "MatMul"):
            node.device = "/device:CPU:0"
    return graph_def
