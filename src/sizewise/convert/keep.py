"""Files that are artifacts already."""

from __future__ import annotations

import shutil
from pathlib import Path

from sizewise.convert.artifact import Written, write_artifact
from sizewise.domain import AS_IS, Artifact, Signature, Target

MODEL_FILE = "model.tflite"


def keep_file(file: Path, signature: Signature, folder: Path) -> Artifact:
    """Copy a ``.tflite`` file into ``folder``, byte for byte, and describe it.

    Raises ConversionError where ``folder`` exists.
    """

    def fill(temporary: Path) -> Written:
        shutil.copyfile(file, temporary / MODEL_FILE)
        return Written([MODEL_FILE], signature)

    return write_artifact(Target.TFLITE, AS_IS, folder, fill)
