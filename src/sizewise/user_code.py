"""``package.module:function``: Python code that a suite names, found and called.

The folder of the suite and the working folder are searched first, only while that happens.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import Any

from sizewise.errors import SizewiseError, did_you_mean

_WHERE = "put it beside the suite, into the working folder, or install it"
_RUN_IT = "run it in Python to see where it fails"


def call(location: str, *arguments: Any, folder: Path | None, wrong: type[SizewiseError]) -> Any:
    """What the function at ``location`` gives for ``arguments``.

    Raises ``wrong`` for a module or function that is not there, and for whatever the code
    raises that is no SizewiseError already.
    """
    function = find(location, folder=folder, wrong=wrong)
    with _importable(folder), _telling(f"calling {location}", wrong):
        return function(*arguments)


def find(location: str, *, folder: Path | None, wrong: type[SizewiseError]) -> Any:
    """The function at ``location``; its module is imported. Raises ``wrong`` as ``call`` does."""
    module_name, _, path = location.partition(":")
    with _importable(folder), _telling(f"importing {module_name}", wrong):
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
                raise
            raise wrong(f"there is no Python module {error.name!r}", advice=_WHERE) from error
    try:
        found = reduce(getattr, path.split("."), module)
    except AttributeError as error:
        known = [name for name, value in vars(module).items() if callable(value)]
        raise wrong(
            f"the module {module_name} has no {path!r}", advice=did_you_mean(path, known)
        ) from error
    if not callable(found):
        raise wrong(
            f"{location} is a {type(found).__name__} and no function", advice="name a function"
        )
    return found


@contextmanager
def _importable(folder: Path | None) -> Iterator[None]:
    before = list(sys.path)
    sys.path[:0] = [str(each) for each in (folder, Path.cwd()) if each is not None]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = before


@contextmanager
def _telling(what: str, wrong: type[SizewiseError]) -> Iterator[None]:
    """Turn what a user's code raises into ``wrong``, which says what was done: ``what``."""
    try:
        yield
    except SizewiseError:
        raise
    except Exception as error:
        first = next(iter(str(error).splitlines()), "").rstrip(".")
        text = f"{type(error).__name__}: {first}" if first else type(error).__name__
        raise wrong(f"{what} raised {text}", advice=_RUN_IT) from error
