"""The switch behind ``--debug``."""

DEBUG = "SIZEWISE_DEBUG"
"""An environment variable, so that worker processes inherit it."""
