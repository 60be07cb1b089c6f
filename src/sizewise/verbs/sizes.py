"""Options that are an amount of bytes."""

from __future__ import annotations

import typer


def bytes_of(written: str | None, option: str) -> int | None:
    """``4 GB`` in bytes. Raises BadParameter for what is no size."""
    from sizewise.units import parse_bytes

    if written is None:
        return None
    try:
        return parse_bytes(written)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
