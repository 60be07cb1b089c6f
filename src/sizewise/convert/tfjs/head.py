"""What a ``model.json`` says first."""

from __future__ import annotations

from typing import Any


def head_of(layout: str, generated_by: str) -> dict[str, Any]:
    """The start of a ``model.json``: its format, and which versions made the model and the file.

    ``layout`` is ``graph-model`` or ``layers-model``.
    """
    from tensorflowjs.converters import common

    return {
        common.FORMAT_KEY: layout,
        common.GENERATED_BY_KEY: generated_by,
        common.CONVERTED_BY_KEY: common.get_converted_by(),
    }
