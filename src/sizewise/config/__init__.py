"""What the user wrote, proven valid: a suite file becomes a ``domain.Suite`` or a ``SuiteError``.

The stages, one module each: ``document`` (text to values that know their lines), ``variables``
(``${NAME}``), ``shape`` and ``values`` (which keys and types, also the JSON schema), ``decode``
(meaning, by way of ``transforms``, ``limits`` and ``sources``), ``mistakes`` (how errors read).
"""

from sizewise.config.load import load_suite
from sizewise.config.shape import suite_schema

__all__ = ["load_suite", "suite_schema"]
