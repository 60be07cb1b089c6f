"""Options that limit what may be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from sizewise.units import parse_share

if TYPE_CHECKING:
    from sizewise.domain import Limit


def limit_of(text: str, option: str) -> Limit:
    """``1 pp``, ``1 %`` (of the reference) or ``0.01``. Raises BadParameter for anything else."""
    from sizewise.domain import Limit

    try:
        value, relative = parse_share(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
    return Limit(value, relative)


def share_of(text: str, option: str) -> float:
    """``98%`` or ``0.98``, from 0 to 1. Raises BadParameter for anything else."""
    try:
        value, _ = parse_share(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise typer.BadParameter(f"{text!r} is no share: write 98% or 0.98", param_hint=option)
    return value
