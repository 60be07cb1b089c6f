"""Names that inputs and outputs can have, in Python and in a graph alike."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable


def unique_names(names: Iterable[str]) -> list[str]:
    """Names that a Python keyword and a graph's node can have, in the order given.

    Characters that a graph's names cannot have become underscores, the number of an output
    (``:0``) is cut off, and of equal names the later get ``_1``, ``_2``.
    """
    found: list[str] = []
    for name in names:
        base = re.sub(r"[^A-Za-z0-9_]", "_", name.partition(":")[0])
        if keyword.iskeyword(base) or not base[:1].isalpha():
            base = f"tensor_{base}"
        candidate, count = base, 0
        while candidate in found:
            count += 1
            candidate = f"{base}_{count}"
        found.append(candidate)
    return found
