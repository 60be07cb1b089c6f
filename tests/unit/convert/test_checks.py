import numpy as np
import pytest

from sizewise.convert import checks
from sizewise.errors import ConversionError


def f4(*values):
    return np.array(values, np.float32)


def test_chunks_cover_all_elements_once():
    parts = list(checks.chunks(np.arange(10).reshape(2, 5), 4))
    assert [len(part) for part in parts] == [4, 4, 2]
    assert np.concatenate(parts).tolist() == list(range(10))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_weight_that_is_not_finite_is_named_with_the_storage(bad):
    with pytest.raises(ConversionError, match="weight 'w' holds NaN or infinity, which uint8 "):
        checks.require_finite("w", f4(1, bad), "uint8")


def test_integers_and_text_are_finite():
    assert checks.is_finite(np.array([1, 2]))
    assert checks.is_finite(np.array(["a"], object))


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        (np.ones((0, 3), np.float32), "empty"),
        (f4(2, 2, 2), "constant"),
        (f4(2, 2, 3), None),
        (np.float32(2), None),
        (np.array([2, 2]), None),
    ],
)
def test_empty_and_constant_tensors_are_found(values, finding):
    assert checks.shape_finding(np.asarray(values)) == finding


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        (f4(1, -65504), None),
        (f4(1, 65520), "overflow"),
        (f4(-1e9, 0), "overflow"),
        (f4(1e-12), "vanished"),
        (f4(1, 1e-12), "vanished"),
        (f4(1, 0, -1e-12), "vanishing"),
        (f4(1, 0, 6e-8), None),
        (np.r_[f4(1e-9), np.full(200, -1, np.float32)], None),
    ],
)
def test_what_float16_cannot_hold_is_found(values, finding):
    assert checks.float16_finding(values) == finding


@pytest.mark.parametrize("limit", [65520.0, 2.0**-25])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_limits_of_float16_are_those_of_numpy(limit, sign):
    limit = np.float32(sign * limit)
    for value in (limit, np.nextafter(limit, 0), np.nextafter(limit, 2 * limit)):
        with np.errstate(over="ignore", under="ignore"):
            rounded = np.float16(value)
        kept = np.isfinite(rounded) and rounded != 0
        assert (checks.float16_finding(np.full(3, value)) is None) == kept


def test_an_outlier_that_stretches_the_scale_is_found():
    values = np.r_[np.linspace(0, 0.01, 1000), 100].astype(np.float32)
    levels = np.round(values / (100 / 255)).astype(np.uint8)
    assert checks.level_finding(values, levels) == "levels"


def test_levels_that_come_late_count():
    values = np.linspace(-1, 1, 5000, dtype=np.float32)
    levels = np.zeros(5000, np.uint8)
    levels[-15:] = range(1, 16)
    assert checks.level_finding(values, levels) is None
    levels[-1] = 0
    assert checks.level_finding(values, levels) == "levels"


def test_few_levels_for_few_values_are_no_finding():
    values = np.repeat(f4(0, 0.5, 1), 100)
    levels = np.round(values * 255).astype(np.uint8)
    assert checks.level_finding(values, levels) is None


def test_few_levels_of_a_small_tensor_are_no_finding():
    assert checks.level_finding(f4(*range(8)), np.arange(8, dtype=np.uint8)) is None


def test_findings_of_a_kind_share_a_note():
    found = [("constant", name) for name in "abcde"] + [("empty", "z")]
    assert checks.notes(found) == (
        "weight a, b, c and 2 more: one and the same value throughout",
        "weight z: no values at all",
    )
