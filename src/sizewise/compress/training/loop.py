"""A training loop of the user's own: ``package.module:function``.

It is called as ``loop(model, x, y, epochs=..., batch_size=..., callbacks=...)``. ``model`` is a
compiled Keras model, wrapped or not, and has to be trained in place; ``x`` is an array, or a dict
of arrays by the names of input layers where there are several; ``y`` are the targets that the
compiled loss takes. ``callbacks`` are to be passed to ``model.fit``: they keep masks and clusters
up. What the function returns is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sizewise import user_code
from sizewise.compress.training.library import first_line
from sizewise.errors import ConversionError, SizewiseError


def run_loop(
    location: str,
    folder: Path | None,
    model: Any,
    x: Any,
    y: Any,
    *,
    epochs: int,
    batch_size: int,
    callbacks: Sequence[Any],
) -> None:
    """Import the function, from ``folder`` if it is there, and call it as said above.

    Raises ConversionError for a function that is not there and for whatever it raises.
    """
    loop = user_code.find(location, folder=folder, wrong=ConversionError)
    try:
        loop(model, x, y, epochs=epochs, batch_size=batch_size, callbacks=list(callbacks))
    except SizewiseError:
        raise
    except Exception as error:
        raise ConversionError(
            f"the training loop {location} raised {first_line(error)}",
            advice="it is called as loop(model, x, y, epochs=..., batch_size=..., callbacks=...)",
        ) from error
