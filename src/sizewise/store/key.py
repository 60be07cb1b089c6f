"""The name under which a result is kept: a digest of what it depends on."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def key_of(kind: str, content: Any) -> str:
    """``kind/`` and the SHA-256, in 64 hex digits, of ``content`` as canonical JSON.

    Canonical: keys sorted, no white space, ASCII only. Raises TypeError or ValueError for what
    JSON has not, NaN and infinity among it.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"{kind}/{hashlib.sha256(text.encode()).hexdigest()}"
