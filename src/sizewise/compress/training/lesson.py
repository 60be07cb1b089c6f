"""What a model is taught with: samples bound to its inputs, a loss, and the training itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from sizewise.compress.training.kernels import kernels
from sizewise.compress.training.library import first_line, keras_of
from sizewise.compress.training.loop import run_loop
from sizewise.compress.training.loss import Target, loss_of, own_target, target_of
from sizewise.domain import Array, Finetune, Samples
from sizewise.errors import ConversionError, SizewiseError


class Keeper(Protocol):
    """Keeps something up while a model is trained."""

    batches: int

    def after_batch(self) -> None:
        """Called after every batch of a training."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What all steps of one transform share; see ``train`` for the fields.

    ``loss`` is what the model was compiled with, None if it was not.
    """

    samples: Samples
    metric: str | None
    loss: Any
    rebuild: Callable[[Any], Any]

    def teach(
        self,
        model: Any,
        finetune: Finetune,
        keepers: Sequence[Keeper] = (),
        callbacks: Sequence[Any] = (),
    ) -> str:
        """Train ``model`` in place with Adam, and say how in one line.

        The seed has to be set before the model is built: see ``seed``. ``callbacks`` are those
        of the model's Keras. Raises ConversionError where no loss can be told, where the loop of
        the user's own fails or leaves the callbacks out, and where weights become NaN.
        """
        keras = keras_of(model)
        x = self._inputs(model)
        target = self._target(model, keras.__name__, x)
        model.compile(
            optimizer=keras.optimizers.Adam(finetune.learning_rate),
            loss=loss_of(keras, target.loss),
            jit_compile=False,
        )
        watched = [*callbacks, *(_callback(keras, keeper) for keeper in keepers)]
        self._run(model, finetune, x, target, watched)
        for keeper in keepers:
            if keeper.batches == 0:
                raise ConversionError(
                    f"the training loop {finetune.loop} did not call the callbacks",
                    advice="pass callbacks to model.fit, or call their on_train_batch_end",
                )
        for kernel in kernels(model):
            if not np.isfinite(kernel.read()).all():
                raise ConversionError(
                    f"the training diverged: {kernel.name} became NaN or infinite",
                    advice=f"set a learning-rate below {finetune.learning_rate:g}",
                )
        return _said(finetune, len(self.samples), target)

    def _target(self, model: Any, library: str, x: Any) -> Target:
        labels = self.samples.labels
        return own_target(self.loss, library, labels) or target_of(model, x, labels, self.metric)

    def _run(
        self, model: Any, finetune: Finetune, x: Any, target: Target, callbacks: list[Any]
    ) -> None:
        if finetune.loop is not None:
            run_loop(
                finetune.loop,
                finetune.folder,
                model,
                x,
                target.values,
                epochs=finetune.epochs,
                batch_size=finetune.batch_size,
                callbacks=callbacks,
            )
            return
        try:
            model.fit(
                x,
                target.values,
                epochs=finetune.epochs,
                batch_size=finetune.batch_size,
                callbacks=callbacks,
                verbose=0,
            )
        except SizewiseError:
            raise
        except Exception as error:
            raise ConversionError(
                f"the training failed: {first_line(error)}",
                advice="name a training loop of your own, or leave finetune out",
            ) from error

    def _inputs(self, model: Any) -> Any:
        """The samples by the names of input layers, or the one array that there is."""
        arrays = self.samples.inputs
        if len(arrays) == 1 and len(model.inputs) == 1:
            return next(iter(arrays.values()))
        found: dict[str, Array] = {}
        for tensor in model.inputs:
            layer = tensor.name.partition(":")[0]
            plain = re.sub(r"[^A-Za-z0-9_]", "_", layer)
            name = next((key for key in (layer, plain, f"tensor_{plain}") if key in arrays), None)
            if name is None:
                raise ConversionError(
                    f"the training samples have nothing for the input {layer!r}, "
                    f"only {', '.join(arrays)}"
                )
            found[layer] = arrays[name]
        return found


def seed(model: Any, finetune: Finetune) -> None:
    """Set what the order of samples, dropout and initialisers are drawn from."""
    keras_of(model).utils.set_random_seed(finetune.seed)


def _callback(keras: Any, keeper: Keeper) -> Any:
    return keras.callbacks.LambdaCallback(
        # Keras 3 passes logs by name.
        on_train_batch_end=lambda batch, logs=None: keeper.after_batch()  # noqa: ARG005
    )


def _said(finetune: Finetune, samples: int, target: Target) -> str:
    epochs = "1 epoch" if finetune.epochs == 1 else f"{finetune.epochs} epochs"
    how = f" by {finetune.loop}" if finetune.loop else ""
    return (
        f"trained{how} for {epochs} on {samples} samples, Adam at {finetune.learning_rate:g}, "
        f"seed {finetune.seed}; loss: {target.reason}"
    )
