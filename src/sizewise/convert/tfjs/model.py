"""A model of TensorFlow.js on disk: ``model.json`` and its weight files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from sizewise.convert.artifact import Written, write_artifact
from sizewise.convert.tfjs.runnable import runnable
from sizewise.convert.tfjs.shards import write_shards
from sizewise.convert.tfjs.weights import Weight, check_rounded, plan_storage
from sizewise.convert.tfjs.written import check_written
from sizewise.domain import (
    SHARD_BYTES,
    Artifact,
    Encoding,
    Graph,
    Initializer,
    RoundedWeight,
    Signature,
    Target,
)

MODEL_FILE = "model.json"
_MANIFEST = "weightsManifest"
_TOPOLOGY = "modelTopology"
_VERSION = "generatedBy"


@dataclass(frozen=True)
class TfjsPrepared:
    """A graph or layers model: its weights, and the head of its ``model.json`` without them.

    ``initializer`` is that of the graph it was made of, which fills its tables. ``rounded`` are
    weights that are written exactly as they stand there.
    """

    head: dict[str, Any]
    weights: tuple[Weight, ...]
    signature: Signature
    shard_bytes: int = SHARD_BYTES
    notes: tuple[str, ...] = ()
    initializer: Initializer | None = None
    rounded: Mapping[str, RoundedWeight] = field(default_factory=dict)

    @cached_property
    def head_text(self) -> str:
        """The head as strict JSON: the same in every encoding."""
        return json.dumps(self.head, allow_nan=False)

    @property
    def graph(self) -> Graph:
        """The graph of a graph model, its weights put back, in ops that TensorFlow runs.

        It is made anew whenever it is asked for, and so takes no memory before. Its constants
        go by the names of ``weights``.
        """
        return Graph(
            runnable(self.head[_TOPOLOGY], self.weights),
            self.signature,
            self.head[_VERSION],
            initializer=self.initializer,
        )

    def with_levels(self, rounded: Mapping[str, RoundedWeight]) -> TfjsPrepared:
        """The same model with the levels of the weights in ``rounded`` settled."""
        return replace(self, rounded=rounded)


def write_model(
    target: Target, prepared: TfjsPrepared, encoding: Encoding, folder: Path
) -> Artifact:
    """Write one encoding to ``folder``, and read it back.

    Raises ConversionError where the weights cannot be stored that way, where ``folder`` exists,
    and where what is read back is not what was to be written.
    """
    rounded = prepared.rounded
    check_rounded(prepared.weights, rounded, encoding)
    plan = plan_storage(prepared.weights, encoding)

    def fill(temporary: Path) -> Written:
        manifest, findings = write_shards(
            temporary, prepared.weights, plan.types, prepared.shard_bytes, rounded
        )
        weights = json.dumps({_MANIFEST: manifest}, allow_nan=False)
        text = f"{prepared.head_text[:-1]}, {weights[1:]}"
        (temporary / MODEL_FILE).write_text(text, encoding="ascii")
        check_written(temporary, MODEL_FILE, _meant(prepared.weights, rounded))
        shards = [name for group in manifest for name in group["paths"]]
        notes = (*prepared.notes, *plan.notes, *findings)
        return Written([MODEL_FILE, *shards], prepared.signature, notes)

    return write_artifact(target, encoding.name, folder, fill)


def _meant(weights: tuple[Weight, ...], rounded: Mapping[str, RoundedWeight]) -> tuple[Weight, ...]:
    """The weights as a reader should find them: nearer than half a level is the very level."""
    return tuple(
        Weight(weight.name, rounded[weight.name].values) if weight.name in rounded else weight
        for weight in weights
    )
