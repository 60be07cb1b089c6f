"""``${NAME}`` and ``${NAME:-default}`` in the strings of a suite."""

from __future__ import annotations

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\$\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^{}]*))?\})?")


class UnsetVariableError(LookupError):
    """A variable without a value and without a default; its name is the first argument."""


def expand(text: str, variables: Mapping[str, str]) -> str:
    """``text`` with every variable replaced by its value, once: values are not expanded again.

    As in a shell, the default stands in where the variable is unset or empty. Raises
    UnsetVariableError, and ValueError where ``${`` does not start a variable.
    """

    def value(match: re.Match[str]) -> str:
        name, default = match["name"], match["default"]
        if name is None:
            raise ValueError(f"'${{' starts no variable in {text!r}")
        found = variables.get(name)
        if default is not None:
            return found or default
        if found is None:
            raise UnsetVariableError(name)
        return found

    return _VARIABLE.sub(value, text)
