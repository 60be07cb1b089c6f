"""What the messages of TensorFlow.js mean."""

from __future__ import annotations

import re

from sizewise.errors import RuntimeCrashError, SizewiseError, UnsupportedOpError

_MISSING = (
    # The registry of kernels.
    re.compile(r"Kernel '(?P<op>[^']+)' not registered for backend"),
    re.compile(r"'(?P<op>[^']+)' not yet implemented or not found in the registry"),
    # The executor of graphs.
    re.compile(r"Unknown op '(?P<op>[^']+)'"),
    re.compile(r"Node type (?P<op>\S+) is not implemented"),
    re.compile(r"Custom op (?P<op>\S+) is not registered"),
    # The registry of layers, activations and initializers.
    re.compile(r"Unknown (?:layer|activation|initializer|constraint|regularizer): (?P<op>\w+)"),
)
_LIMITED = re.compile(
    # Types that it has no room for, and kernels that take only some types, ranks or activations.
    r"Unknown dtype|Unsupported dtype|Unsupported data type|Unsupported param type"
    r"|not (yet )?supported|only supports",
)


def error_for(message: str, backend: str) -> SizewiseError:
    """The error for a message that TensorFlow.js threw on ``backend``.

    An UnsupportedOpError where an op, a kernel, or the kernel's case is missing; else a
    RuntimeCrashError.
    """
    for pattern in _MISSING:
        if match := pattern.search(message):
            return UnsupportedOpError(
                f"TensorFlow.js has no {match['op']} on its {backend} backend",
                ops={match["op"]: ()},
            )
    kind = UnsupportedOpError if _LIMITED.search(message) else RuntimeCrashError
    return kind(f"TensorFlow.js on its {backend} backend: {message}")
