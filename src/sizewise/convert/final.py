"""The graph whose weights are those of the artifacts, still one that TensorFlow runs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sizewise.convert.failure import refusals
from sizewise.domain import Graph


def final_graph(graph: Graph) -> Graph:
    """``graph`` with batch norms folded, constants computed and factors multiplied into kernels.

    What is done to its kernels afterwards, such as clustering, reaches the artifacts of every
    target as it is: nothing is left that an optimiser would fold into them. No ops are fused, so
    that TensorFlow runs it and every converter knows it. Signature, tables and custom ops stay.
    A batch norm in training mode stays as well: it is the targets' to accept or refuse. What is
    left to TFLite's converter is a single number that multiplies the input of a kernel: it scales
    all of the kernel's values alike.

    Outputs differ by rounding alone. Raises ConversionError where TensorFlow's optimiser fails.
    """
    from sizewise.convert.tfjs.factors import fold_factors
    from sizewise.convert.tfjs.fold import fold_batch_norms
    from sizewise.convert.tfjs.grappler import CLEANUP, grappler
    from sizewise.convert.tfjs.signature import kept_signature, signature_def

    signature = signature_def(kept_signature(graph))
    outputs = frozenset(_output_nodes(graph))
    graph_def = graph.graph_def
    with refusals("optimising the graph"):
        for run in (
            grappler((*CLEANUP, *CLEANUP), signature),
            partial(fold_batch_norms, outputs=outputs),
            partial(fold_factors, outputs=outputs),
            # What was folded may be constant, or equal to something else, by now.
            grappler(CLEANUP, signature),
        ):
            graph_def = run(graph_def)
    return graph.with_graph_def(graph_def)


def _output_nodes(graph: Graph) -> Iterator[str]:
    return (spec.tensor.partition(":")[0] for spec in graph.signature.outputs)
