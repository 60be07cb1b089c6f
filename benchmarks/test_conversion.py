"""What encodings share is done once: more of them must cost next to nothing."""

import gc
import shutil
import statistics
import time

import pytest

from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import (
    Data,
    DataSource,
    Encoding,
    Limit,
    ModelSpec,
    Samples,
    Source,
    SourceKind,
    Target,
)
from sizewise.models import open_model

NO_DATA = Data(Samples({}), Samples({}))


def convert(source, folder, encodings):
    """From a SavedModel on disk to TensorFlow.js artifacts; seconds of wall-clock time."""
    shutil.rmtree(folder, ignore_errors=True)
    spec = ModelSpec(
        name="net",
        source=Source(SourceKind.SAVED_MODEL, str(source)),
        data=DataSource(""),
        metric="mae",
        max_drop=Limit(0.0),
    )
    start = time.perf_counter()
    converter = CONVERTERS[Target.TFJS]()
    prepared = converter.prepare(freeze(open_model(spec)), NO_DATA)
    for encoding in encodings:
        converter.write(prepared, Encoding(encoding), folder / encoding)
    return time.perf_counter() - start


@pytest.fixture(scope="module")
def warm(mobilenet, tmp_path_factory):
    convert(mobilenet, tmp_path_factory.mktemp("warm"), ["float32"])


def median_ratio(benchmark, ours, theirs, rounds):
    """How many times as long ``theirs`` takes as ``ours``: the median over rounds of both.

    They take turns, so that whatever else the machine does slows down both, and neither pays for
    the garbage of the other.
    """
    ratios = []

    def in_turn():
        gc.collect()
        reference.append(theirs())
        gc.collect()

    def timed():
        ratios.append(reference[-1] / ours())

    reference: list[float] = []
    benchmark.pedantic(timed, setup=in_turn, rounds=rounds)
    return statistics.median(ratios)


@pytest.mark.usefixtures("warm")
def test_four_encodings_against_one(benchmark, ratio, mobilenet, tmp_path):
    def one():
        return convert(mobilenet, tmp_path, ["uint8"])

    def four():
        return convert(mobilenet, tmp_path, ["float32", "float16", "uint16", "uint8"])

    ratio(
        "MobileNetV2 to four encodings",
        "to one",
        median_ratio(benchmark, one, four, rounds=5),
        at_most=1.15,
    )


@pytest.mark.usefixtures("warm")
def test_warm_conversion_against_upstream(benchmark, ratio, mobilenet, tmp_path):
    from tensorflowjs.converters.tf_saved_model_conversion_v2 import convert_tf_saved_model

    def upstream():
        start = time.perf_counter()
        convert_tf_saved_model(
            str(mobilenet), str(tmp_path / "upstream"), quantization_dtype_map={"uint8": True}
        )
        return time.perf_counter() - start

    def ours():
        return convert(mobilenet, tmp_path / "ours", ["uint8"])

    # The first conversion in a process is slower, for both.
    upstream()
    ratio(
        "upstream's warm conversion of MobileNetV2",
        "ours",
        median_ratio(benchmark, ours, upstream, rounds=3),
        at_least=3,
    )
