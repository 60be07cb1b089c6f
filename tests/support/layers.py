"""Made-up constants of artifacts."""

from __future__ import annotations

from sizewise.domain import TensorReport


def make_tensor(name, size_bytes, **changes):
    """A kernel of ``size_bytes`` in eight bits."""
    fields = {
        "name": name,
        "dtype": "uint8",
        "shape": (1, size_bytes),
        "size_bytes": size_bytes,
        "quantized": True,
        "is_kernel": True,
        "zeros": 0,
        "distinct": 7,
    }
    return TensorReport(**(fields | changes))


def kept_tensors(record):
    """A network of fourteen layers, each larger than the one before, as ``records.tensors`` gives
    it; in float32 they are four times as large.
    """
    factor = 4 if record.encoding == "float32" else 1
    names = [f"net/block_{place}/Conv2D_weights" for place in range(1, 15)]
    return tuple(
        make_tensor(name, factor * 100 * place) for place, name in enumerate(names, start=1)
    )
