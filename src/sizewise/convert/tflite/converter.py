"""The converter to TFLite files, with two toolchains: TensorFlow's and ai-edge-quantizer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sizewise.convert.artifact import Written, write_artifact
from sizewise.convert.failure import refusals
from sizewise.convert.tflite import aeq, lite
from sizewise.convert.tflite.batch import graph_for_one, has_tensor_lists, signature_for_one
from sizewise.convert.tflite.prepared import TflitePrepared
from sizewise.convert.tflite.refuse import refused_encodings
from sizewise.convert.tflite.signature import check_names, read_signature
from sizewise.domain import (
    DEFAULT_OPTIONS,
    Artifact,
    ConversionOptions,
    Data,
    Encoding,
    Graph,
    Target,
)
from sizewise.errors import ConversionError, did_you_mean

MODEL_FILE = "model.tflite"

FIXED_BATCH = "converted with a fixed batch of 1, as TFLite has no lists of tensors of unknown size"

_DYNAMIC_LISTS = "element_shape to be static"
"""In the converter's message where the size of a loop's results depends on the batch."""


class TfliteConverter:
    """Writes TFLite files."""

    target = Target.TFLITE

    def prepare(
        self, graph: Graph, data: Data, options: ConversionOptions = DEFAULT_OPTIONS
    ) -> TflitePrepared:
        """Look at what of ``graph`` can become a file.

        A recurrent network with a dynamic batch, which TFLite refuses, gets a batch of 1.
        """
        check_names(graph.signature)
        initializer = graph.initializer
        with refusals("reading the frozen graph"):
            prepared = TflitePrepared(
                graph,
                data.calibrate,
                graph.signature,
                options.select_tf_ops,
                refused=refused_encodings(graph),
                tables=() if initializer is None else tuple(t.resource for t in initializer.tables),
            )
        if signature_for_one(graph.signature) == graph.signature or not has_tensor_lists(graph):
            return prepared
        return _with_static_lists(prepared, graph)

    def write(self, prepared: TflitePrepared, encoding: Encoding, folder: Path) -> Artifact:
        """Make the file of ``encoding``, and read its signature back."""
        known = (*lite.ENCODINGS, *aeq.RECIPES)
        if encoding.storage not in known:
            raise ConversionError(
                f"{encoding.name!r} is no encoding of TFLite",
                advice=did_you_mean(encoding.name, known),
            )
        if encoding.storage in prepared.refused:
            raise ConversionError(prepared.refused[encoding.storage])

        def fill(temporary: Path) -> Written:
            content = prepared.file(encoding.storage)
            (temporary / MODEL_FILE).write_bytes(content)
            signature = read_signature(content, prepared.signature)
            return Written([MODEL_FILE], signature, prepared.notes_for(encoding.storage))

        with refusals(f"writing {encoding.name} for TFLite"):
            return write_artifact(self.target, encoding.name, folder, fill)


def _with_static_lists(prepared: TflitePrepared, graph: Graph) -> TflitePrepared:
    """``prepared`` as it is where TFLite takes it, else with a batch of 1."""
    try:
        # Kept by ``prepared``: the conversion is not in vain.
        prepared.float_file  # noqa: B018
    except Exception as error:
        if _DYNAMIC_LISTS not in str(error):
            raise
    else:
        return prepared
    fixed = graph_for_one(graph)
    return replace(
        prepared,
        graph=fixed,
        signature=fixed.signature,
        notes=(*prepared.notes, FIXED_BATCH),
    )
