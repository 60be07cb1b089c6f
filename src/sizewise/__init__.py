"""Find the smallest TensorFlow.js or TFLite artifact that is still as good as the original.

>>> run = sizewise.run("configs/quickstart.yaml")          # every variant, in worker processes
>>> run.frame.sort_values("size_brotli_bytes")             # the same rows, in pandas
>>> run = sizewise.load_run("results/runs/quickstart")     # later: the newest run
>>> artifact = sizewise.convert(model, "web/model", encoding="uint8")    # one, in this process
>>> tuned = sizewise.tune("suite.yaml", "web/tuned", max_drop="1 pp")    # the smallest mix

Names are loaded when they are first used: importing sizewise costs nothing.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sizewise.api import convert as convert
    from sizewise.api import convert_signatures as convert_signatures
    from sizewise.api import run as run
    from sizewise.api_tuning import sensitivity as sensitivity
    from sizewise.api_tuning import tune as tune
    from sizewise.domain import Artifact as Artifact
    from sizewise.domain import ConversionOptions as ConversionOptions
    from sizewise.errors import SizewiseError as SizewiseError
    from sizewise.records import Run as Run
    from sizewise.records import load_run as load_run
    from sizewise.tuning import Sensitivities as Sensitivities
    from sizewise.tuning import TunedModel as TunedModel

    __version__: str

__all__ = [
    "Artifact",
    "ConversionOptions",
    "Run",
    "Sensitivities",
    "SizewiseError",
    "TunedModel",
    "__version__",
    "convert",
    "convert_signatures",
    "load_run",
    "run",
    "sensitivity",
    "tune",
]

_HOMES = {
    "Artifact": "sizewise.domain",
    "ConversionOptions": "sizewise.domain",
    "Run": "sizewise.records",
    "Sensitivities": "sizewise.tuning",
    "SizewiseError": "sizewise.errors",
    "TunedModel": "sizewise.tuning",
    "convert_signatures": "sizewise.api",
    "load_run": "sizewise.records",
    "sensitivity": "sizewise.api_tuning",
}

_CALLABLE_PACKAGES = {
    "convert": "sizewise.api",
    "run": "sizewise.api",
    "tune": "sizewise.api_tuning",
}
"""Names that stand for a package and for a function alike, and where the function is."""


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("sizewise")
    if name in _CALLABLE_PACKAGES:
        return importlib.import_module(f"sizewise.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sizewise' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _CallablePackage(ModuleType):
    """A package that can also be called, ``sizewise.run("suite.yaml")``: it then does what the
    function of its name in ``_CALLABLE_PACKAGES`` does.
    """

    @property
    def _function(self) -> Any:
        name = self.__name__.rpartition(".")[2]
        return getattr(importlib.import_module(_CALLABLE_PACKAGES[name]), name)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._function(*arguments, **options)

    @property
    def __signature__(self) -> Any:
        import inspect

        return inspect.signature(self._function)

    def __reduce__(self) -> tuple[object, ...]:
        # A function can be pickled, to be called in another process; a module cannot.
        return (importlib.import_module, (self.__name__,))


class _Package(ModuleType):
    """The class of this package: the import system binds such a name as soon as anyone imports
    the package behind it.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name in _CALLABLE_PACKAGES and isinstance(value, ModuleType):
            value.__class__ = _CallablePackage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
