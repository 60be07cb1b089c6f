import json

import numpy as np
import pytest

from sizewise.convert.tfjs.weights import Weight
from sizewise.convert.tfjs.written import check_written
from sizewise.errors import ConversionError

KERNEL = np.linspace(-1, 2, 40, dtype=np.float32).reshape(5, 8)


def entry(values, **others):
    return {"name": "w", "shape": list(values.shape), "dtype": values.dtype.name, **others}


def model(folder, entries, *shards, paths=None):
    """A model.json with one group of weights, and its shards."""
    names = paths or [f"{index}.bin" for index in range(len(shards))]
    for name, content in zip(names, shards, strict=False):
        (folder / name).write_bytes(content)
    manifest = [{"paths": names, "weights": entries}]
    (folder / "model.json").write_text(json.dumps({"weightsManifest": manifest}))


def check(folder, values=KERNEL):
    check_written(folder, "model.json", (Weight("w", values),))


def test_plain_weights_have_to_be_equal(tmp_path):
    content = KERNEL.tobytes()
    model(tmp_path, [entry(KERNEL)], content[:100], content[100:])
    check(tmp_path)
    model(tmp_path, [entry(KERNEL)], content[:100], content[100:-1] + b"\x00")
    with pytest.raises(ConversionError, match="weight 'w' reads back as something else"):
        check(tmp_path)


@pytest.mark.parametrize(("off", "fits"), [(0, True), (0.49, True), (-0.49, True), (0.51, False)])
@pytest.mark.parametrize(("dtype", "least"), [("uint8", -1.0), ("uint8", -900.0), ("uint16", 0.0)])
def test_levels_have_to_be_within_half_a_step(tmp_path, dtype, least, off, fits):
    levels = np.arange(40, dtype=dtype)
    step = 0.1
    packing = {"dtype": dtype, "min": least, "scale": step}
    values = (levels * step + least + off * step).astype(np.float32)
    model(tmp_path, [entry(values, quantization=packing)], levels.tobytes())
    if fits:
        check(tmp_path, values)
    else:
        with pytest.raises(ConversionError, match="reads back"):
            check(tmp_path, values)


def test_float16_has_to_be_the_nearest(tmp_path):
    packing = {"dtype": "float16"}
    stored = KERNEL.astype(np.float16)
    model(tmp_path, [entry(KERNEL, quantization=packing)], stored.tobytes())
    check(tmp_path)
    stored[0, 1] = np.nextafter(stored[0, 1], np.float16(9))
    model(tmp_path, [entry(KERNEL, quantization=packing)], stored.tobytes())
    with pytest.raises(ConversionError, match="reads back"):
        check(tmp_path)


def test_a_file_that_is_too_short_or_too_long_is_found(tmp_path):
    model(tmp_path, [entry(KERNEL)], KERNEL.tobytes()[:-4])
    with pytest.raises(ConversionError, match="4 bytes short"):
        check(tmp_path)
    model(tmp_path, [entry(KERNEL)], KERNEL.tobytes() + b"\x00")
    with pytest.raises(ConversionError, match="more bytes than the shapes"):
        check(tmp_path)


def test_a_file_outside_the_folder_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    model(tmp_path / "in", [entry(KERNEL)], KERNEL.tobytes(), paths=["../out.bin"])
    with pytest.raises(ConversionError, match=r"'\.\./out\.bin' lies outside"):
        check(tmp_path / "in")


def test_nan_is_no_json(tmp_path):
    (tmp_path / "model.json").write_text('{"weightsManifest": [NaN]}')
    with pytest.raises(ConversionError, match=r"NaN in model\.json"):
        check(tmp_path)


def test_a_weight_that_is_missing_is_named(tmp_path):
    model(tmp_path, [])
    with pytest.raises(ConversionError, match="weight 'w' is missing"):
        check(tmp_path)


def test_text_is_compared_too(tmp_path):
    values = np.array(["ä", b"b"], object)
    content = b"\x02\x00\x00\x00" + "ä".encode() + b"\x01\x00\x00\x00b"
    model(tmp_path, [{"name": "w", "shape": [2], "dtype": "string"}], content)
    check(tmp_path, values)
    with pytest.raises(ConversionError, match="text 'w'"):
        check(tmp_path, np.array(["ä", b"c"], object))
