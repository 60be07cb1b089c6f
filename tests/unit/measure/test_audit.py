"""What an artifact's bytes say against its job."""

from __future__ import annotations

import pytest

from sizewise.domain import (
    Cluster,
    Encoding,
    Finetune,
    Pattern,
    Prune,
    Qat,
    Rounding,
    Scope,
    Target,
    TensorReport,
    Transform,
)
from sizewise.measure import audit, pattern_of
from sizewise.measure.tensors import Contents, report_weights

NONE = Transform()
PRUNE80 = Transform((Prune(0.8),))
CLUSTER16 = Transform((Cluster(16),))
FLOAT32 = Encoding("float32")
UINT8 = Encoding("uint8")


def kernel(name="conv/kernel", *, elements=2000, dtype="float32", quantized=False, **counts):
    width = {"float32": 4, "float16": 2, "int32": 4, "uint16": 2}.get(dtype, 1)
    fields = {"is_kernel": True, "zeros": 0, "distinct": elements} | counts
    return TensorReport(
        name=name,
        dtype=dtype,
        shape=(elements // 10, 10),
        size_bytes=elements * width,
        quantized=quantized,
        **fields,
    )


def uint8(name="conv/kernel", **fields):
    return kernel(name, dtype="uint8", quantized=True, **fields)


def flags(transform, *tensors, encoding=FLOAT32, target=Target.TFJS, wrappers=()):
    report = report_weights(Contents(list(tensors), [], wrappers), 10_000, None)
    return audit(transform, encoding, target, report)


def test_an_artifact_as_it_was_asked_for_has_no_flags():
    assert flags(NONE, kernel()) == ()
    both = Transform((Prune(0.8), Cluster(16)))
    assert flags(both, uint8(zeros=1600, distinct=16), encoding=UINT8) == ()


def test_a_kernel_with_too_few_zeros_is_named_with_its_figures():
    found = flags(
        PRUNE80,
        kernel("a", zeros=1580),
        kernel("b", zeros=1579),
        kernel("c", zeros=0),
        kernel("tiny", elements=90, zeros=0),
        kernel("sparse", zeros=None),
    )
    (flag,) = found
    assert flag == (
        "prune80: 2 of 3 kernels have less than 79.0 % zeros: b (1579 of 2000), c (0 of 2000)"
    )


def test_only_a_few_kernels_are_named():
    (found,) = flags(PRUNE80, *(kernel(f"k{place}") for place in range(9)))
    assert found.startswith("prune80: 9 of 9 kernels")
    assert found.endswith("k2 (0 of 2000) and 6 more")


def test_what_is_no_kernel_needs_no_zeros():
    assert flags(PRUNE80, kernel(is_kernel=False)) == ()


def test_the_strongest_pruning_counts():
    transform = Transform((Prune(0.5), Prune(0.8)))
    assert flags(transform, kernel(zeros=1600)) == ()
    assert flags(transform, kernel(zeros=1000))


def test_global_pruning_is_counted_over_all_kernels():
    transform = Transform((Prune(0.8, scope=Scope.GLOBAL),))
    assert flags(transform, kernel("a", zeros=1999), kernel("b", zeros=1201)) == ()
    assert flags(transform, kernel("a", zeros=1999), kernel("b", zeros=0)) == (
        "prune80global: all kernels together have 50.0 %, less than 79.0 % zeros",
    )


S50 = Encoding("uint8-gptq-s50-l16", None, Rounding.GPTQ, 16, 0.5)


def test_zeros_that_an_encoding_promises():
    found = flags(
        NONE,
        uint8("a", zeros=980, inputs=200),
        uint8("b", zeros=979, inputs=200),
        uint8("few inputs", zeros=0, inputs=15),
        uint8("depthwise", zeros=0),
        uint8("tiny", zeros=0, elements=90, inputs=30),
        uint8("unknown", zeros=None, inputs=200),
        encoding=S50,
    )
    assert found == (
        "uint8-gptq-s50-l16: 1 of 2 kernels have less than 49.0 % zeros: b (979 of 2000)",
    )
    assert flags(PRUNE80, uint8(zeros=1600, inputs=200), encoding=S50) == ()


def test_each_part_of_a_map_promises_its_own_zeros():
    encoding = Encoding(
        "tuned",
        {
            "uint8-gptq-s50-l16": ("a*",),
            "uint8-gptq-s90-l3": ("b",),
            "uint8-gptq": ("bias",),
            "float16": ("*",),
        },
    )
    found = flags(
        NONE,
        uint8("a1", zeros=1000, inputs=200),
        uint8("a2", zeros=20, inputs=200),
        uint8("b", zeros=1000, inputs=200),
        uint8("bias", is_kernel=False),
        kernel("c", dtype="float16", inputs=200),
        encoding=encoding,
    )
    assert found == (
        "uint8-gptq-s50-l16: 1 of 2 kernels have less than 49.0 % zeros: a2 (20 of 2000)",
        "uint8-gptq-s90-l3: 1 of 1 kernels have less than 89.0 % zeros: b (1000 of 2000)",
    )


def test_a_broken_pattern():
    transform = Transform((Prune(pattern=Pattern(2, 4)),))
    found = flags(transform, kernel("a", dense_groups=0), kernel("b", dense_groups=7))
    assert found == ("prune2of4: more than 2 of 4 consecutive weights are not 0: b (in 7 groups)",)
    assert flags(NONE, kernel(dense_groups=7)) == ()


@pytest.mark.parametrize(
    ("steps", "pattern"),
    [
        ((), None),
        ((Prune(0.5), Cluster(4)), None),
        ((Prune(pattern=Pattern(2, 4), finetune=Finetune(1)), Cluster(4)), Pattern(2, 4)),
        ((Prune(pattern=Pattern(2, 4)), Prune(pattern=Pattern(1, 4))), Pattern(1, 4)),
    ],
)
def test_the_pattern_that_is_left_at_the_end(steps, pattern):
    assert pattern_of(Transform(steps)) == pattern


def test_a_kernel_with_too_many_values():
    found = flags(CLUSTER16, kernel("a", distinct=16), kernel("b", distinct=2560))
    assert found == ("cluster16: 1 of 2 kernels have more than 16 distinct values: b (2560)",)


def test_integers_with_a_scale_for_each_channel_are_counted_channel_by_channel():
    int8 = Encoding("int8")
    few = kernel(dtype="int8", quantized=True, distinct=120, distinct_per_channel=16)
    many = kernel(dtype="int8", quantized=True, distinct=120, distinct_per_channel=90)
    assert flags(CLUSTER16, few, encoding=int8, target=Target.TFLITE) == ()
    (found,) = flags(CLUSTER16, many, encoding=int8, target=Target.TFLITE)
    assert found.endswith("conv/kernel (90 in a channel)")


@pytest.mark.parametrize("encoding", ["float32", "float16"])
def test_integers_in_an_artifact_of_floating_point(encoding):
    dtype = encoding
    found = flags(
        NONE,
        kernel("a", dtype=dtype),
        kernel("b", dtype="int8", quantized=True),
        encoding=Encoding(encoding),
        target=Target.TFLITE,
    )
    assert found == (f"{encoding}: 1 of 2 constants are quantized integers: b (int8)",)


def test_indices_are_no_quantized_integers():
    shape = TensorReport(
        name="shape",
        dtype="int32",
        shape=(4,),
        size_bytes=16,
        quantized=False,
        is_kernel=False,
        zeros=0,
        distinct=4,
    )
    assert flags(NONE, kernel(), shape) == ()


@pytest.mark.parametrize("name", ["uint8", "uint16", "dynamic_int8", "int8", "weight_int4"])
def test_a_large_kernel_that_stays_in_floating_point(name):
    quantized = kernel("a", elements=50_000, dtype=name[-5:].lstrip("_"), quantized=True)
    encoding = Encoding(name)
    assert flags(NONE, quantized, kernel("b", elements=1000), encoding=encoding) == ()
    found = flags(NONE, quantized, kernel("b", elements=1030), encoding=encoding)
    assert found == (f"{name}: 1 of 2 kernels are stored otherwise: b (float32)",)


def test_float16_that_is_float32():
    found = flags(NONE, kernel(), encoding=Encoding("float16"))
    assert found == ("float16: 1 of 1 kernels are stored otherwise: conv/kernel (float32)",)


def test_integers_that_take_more_than_float16():
    bias = kernel("bias", elements=2000, dtype="int32", quantized=True, is_kernel=False)
    found = flags(
        NONE,
        kernel(elements=1000, dtype="int8", quantized=True),
        bias,
        encoding=Encoding("int8"),
        target=Target.TFLITE,
    )
    assert found == ("int8: the constants take 9.00 kB, more than the 6.00 kB of float16",)


def test_an_encoding_of_patterns_is_held_to_no_type():
    mixed = Encoding("mixed", {"uint8": ("*",)})
    assert flags(NONE, kernel(), uint8(), encoding=mixed) == ()


def test_names_with_levels_and_rounding_are_held_to_their_type():
    gptq = Encoding("uint8-gptq-l64", levels=64)
    assert flags(NONE, kernel(), encoding=gptq)
    assert flags(NONE, uint8(), encoding=gptq) == ()


WRAPPERS = ("cluster_dense", "prune_low_magnitude_conv", "quant_out")


@pytest.mark.parametrize(
    ("transform", "target", "left"),
    [
        (NONE, Target.TFJS, "prune_low_magnitude_conv"),
        (CLUSTER16, Target.TFJS, "prune_low_magnitude_conv"),
        (
            Transform((Cluster(16, Finetune(1)),)),
            Target.TFLITE,
            "cluster_dense, prune_low_magnitude_conv",
        ),
        (Transform((Qat(Finetune(1)),)), Target.TFJS, "prune_low_magnitude_conv, quant_out"),
        (Transform((Qat(Finetune(1)),)), Target.TFLITE, "prune_low_magnitude_conv"),
    ],
)
def test_wrappers_that_are_left(transform, target, left):
    found = flags(transform, kernel(distinct=2), target=target, wrappers=WRAPPERS)
    assert found == (f"{transform.name}: wrappers of training are left: {left}",)
