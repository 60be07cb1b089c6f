"""Weights that the upstream converter stores wrongly, and what becomes of them with ours."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import Data, Encoding, Samples, Target
from sizewise.errors import ConversionError
from support import upstream
from support.graphs import function_of, opened_folder, random_constant, saved

CONVERTER = CONVERTERS[Target.TFJS]()


@pytest.fixture
def write(tmp_path):
    """Converts a network of ``x`` [None, 4] twice: gives the folder of upstream's artifact, and
    what writes ours.
    """

    def both(network, encoding, *flags):
        source = saved(function_of(network, x=[None, 4]), tmp_path / "source")
        theirs = upstream.convert(source, tmp_path / "theirs", *flags)
        prepared = CONVERTER.prepare(freeze(opened_folder(source)), Data(Samples({}), Samples({})))
        return theirs, lambda: CONVERTER.write(prepared, encoding, tmp_path / "ours")

    return both


def test_integers_that_upstream_lets_wrap_are_refused(tmp_path):
    import tensorflow as tf

    def network(x):
        far = tf.constant([3_000_000_000], tf.int64, name="far")
        return {"y": tf.cast(x, tf.int64) + far}

    source = saved(function_of(network, x=[None, 4]), tmp_path / "source")
    theirs = upstream.convert(source, tmp_path / "theirs")
    stored = np.frombuffer((theirs / "group1-shard1of1.bin").read_bytes(), np.int32)
    assert 3_000_000_000 - 2**32 in stored
    with pytest.raises(ConversionError, match=r"far.*int64 values beyond 2147483647"):
        CONVERTER.prepare(freeze(opened_folder(source)), Data(Samples({}), Samples({})))


def test_numbers_that_upstream_makes_nan_are_refused(write):
    import tensorflow as tf

    def network(x):
        return {"y": x * tf.constant([1.0, np.nan, 2.0, 3.0], name="broken")}

    theirs, ours = write(network, Encoding("uint8"), "--quantize_uint8")
    assert "NaN" in (theirs / "model.json").read_text()
    with pytest.raises(ConversionError, match=r"broken.*NaN"):
        ours()


def test_an_epsilon_that_upstream_makes_zero_stays(write):
    import tensorflow as tf

    def network(x):
        return {"y": tf.math.rsqrt(tf.square(x) + tf.constant([1e-12], name="epsilon"))}

    theirs, ours = write(network, Encoding("float16"), "--quantize_float16")
    assert list(stored_as(theirs).values()) == ["float16"]
    assert list(stored_as(ours().folder).values()) == ["float32"]


def stored_as(folder):
    """The type that each weight is stored in."""
    model = json.loads((folder / "model.json").read_text())
    return {
        weight["name"]: weight.get("quantization", weight)["dtype"]
        for group in model["weightsManifest"]
        for weight in group["weights"]
    }


def test_a_pattern_that_upstream_ignores_is_an_error(write):
    kernel = random_constant(4, 3)
    theirs, ours = write(
        lambda x: {"y": x @ kernel},
        Encoding("mixed", {"uint8": ("*kernl*",)}),
        "--quantize_uint8=*kernl*",
    )
    (group,) = json.loads((theirs / "model.json").read_text())["weightsManifest"]
    assert [weight for weight in group["weights"] if "quantization" in weight] == []
    with pytest.raises(ConversionError, match=r"'\*kernl\*'.*matches no weight"):
        ours()


def test_nothing_stale_stays_where_upstream_leaves_it(tmp_path):
    big, small = random_constant(4, 600_000), random_constant(4, 3)
    folder = tmp_path / "theirs"
    for name, kernel in (("big", big), ("small", small)):

        def network(x, kernel=kernel):
            return {"y": x @ kernel}

        source = saved(function_of(network, x=[None, 4]), tmp_path / name)
        upstream.convert(source, folder)
    model = json.loads((folder / "model.json").read_text())
    named = {path for group in model["weightsManifest"] for path in group["paths"]}
    assert {path.name for path in folder.glob("*.bin")} > named
    prepared = CONVERTER.prepare(freeze(opened_folder(source)), Data(Samples({}), Samples({})))
    CONVERTER.write(prepared, Encoding("float32"), tmp_path / "ours")
    with pytest.raises(ConversionError, match="exists already"):
        CONVERTER.write(prepared, Encoding("float32"), tmp_path / "ours")
