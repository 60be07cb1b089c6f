"""``package.module:function``: a Python function that makes the model. Opening it runs it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import Any

from sizewise.domain import OpenModel, Signature, Source
from sizewise.errors import SizewiseError, SourceError, did_you_mean
from sizewise.models.objects import open_object


def describe(source: Source, signature: str | None) -> Signature:
    """The signature; the function is run for it."""
    return open_source(source, signature, source.location).signature


def open_source(source: Source, signature: str | None, name: str) -> OpenModel:
    """Import the module, call the function without arguments, and open what it gives.

    ``source.folder`` and the working folder are searched first while that happens. Raises
    SourceError for a module or function that is not there, and for whatever the code raises.
    """
    with _importable(source.folder, Path.cwd()):
        make = _find(source.location)
        made = _run(source.location, make)
    return open_object(made, name=name, signature=signature)


@contextmanager
def _importable(*folders: Path | None) -> Iterator[None]:
    before = list(sys.path)
    sys.path[:0] = [str(folder) for folder in folders if folder is not None]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = before


def _find(location: str) -> Any:
    module_name, _, path = location.partition(":")
    try:
        module = importlib.import_module(module_name)
    except SizewiseError:
        raise
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise _failed(f"importing {module_name}", error) from error
        raise SourceError(
            f"there is no Python module {error.name!r}",
            advice="put it beside the suite, into the working folder, or install it",
        ) from error
    except Exception as error:
        raise _failed(f"importing {module_name}", error) from error
    try:
        return reduce(getattr, path.split("."), module)
    except AttributeError as error:
        known = [name for name, value in vars(module).items() if callable(value)]
        raise SourceError(
            f"the module {module_name} has no {path!r}", advice=did_you_mean(path, known)
        ) from error


def _run(location: str, make: Any) -> Any:
    if not callable(make):
        raise SourceError(
            f"{location} is a {type(make).__name__} and no function",
            advice="name a function that takes no arguments and returns the model",
        )
    try:
        return make()
    except SizewiseError:
        raise
    except Exception as error:
        raise _failed(f"calling {location}", error) from error


def _failed(what: str, error: Exception) -> SourceError:
    first = next(iter(str(error).splitlines()), "").rstrip(".")
    text = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return SourceError(f"{what} raised {text}", advice="run it in Python to see where it fails")
