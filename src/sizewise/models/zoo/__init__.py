"""Models that are trained here, once and in seconds, on data that ships with scikit-learn or is
made here.

A zoo model is one file that defines it and one row in ``ZOO``. Its data needs scikit-learn
only; training and opening it need TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping

from sizewise.domain import Array, OpenModel, Signature, Source
from sizewise.errors import DataError, SourceError, did_you_mean
from sizewise.models.faults import refusing
from sizewise.models.keras_model import open_keras_model
from sizewise.models.zoo.definition import ZooModel
from sizewise.models.zoo.diabetes_mlp import DIABETES_MLP
from sizewise.models.zoo.digits_autoencoder import DIGITS_AUTOENCODER
from sizewise.models.zoo.digits_cnn import DIGITS_CNN
from sizewise.models.zoo.digits_dscnn import DIGITS_DSCNN
from sizewise.models.zoo.digits_resnet import DIGITS_RESNET
from sizewise.models.zoo.digits_transformer import DIGITS_TRANSFORMER
from sizewise.models.zoo.sequence_gru import SEQUENCE_GRU
from sizewise.models.zoo.signal_cnn1d import SIGNAL_CNN1D
from sizewise.models.zoo.training import trained_file
from sizewise.models.zoo.wine_tabular import WINE_TABULAR

__all__ = ["ZOO", "ZooModel", "arrays", "describe", "open_source"]

ZOO: Mapping[str, ZooModel] = {
    model.name: model
    for model in (
        DIGITS_CNN,
        DIABETES_MLP,
        DIGITS_DSCNN,
        DIGITS_RESNET,
        DIGITS_TRANSFORMER,
        DIGITS_AUTOENCODER,
        SEQUENCE_GRU,
        SIGNAL_CNN1D,
        WINE_TABULAR,
    )
}
"""Every zoo model by its name."""


def describe(source: Source, signature: str | None) -> Signature:
    """The signature; the model is trained for it if it has not been before."""
    return open_source(source, signature, source.location).signature


def open_source(source: Source, signature: str | None, name: str) -> OpenModel:
    """The trained model, from the cache or trained now; ``owner`` is the tf_keras model."""
    chosen = source.location
    if chosen not in ZOO:
        raise SourceError(f"unknown zoo model {chosen!r}", advice=did_you_mean(chosen, ZOO))
    path = trained_file(ZOO[chosen])

    import tf_keras

    with refusing(
        f"the trained model {path} cannot be opened",
        advice=f"remove {path.parent}: it will be trained anew",
    ):
        model = tf_keras.models.load_model(path, compile=False)
    return open_keras_model(model, name=name, signature=signature)


def arrays(name: str) -> dict[str, Array]:
    """The data of a zoo model, as an ``.npz`` for it would hold it: held-out ``x`` and ``y``,
    ``x_train`` and ``y_train``, and ``x_calibrate`` from the training part. Raises DataError
    for an unknown name.
    """
    if name not in ZOO:
        raise DataError(f"unknown zoo data {name!r}", advice=did_you_mean(name, ZOO))
    data = ZOO[name].data()
    return {
        "x": data.test_x,
        "y": data.test_y,
        "x_train": data.train_x,
        "y_train": data.train_y,
        "x_calibrate": data.calibrate_x,
    }
