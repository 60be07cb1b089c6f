"""What is made and what running it gives: artifacts, signatures, executions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from sizewise.domain.encoding import Target

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"
"""A NumPy array of any type. A string at run time: the vocabulary does not import NumPy."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """An input or output of a model.

    ``name`` is the signature's key, by which it is bound everywhere; ``tensor`` is its name
    in the graph (``node:0``); ``shape`` has None for a dynamic dimension and is None itself
    for an unknown rank; ``dtype`` is NumPy's name, ``string`` for text. ``is_quantized`` says of
    an integer type that its numbers stand for real ones, by a scale that the model's file knows:
    samples that are floats are quantized by it, integers are taken as they are.
    """

    name: str
    tensor: str
    dtype: str
    shape: tuple[int | None, ...] | None
    is_quantized: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """The inputs and outputs of one entry point of a model."""

    name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


@dataclass(frozen=True, slots=True)
class ArtifactFile:
    """One file of an artifact; ``path`` is relative to its folder."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """The files that a user would ship, and nothing else that lies beside them.

    ``files`` is the manifest, the entry file (``model.json``, ``model.tflite``) first;
    ``sha256`` is the digest over the manifest's names and digests. ``source`` says what was
    converted and ``transform`` what was done to its weights, where that is known; ``flags`` are
    what the artifact's own bytes then say against it. ``custom_ops_module`` is the JavaScript
    module that a runtime has to load first; it is no part of the artifact. ``notes`` say what a
    reader of its figures should know of the conversion: a weight that was kept in float32, a
    batch that became fixed.
    """

    target: Target
    encoding: str
    folder: Path
    files: tuple[ArtifactFile, ...]
    sha256: str
    signature: Signature
    source: str | None = None
    custom_ops_module: Path | None = None
    notes: tuple[str, ...] = ()
    transform: str | None = None
    flags: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """The sum of its files, as stored."""
        return sum(file.size_bytes for file in self.files)

    @property
    def entry(self) -> Path:
        """The file that a runtime is pointed at."""
        return self.folder / self.files[0].path


@dataclass(frozen=True, slots=True)
class Execution:
    """What a runtime did with an artifact and samples.

    ``outputs`` maps each output's signature name to an array whose first axis is the samples;
    ``latencies_seconds`` are the raw durations of runs on a single sample.
    """

    runtime: str
    outputs: Mapping[str, Array]
    load_seconds: float
    latencies_seconds: tuple[float, ...]
