"""Lines of progress on stderr, while libraries are kept quiet."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sizewise.verbs.quiet import quiet_libraries


@contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """Give what writes a line to stderr; all else that is written meanwhile is kept away."""
    with os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace") as stream:

        def tell(line: str) -> None:
            stream.write(f"{line}\n")
            stream.flush()

        with quiet_libraries():
            yield tell
