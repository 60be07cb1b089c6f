import pytest

from sizewise.analysis import summarise
from sizewise.analysis.layers import Layer, by_layer, layer_of, short_names
from support.layers import kept_tensors, make_tensor
from support.rows import make_failure, make_record, make_run

FLOAT32 = make_record("net/float32@tfjs")
UINT8 = make_record("net/uint8@tfjs", size_brotli_bytes=20_000)


def layers_of(*records, read):
    (model,) = summarise(make_run(*records)).models
    return by_layer(model, read)


def read_of(**by_encoding):
    """A reader of constants given as layer=bytes for each encoding."""
    return lambda record: tuple(
        make_tensor(f"net/{name}/kernel", size)
        for name, size in by_encoding[record.encoding].items()
    )


@pytest.mark.parametrize(
    ("name", "used_by", "layer"),
    [
        ("digits_cnn/stem/Conv2D_weights", "digits_cnn/stem_relu/Relu", "digits_cnn/stem"),
        ("cnn/digit/MatMul/ReadVariableOp", None, "cnn/digit"),
        ("net/dense/Tensordot/ReadVariableOp/resource", None, "net"),
        ("net/dense/MatMul/ReadVariableOp_1", None, "net/dense"),
        ("dense/kernel", None, "dense"),
        # Of constants that a converter named, only the node that takes them tells something.
        ("unknown_53", "net/dense/BiasAdd", "net/dense"),
        ("arith.constant7", "net/relu/Relu;net/norm/FusedBatchNormV3;;net/conv/Conv2D", "net/conv"),
        ("tfl.pseudo_qconst", "net/dense/MatMul;net/dense/BiasAdd", "net/dense"),
        ("arith.constant", "a/depth_relu/Relu;a/depth/BiasAdd;a/depth/depthwise;", "a/depth"),
        ("a/relu/Relu;a/norm/FusedBatchNormV3;a/conv/Conv2D", "elsewhere/Add", "a/conv"),
        ("tfl.pseudo_qconst1", "MatMul", "MatMul"),
        ("tfl.pseudo_qconst1", "PartitionedCall:01", "output"),
        ("arith.constant", "StatefulPartitionedCall_1:0", "output"),
        ("mlp/progression/Cast_1/x", "mlp/progression/add", "mlp/progression"),
        ("alone", None, "alone"),
        ("/", None, "/"),
        (";", None, ";"),
        ("", "", ""),
    ],
)
def test_the_layer_of_a_constant(name, used_by, layer):
    assert layer_of(make_tensor(name, 1, used_by=used_by)) == layer


def test_layers_stand_beside_their_float32():
    read = read_of(uint8={"stem": 10, "head": 30}, float32={"stem": 40, "head": 120})
    (found,) = layers_of(FLOAT32, UINT8, read=read)
    assert found.record == UINT8
    assert found.layers == (Layer("head", 30, 120), Layer("stem", 10, 40))
    assert (found.others, found.plain) == (None, True)


def test_small_layers_are_one_sum_and_no_byte_is_lost():
    (found,) = layers_of(FLOAT32, UINT8, read=kept_tensors)
    assert [layer.name for layer in found.layers] == [f"block_{n}" for n in range(14, 4, -1)]
    assert found.others == Layer("4 others", 1_000, 4_000)
    assert sum(layer.size_bytes for layer in found.layers) + 1_000 == 100 * sum(range(15))


def test_one_layer_is_no_sum():
    read = read_of(float32={f"l{n}": n + 1 for n in range(11)})
    (found,) = layers_of(FLOAT32, read=read)
    assert (len(found.layers), found.others) == (11, None)


def test_layers_that_differ_are_not_compared():
    read = read_of(uint8={"stem": 10}, float32={"renamed": 40})
    (found,) = layers_of(FLOAT32, UINT8, read=read)
    assert (found.layers, found.plain) == ((Layer("stem", 10, None),), False)


def test_where_nothing_is_to_ship_it_is_the_float32():
    lossy = {"metric_drop": 0.5, "metric_drop_low": 0.4, "metric_drop_high": 0.6}
    lossy_rows = [make_record(f"net/{name}@tfjs", **lossy) for name in ("float32", "uint8")]
    (found,) = layers_of(*lossy_rows, read=kept_tensors)
    assert (found.record.encoding, found.plain) == ("float32", False)


def test_each_target_has_its_own():
    rows = [FLOAT32, make_record("net/int8@tflite"), make_failure("net/int8@tfjs-layers")]
    found = layers_of(*rows, read=kept_tensors)
    assert [one.record.target for one in found] == ["tfjs", "tflite"]
    assert [one.plain for one in found] == [False, False]


def test_what_was_not_kept_has_no_layers():
    assert layers_of(FLOAT32, UINT8, read=lambda record: None) == ()
    assert layers_of(FLOAT32, UINT8, read=lambda record: ()) == ()


def test_names_stay_apart():
    read = lambda record: (make_tensor("net/a/k", 3), make_tensor("a/k", 2), make_tensor("a", 1))  # noqa: E731
    (found,) = layers_of(FLOAT32, read=read)
    assert sorted(layer.name for layer in found.layers) == ["a", "net/a"]


class TestShortNames:
    def test_what_says_nothing_is_left_out(self):
        names = ["net/a/MatMul/ReadVariableOp", "net/b/kernel", "everything else"]
        assert list(short_names(names).values()) == ["a/MatMul", "b/kernel", "everything else"]

    def test_names_stay_apart(self):
        names = ["net/a/MatMul/ReadVariableOp", "net/a/MatMul"]
        assert len(set(short_names(names).values())) == 2
