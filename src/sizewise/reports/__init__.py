"""From verdicts to text: pure renderers that compute nothing.

``columns`` says once what stands in a table; ``table`` draws it on a terminal and ``markdown``
in a file; ``plain`` writes every figure unrounded, for programs.
"""
