"""A model of TensorFlow.js on disk: ``model.json`` and its weight files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sizewise.convert.artifact import Written, write_artifact
from sizewise.convert.tfjs.shards import write_shards
from sizewise.convert.tfjs.weights import Weight, plan_storage
from sizewise.convert.tfjs.written import check_written
from sizewise.domain import SHARD_BYTES, Artifact, Encoding, Signature, Target

MODEL_FILE = "model.json"
_MANIFEST = "weightsManifest"


@dataclass(frozen=True, slots=True)
class TfjsPrepared:
    """A graph or layers model: its weights, and the head of its ``model.json`` without them."""

    head: dict[str, Any]
    weights: tuple[Weight, ...]
    signature: Signature
    shard_bytes: int = SHARD_BYTES
    notes: tuple[str, ...] = ()


def write_model(
    target: Target, prepared: TfjsPrepared, encoding: Encoding, folder: Path
) -> Artifact:
    """Write one encoding to ``folder``, and read it back.

    Raises ConversionError where the weights cannot be stored that way, where ``folder`` exists,
    and where what is read back is not what was to be written.
    """
    plan = plan_storage(prepared.weights, encoding)

    def fill(temporary: Path) -> Written:
        manifest, findings = write_shards(
            temporary, prepared.weights, plan.types, prepared.shard_bytes
        )
        text = json.dumps({**prepared.head, _MANIFEST: manifest}, allow_nan=False)
        (temporary / MODEL_FILE).write_text(text, encoding="ascii")
        check_written(temporary, MODEL_FILE, prepared.weights)
        shards = [name for group in manifest for name in group["paths"]]
        notes = (*prepared.notes, *plan.notes, *findings)
        return Written([MODEL_FILE, *shards], prepared.signature, notes)

    return write_artifact(target, encoding.name, folder, fill)
