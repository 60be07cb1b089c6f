"""The converter to TF.js graph models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sizewise.convert.artifact import write_artifact
from sizewise.convert.failure import refusals
from sizewise.convert.tfjs.nodes import message_json
from sizewise.convert.tfjs.optimise import optimise
from sizewise.convert.tfjs.signature import kept_signature, signature_def, signature_json
from sizewise.convert.tfjs.weights import Weight, extract_weights, quantization_map
from sizewise.domain import Artifact, Data, Encoding, Graph, Signature, Target

MODEL_FILE = "model.json"
SHARD_BYTES = 4 * 1024 * 1024
"""Largest size of a weight file: what browsers still cache."""


@dataclass(frozen=True, slots=True)
class TfjsPrepared:
    """An optimised graph: its weights, and the head of its ``model.json`` without them."""

    head: dict[str, Any]
    weights: tuple[Weight, ...]
    signature: Signature


class TfjsConverter:
    """Writes what the upstream converter writes, from a graph in memory."""

    target = Target.TFJS

    def prepare(self, graph: Graph, data: Data) -> TfjsPrepared:  # noqa: ARG002 - the protocol's
        """Optimise ``graph`` and take its weights out; see ``Converter``."""
        from tensorflowjs.converters import common

        signature = kept_signature(graph)
        with refusals("optimising for TF.js"):
            optimised = optimise(graph.graph_def, signature_def(signature), graph.custom_ops)
            weights = extract_weights(optimised)
            head = {
                common.FORMAT_KEY: common.TFJS_GRAPH_MODEL_FORMAT,
                common.GENERATED_BY_KEY: graph.tensorflow_version,
                common.CONVERTED_BY_KEY: common.get_converted_by(),
                common.SIGNATURE_KEY: signature_json(signature),
                common.ARTIFACT_MODEL_TOPOLOGY_KEY: _in_order(message_json(optimised)),
            }
        return TfjsPrepared(head, weights, signature)

    def write(self, prepared: TfjsPrepared, encoding: Encoding, folder: Path) -> Artifact:
        """Quantize the weights and write ``model.json`` and its shards; see ``Converter``."""

        def fill(temporary: Path) -> tuple[Sequence[str], Signature]:
            from tensorflowjs import write_weights
            from tensorflowjs.converters import common

            # A weight beyond float16's range becomes infinite, which NumPy would warn of.
            with np.errstate(over="ignore"):
                manifest = write_weights.write_weights(
                    [[{"name": one.name, "data": one.values} for one in prepared.weights]],
                    str(temporary),
                    shard_size_bytes=SHARD_BYTES,
                    write_manifest=False,
                    quantization_dtype_map=quantization_map(prepared.weights, encoding),
                )
            model = {**prepared.head, common.ARTIFACT_WEIGHTS_MANIFEST_KEY: manifest}
            text = json.dumps(model, allow_nan=False)
            (temporary / MODEL_FILE).write_text(text, encoding="ascii")
            shards = [name for group in manifest for name in group["paths"]]
            return [MODEL_FILE, *shards], prepared.signature

        with refusals(f"writing {encoding.name} for TF.js"):
            return write_artifact(self.target, encoding.name, folder, fill)


def _in_order(topology: dict[str, Any]) -> dict[str, Any]:
    """``topology`` with the attributes of each node by name: protobuf's order of them varies."""
    for node in topology.get("node", ()):
        if "attr" in node:
            node["attr"] = dict(sorted(node["attr"].items()))
    return topology
