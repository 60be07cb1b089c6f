"""Freeze a model once, prepare it once for a target, write it in many encodings.

``freeze`` turns an open model into a graph without variables, and ``final_graph`` that into one
whose weights no later step changes. A ``Converter`` does the work that all encodings of its target
share in ``prepare``, and writes one encoding in ``write``.
"""

from sizewise.convert.converter import CONVERTERS, Converter, Prepared
from sizewise.convert.final import final_graph
from sizewise.convert.freeze import freeze
from sizewise.convert.function import graph_function
from sizewise.convert.keep import keep_file

__all__ = [
    "CONVERTERS",
    "Converter",
    "Prepared",
    "final_graph",
    "freeze",
    "graph_function",
    "keep_file",
]
