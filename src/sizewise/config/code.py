"""Python code that a suite names: ``package.module:function``."""

from __future__ import annotations

import re

CODE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
"""What such a name looks like. It is not imported to read a suite."""
