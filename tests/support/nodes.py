"""Nodes of graphs, without TensorFlow."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace


def node(op, name, *inputs, **attributes):
    """A node whose attributes have the fields ``s``, ``b`` and ``f`` of their values' types."""
    attr = defaultdict(lambda: SimpleNamespace(s=b"", b=False, f=0.0))
    for key, value in attributes.items():
        field = {bytes: "s", bool: "b", float: "f"}[type(value)]
        attr[key] = SimpleNamespace(**{"s": b"", "b": False, "f": 0.0, field: value})
    return SimpleNamespace(op=op, name=name, input=list(inputs), attr=attr)


def by_name(*nodes):
    """Nodes by their names."""
    return {each.name: each for each in nodes}
