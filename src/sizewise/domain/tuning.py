"""What a tuner is to make small."""

from __future__ import annotations

from enum import StrEnum


class Goal(StrEnum):
    """Of an artifact's sizes the one that counts."""

    BROTLI = "brotli"
    """As a server sends it: each file compressed on its own."""
    RAW = "raw"
    """As it is stored."""
