"""Where the verbs print."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def console() -> Console:
    """The terminal; 120 columns where the output goes to a file or a log."""
    from rich.console import Console

    wide = 120 if not sys.stdout.isatty() and "COLUMNS" not in os.environ else None
    return Console(width=wide, highlight=False)
