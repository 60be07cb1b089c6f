"""TensorFlow's own converter, and what each encoding sets on it.

One call of it converts the function anew: ``straight`` shares the steps between encodings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sizewise.convert.tflite.feeds import Feeds
from sizewise.errors import UnsupportedOpError

_UNSUPPORTED = re.compile(
    r"^(?:TF Select|Flex|Custom) ops: (?P<ops>.+)$\s+Details:\s+(?P<use>.+?)(?: : .*)?$",
    re.MULTILINE,
)


def convert(
    function: Any,
    encoding: str,
    feeds: Callable[[], Feeds],
    *,
    tables: Sequence[Any] = (),
    select_tf_ops: bool = False,
) -> bytes:
    """``function``, which takes and gives tensors by name, as a TFLite file.

    ``tables`` are TensorFlow's objects for the lookup tables that the function reads.
    ``feeds`` is asked for inputs by the encodings that are calibrated. Raises UnsupportedOpError
    where TFLite lacks an op and ``select_tf_ops`` does not let it use TensorFlow's.
    """
    import tensorflow as tf

    # With a module given, the converter keeps the signature; and it fills the module's tables.
    module = tf.Module()
    module.tables = list(tables)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
    ENCODINGS[encoding](converter, feeds)
    if select_tf_ops:
        # A set: the encodings have one each already.
        ops = set(converter.target_spec.supported_ops) | {tf.lite.OpsSet.SELECT_TF_OPS}
        converter.target_spec.supported_ops = list(ops)
    with unsupported_ops():
        content: bytes = converter.convert()
    return content


def _float32(converter: Any, feeds: Callable[[], Feeds]) -> None:
    """Nothing to set: this is what the converter does unasked."""


def _float16(converter: Any, feeds: Callable[[], Feeds]) -> None:
    import tensorflow as tf

    _dynamic_int8(converter, feeds)
    converter.target_spec.supported_types = [tf.float16]


def _dynamic_int8(converter: Any, feeds: Callable[[], Feeds]) -> None:  # noqa: ARG001
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]


def _int8(converter: Any, feeds: Callable[[], Feeds]) -> None:
    import tensorflow as tf

    _calibrated(converter, feeds, tf.lite.OpsSet.TFLITE_BUILTINS_INT8)


def _int16x8(converter: Any, feeds: Callable[[], Feeds]) -> None:
    import tensorflow as tf

    _calibrated(
        converter,
        feeds,
        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
    )


def _calibrated(converter: Any, feeds: Callable[[], Feeds], ops: Any) -> None:
    _dynamic_int8(converter, feeds)
    converter.target_spec.supported_ops = [ops]
    known = feeds()
    converter.representative_dataset = lambda: iter(known)


ENCODINGS: Mapping[str, Callable[[Any, Callable[[], Feeds]], None]] = {
    "float32": _float32,
    "float16": _float16,
    "dynamic_int8": _dynamic_int8,
    "int8": _int8,
    "int16x8": _int16x8,
}
"""What each encoding sets on TensorFlow's converter."""


@contextmanager
def unsupported_ops() -> Iterator[None]:
    """Name the ops that TFLite lacks, where that is why the converter gave up."""
    try:
        yield
    except Exception as error:
        found = _UNSUPPORTED.search(str(error))
        if found is None:
            raise
        raise UnsupportedOpError(
            f"TFLite has no kernel for {found['ops']}",
            advice=f"with the types and shapes that the model uses: {found['use']}",
            ops={name.strip(): () for name in found["ops"].split(",")},
        ) from error
