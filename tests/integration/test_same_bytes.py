"""Converting a model again gives the same bytes, so that a digest tells whether it changed."""

from __future__ import annotations

from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import Data, Encoding, Samples, Target
from sizewise.models import open_object

NO_DATA = Data(Samples({}), Samples({}))


def test_a_loop_is_written_alike_each_time(tmp_path):
    """TensorFlow marks some of a loop's nodes, now these and now those."""
    import keras

    model = keras.Sequential([keras.layers.Input((5, 3)), keras.layers.LSTM(4)])
    converter = CONVERTERS[Target.TFJS]()
    digests = set()
    for number in range(4):
        ready = converter.prepare(freeze(open_object(model)), NO_DATA)
        digests.add(converter.write(ready, Encoding("float32"), tmp_path / str(number)).sha256)
    assert len(digests) == 1
