import json

import pytest

from sizewise.models.keras_code import dangers


def found(config, registered=()):
    return [danger.what for danger in dangers(config, registered.__contains__)]


def layer(kind, module="keras.layers", registered=None, **config):
    return {
        "class_name": kind,
        "module": module,
        "config": {"name": "it", **config},
        "registered_name": registered,
    }


def function(name, module, registered=None):
    return {
        "class_name": "function",
        "module": module,
        "config": name,
        "registered_name": registered or name,
    }


def old(kind, **config):
    """As HDF5 files of Keras 2 have it."""
    return {"class_name": kind, "config": {"name": "it", **config}}


@pytest.mark.parametrize(
    "config",
    [
        layer("Dense", activation="relu"),
        layer("Functional", "tf_keras.src.engine.functional", registered="Functional"),
        layer("Functional", "keras.src.models.functional", registered="Functional"),
        layer("LayerScale", "tf_keras.src.applications.convnext", registered="LayerScale"),
        layer("Add", "keras.src.ops.numpy"),
        layer("DTypePolicy", "keras"),
        layer("StringLookup", vocabulary=["a", "b"]),
        layer("TFOpLambda", "tf_keras.src.layers.core.tf_op_layer", function="math.multiply"),
        old("SlicingOpLambda", function="__operators__.getitem"),
        old("TFOpLambda", function="compat.v1.nn.conv2d"),
        old("TFOpLambda", function="reshape"),
        old("ClassMethod", cls_symbol="RaggedTensor", method_name="from_row_splits"),
        old("InstanceMethod", attr_name="to_tensor"),
        old("TensorFlowOpLayer", node_def=json.dumps({"op": "AddV2"})),
        old("l2", l2=0.1),
        function("gelu", "builtins"),
        function("relu6", "keras.activations"),
        {"class_name": "__keras_tensor__", "config": {"shape": [None, 3]}},
    ],
)
def test_what_models_are_made_of(config):
    assert found({"config": {"layers": [config]}}) == []


@pytest.mark.parametrize(
    ("config", "word"),
    [
        (layer("Net", "evil"), "'Net' of the module 'evil', which would be imported"),
        (layer("Popen", "subprocess"), "'subprocess'"),
        (layer("Dense", "keras_evil.layers"), "'keras_evil.layers'"),
        (layer("Dense", ["keras"]), "['keras']"),
        (layer("Dense", "keras.utils"), "'keras.utils'"),
        (layer("Dense", "tf_keras.src.utils.data_utils"), "data_utils"),
        (layer("ConvNeXtTiny", "tf_keras.src.applications.convnext"), "ConvNeXtTiny"),
        (layer("generic_utils.func_load", "tf_keras.src.layers.core.lambda_layer"), "func_load"),
        (layer("_sys", "keras.layers"), "'_sys'"),
        (layer("deserialize_from_json", "keras.layers"), "deserialize_from_json"),
        (layer("Unknown", registered="Lambda"), "calls 'Unknown' 'Lambda' as well"),
        (layer("TFSMLayer", filepath="/etc"), "opens code or files"),
        (layer("StringLookup", vocabulary="/etc/passwd"), "reads the file '/etc/passwd'"),
        (old("TFOpLambda", function="io.write_file"), "calls 'io.write_file'"),
        (old("TFOpLambda", function="io.gfile.rmtree"), "calls 'io.gfile.rmtree'"),
        (old("TFOpLambda", function="print"), "calls 'print'"),
        (old("TFOpLambda", function="compat.v1.py_func"), "py_func"),
        (old("TFOpLambda", function="keras.utils.get_file"), "get_file"),
        (old("ClassMethod", cls_symbol="data.TFRecordDataset", method_name="f"), "TFRecord"),
        (old("InstanceProperty", attr_name="__class__"), "__class__"),
        (old("TensorFlowOpLayer", node_def=json.dumps({"op": "WriteFile"})), "WriteFile"),
        (old("TensorFlowOpLayer", node_def="no JSON"), "calls ''"),
        (function("system", "os"), "'system' of the module 'os'"),
        (function("get_file", "keras.utils"), "keras.utils"),
        (function("deserialize", "builtins"), "'deserialize'"),
        (function("relu", "builtins", registered="os.system"), "as well"),
        ({"class_name": ["Dense"], "config": {}}, "no name"),
        (layer("__typespec__"), "__typespec__"),
    ],
)
def test_what_does_more_than_compute(config, word):
    (what,) = found({"config": {"layers": [{"cell": config}]}})
    assert word in what


def test_code_is_found_at_any_depth():
    plain = old("Dense", activation="relu")
    code = {"class_name": "Lambda", "config": {"name": "twice", "function": ["4wEA", None, None]}}
    inner = {"class_name": "Functional", "config": {"layers": [plain, code]}}
    closure = {"class_name": "Dense", "config": {"activation": {"class_name": "__lambda__"}}}
    (one,) = dangers({"config": {"layers": [plain, inner]}}, lambda _: False)
    assert one.is_lambda
    assert "'twice'" in one.what
    assert [each.is_lambda for each in dangers([closure], lambda _: False)] == [True]
    deep = [code]
    for _ in range(100_000):
        deep = [deep]
    assert len(found(deep)) == 1


def test_what_is_allowed_hides_nothing_else():
    code = {"class_name": "Lambda", "config": {"name": "a"}}
    whats = found([code, layer("Net", "evil")])
    assert len(whats) == 2


def test_layers_that_the_user_has_registered_may_come_from_anywhere():
    mine = layer("Mine", "my_layers", registered="My>Mine")
    assert found(mine, ["My>Mine"]) == []
    assert found(mine, ["Mine"]) != []
    assert found(layer("TFOpLambda", registered="My>Mine", function="io.write_file"), ["My>Mine"])
