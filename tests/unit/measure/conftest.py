"""Artifacts of TensorFlow.js made by hand."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def tfjs_of(artifact_of):
    """A TF.js graph model of the given nodes, manifest entries and bytes, in two shards."""

    def write(weights, content, nodes, library=None):
        topology = {"node": nodes} | ({"library": {"function": library}} if library else {})
        cut = len(content) // 3
        shards = {"group1-shard1of2.bin": content[:cut], "group1-shard2of2.bin": content[cut:]}
        document = {
            "format": "graph-model",
            "modelTopology": topology,
            "weightsManifest": [{"paths": list(shards), "weights": weights}],
        }
        return artifact_of({"model.json": json.dumps(document).encode(), **shards})

    return write
