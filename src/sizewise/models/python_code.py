"""``package.module:function``: a Python function that makes the model. Opening it runs it."""

from __future__ import annotations

from sizewise import user_code
from sizewise.domain import OpenModel, Signature, Source
from sizewise.errors import SourceError
from sizewise.models.objects import open_object


def describe(source: Source, signature: str | None) -> Signature:
    """The signature; the function is run for it."""
    return open_source(source, signature, source.location).signature


def open_source(source: Source, signature: str | None, name: str) -> OpenModel:
    """Import the module, call the function without arguments, and open what it gives.

    ``source.folder`` and the working folder are searched first while that happens. Raises
    SourceError for a module or function that is not there, and for whatever the code raises.
    """
    made = user_code.call(source.location, folder=source.folder, wrong=SourceError)
    return open_object(made, name=name, signature=signature)
