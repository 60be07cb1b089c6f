"""Find the smallest TensorFlow.js or TFLite artifact that is still as good as the original.

>>> run = sizewise.run("configs/quickstart.yaml")          # every variant, in worker processes
>>> run.frame.sort_values("size_brotli_bytes")             # the same rows, in pandas
>>> run = sizewise.load_run("results/runs/quickstart")     # later: the newest run

Names are loaded when they are first used: importing sizewise costs nothing.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sizewise.api import run as run
    from sizewise.errors import SizewiseError as SizewiseError
    from sizewise.records import Run as Run
    from sizewise.records import load_run as load_run

    __version__: str

__all__ = ["Run", "SizewiseError", "__version__", "load_run", "run"]

_HOMES = {
    "Run": "sizewise.records",
    "SizewiseError": "sizewise.errors",
    "load_run": "sizewise.records",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("sizewise")
    if name == "run":
        return importlib.import_module("sizewise.run")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sizewise' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _RunPackage(ModuleType):
    """The package ``sizewise.run``, which can also be called: ``sizewise.run("suite.yaml")``.

    The name stands for the function and for the package alike, so the package is made to do
    what the function does; see ``sizewise.api.run``.
    """

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return importlib.import_module("sizewise.api").run(*arguments, **options)

    @property
    def __signature__(self) -> Any:
        import inspect

        return inspect.signature(importlib.import_module("sizewise.api").run)

    def __reduce__(self) -> tuple[object, ...]:
        # A function can be pickled, to be called in another process; a module cannot.
        return (importlib.import_module, (self.__name__,))


class _Package(ModuleType):
    """The class of this package: the import system binds ``run`` as soon as anyone imports it."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "run" and isinstance(value, ModuleType):
            value.__class__ = _RunPackage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
