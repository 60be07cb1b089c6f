"""The vocabulary: frozen dataclasses and enumerations that the rooms exchange.

Nothing here does any work on disk, imports TensorFlow or pandas, or knows another room.
"""

from sizewise.domain.artifact import Array, Artifact, ArtifactFile, Execution, Signature, TensorSpec
from sizewise.domain.graph import WEIGHT_SLOTS, Graph, NodeView, weight_names
from sizewise.domain.model import Data, OpenModel, Samples
from sizewise.domain.record import FORMAT_VERSION, Record, Status
from sizewise.domain.suite import (
    CALIBRATED_ENCODINGS,
    ENCODINGS,
    METRICS,
    ZOO_MODELS,
    DataSource,
    Encoding,
    Group,
    Job,
    JobId,
    Limit,
    Location,
    ModelSpec,
    Prune,
    Source,
    SourceKind,
    Suite,
    Target,
    Transform,
)

__all__ = [
    "CALIBRATED_ENCODINGS",
    "ENCODINGS",
    "FORMAT_VERSION",
    "METRICS",
    "WEIGHT_SLOTS",
    "ZOO_MODELS",
    "Array",
    "Artifact",
    "ArtifactFile",
    "Data",
    "DataSource",
    "Encoding",
    "Execution",
    "Graph",
    "Group",
    "Job",
    "JobId",
    "Limit",
    "Location",
    "ModelSpec",
    "NodeView",
    "OpenModel",
    "Prune",
    "Record",
    "Samples",
    "Signature",
    "Source",
    "SourceKind",
    "Status",
    "Suite",
    "Target",
    "TensorSpec",
    "Transform",
    "weight_names",
]
