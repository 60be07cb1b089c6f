"""The converter to TF.js graph models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sizewise.convert.failure import refusals
from sizewise.convert.tfjs.head import head_of
from sizewise.convert.tfjs.model import TfjsPrepared, write_model
from sizewise.convert.tfjs.nodes import graph_json
from sizewise.convert.tfjs.optimise import optimise
from sizewise.convert.tfjs.signature import kept_signature, signature_def, signature_json
from sizewise.convert.tfjs.tables import with_tables
from sizewise.convert.tfjs.weights import extract_weights
from sizewise.domain import (
    DEFAULT_OPTIONS,
    Artifact,
    ConversionOptions,
    Data,
    Encoding,
    Graph,
    Signature,
    Target,
)


class TfjsConverter:
    """Writes what the upstream converter writes, from a graph in memory."""

    target = Target.TFJS

    def prepare(
        self,
        graph: Graph,
        data: Data,  # noqa: ARG002 - the protocol's
        options: ConversionOptions = DEFAULT_OPTIONS,
    ) -> TfjsPrepared:
        """Optimise ``graph`` and take its weights out; see ``Converter``."""
        from tensorflowjs.converters import common

        signature = kept_signature(graph)
        with refusals("optimising for TF.js"):
            optimised, beside = optimise(
                graph,
                signature_def(signature),
                _allowed_ops(graph, options),
                strip_debug_ops=options.strip_debug_ops,
            )
            weights = extract_weights(optimised, beside)
            head = {
                **head_of(common.TFJS_GRAPH_MODEL_FORMAT, graph.tensorflow_version),
                common.SIGNATURE_KEY: signature_json(signature),
                common.ARTIFACT_MODEL_TOPOLOGY_KEY: graph_json(optimised),
            }
            head, of_tables = with_tables(head, graph.initializer)
        if metadata := _metadata(signature, options):
            head[common.USER_DEFINED_METADATA_KEY] = metadata
        return TfjsPrepared(
            head,
            weights + of_tables,
            signature,
            options.weight_shard_bytes,
            initializer=graph.initializer,
        )

    def write(self, prepared: TfjsPrepared, encoding: Encoding, folder: Path) -> Artifact:
        """Quantize the weights and write ``model.json`` and its shards; see ``Converter``."""
        with refusals(f"writing {encoding.name} for TF.js"):
            return write_model(self.target, prepared, encoding, folder)


def _allowed_ops(graph: Graph, options: ConversionOptions) -> frozenset[str]:
    """The ops that need not be on TF.js's lists."""
    if not options.skip_op_check:
        return graph.custom_ops
    nodes = graph.skeleton
    functions = (function.node_def for function in nodes.library.function)
    return graph.custom_ops | {node.op for part in (nodes.node, *functions) for node in part}


def _metadata(signature: Signature, options: ConversionOptions) -> dict[str, Any]:
    from tensorflowjs.converters import common

    metadata = dict(options.metadata)
    if options.structured_outputs:
        # TF.js names the outputs in the order in which the signature lists them.
        metadata[common.STRUCTURED_OUTPUTS_KEYS_KEY] = [spec.name for spec in signature.outputs]
    return metadata
