"""``model.json``: its topology, and the shards that its weights are in.

Files of many years and writers are read: without ``format``; with the manifest in a
``weights_manifest.json`` of its own; with one group of weights that is no list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sizewise.domain import TFJS_MODEL_FILE
from sizewise.errors import SourceError

MANIFEST_FILE = "weights_manifest.json"
_NAME_IT = "name the model.json of a TF.js model, or its folder"
_COPY_ALL = "copy the whole folder of the model, every shard included"


@dataclass(frozen=True, slots=True)
class TfjsFile:
    """A ``model.json`` as it was written: ``groups`` are the groups of its manifest."""

    path: Path
    document: Mapping[str, Any]
    topology: Mapping[str, Any]
    groups: Sequence[Mapping[str, Any]]

    @property
    def is_graph(self) -> bool:
        """Whether it is a graph model and no layers model: what the topology is counts, since
        not every writer names the format.
        """
        return "node" in self.topology


def read_model(location: Path) -> TfjsFile:
    """The model in a folder, or behind the path of its ``model.json``.

    Raises SourceError for a missing or truncated file and for JSON that is no model.
    """
    path = location / TFJS_MODEL_FILE if location.is_dir() else location
    document = _read_json(path)
    if not isinstance(document, Mapping):
        raise SourceError(f"{path} is no TF.js model: it is no object", advice=_NAME_IT)
    topology = document.get("modelTopology", document)
    if not isinstance(topology, Mapping) or not {"node", "model_config", "config"} & set(topology):
        raise SourceError(f"{path} is no TF.js model: it has no modelTopology", advice=_NAME_IT)
    return TfjsFile(path, document, topology, _groups(path, document))


def read_group(file: TfjsFile, group: Mapping[str, Any]) -> bytes:
    """The bytes of a group: its shards, one after the other.

    Raises SourceError for a shard that is missing or outside the model's folder.
    """
    paths = group.get("paths")
    if not isinstance(paths, list) or not all(isinstance(each, str) for each in paths):
        raise SourceError(f"{file.path} has a group of weights without paths", advice=_COPY_ALL)
    return b"".join(_read_shard(file.path, written) for written in paths)


def _read_json(path: Path) -> Any:
    if not path.is_file():
        raise SourceError(f"{path} does not exist", advice=_NAME_IT)
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"{path} is no JSON, or cut short ({error})", advice="copy the file again, whole"
        ) from error


def _groups(path: Path, document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    manifest = document.get("weightsManifest")
    if manifest is None:
        beside = path.with_name(MANIFEST_FILE)
        manifest = _read_json(beside) if beside.is_file() else []
    groups = [manifest] if isinstance(manifest, Mapping) else manifest
    if not isinstance(groups, list) or not all(isinstance(group, Mapping) for group in groups):
        raise SourceError(f"the weights manifest of {path} is no list of groups", advice=_NAME_IT)
    return groups


def _read_shard(model: Path, written: str) -> bytes:
    parts = PurePosixPath(written).parts
    if not parts or ".." in parts or written.startswith("/") or "\\" in written or ":" in written:
        raise SourceError(
            f"{model} names a shard outside of its folder: {written!r}",
            advice="put the shards beside it, and their names into weightsManifest",
        )
    try:
        return model.parent.joinpath(*parts).read_bytes()
    except OSError as error:
        raise SourceError(
            f"{model} names the shard {written!r}, which cannot be read: {error.strerror}",
            advice=_COPY_ALL,
        ) from error
