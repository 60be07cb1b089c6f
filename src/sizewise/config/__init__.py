"""What the user wrote, proven valid: a suite file becomes a ``domain.Suite`` or a ``SuiteError``.

The stages, one module each: ``document`` (text to values that know their lines), ``variables``
(``${NAME}``), ``shape`` with ``entries``, ``encoding_entries``, ``steps`` and ``values`` (which
keys and types, also the JSON schema), ``decode`` (meaning, by way of ``models``, ``sources``,
``data``, ``limits`` and ``matches``), ``mistakes`` (how errors read). ``transforms`` and
``encodings`` hold the grammars of names, ``rules`` what steps make sense. ``single`` makes a suite
of one model.
"""

from sizewise.config.load import load_suite
from sizewise.config.shape import suite_schema

__all__ = ["load_suite", "suite_schema"]
