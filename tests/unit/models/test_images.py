import numpy as np
import pytest
from PIL import Image

from sizewise.domain import DataSource, ModelSpec, Signature, Source, SourceKind, TensorSpec
from sizewise.errors import DataError
from sizewise.models import load_data


def signature(*shape, classes=2, inputs=1):
    taken = [TensorSpec(f"image{k}", f"image{k}:0", "float32", shape) for k in range(inputs)]
    return Signature("s", tuple(taken), (TensorSpec("kind", "k:0", "float32", (None, classes)),))


@pytest.fixture
def folder(tmp_path):
    """Images of two classes: cats are bright, dogs dark; each has a colour of its own."""
    root = tmp_path / "pets"
    for name, base, sizes in [("dogs", 0, [(4, 4), (8, 6)]), ("cats", 200, [(4, 4)] * 3)]:
        (root / name).mkdir(parents=True)
        for number, size in enumerate(sizes):
            colour = (base + number, base, base)
            Image.new("RGB", size, colour).save(root / name / f"{9 - number}.png")
    (root / "cats" / "notes.txt").write_text("not an image")
    (root / "cats" / ".hidden.png").write_text("not an image")
    return root


@pytest.fixture
def load(folder):
    def read(shape=(None, 4, 4, 3), metric="accuracy", train=None, classes=2, inputs=1, **named):
        data = DataSource(str(folder), train=train and str(train), **named)
        spec = ModelSpec("m", Source(SourceKind.KERAS, "m.keras"), data, metric, None)
        return load_data(spec, signature(*shape, classes=classes, inputs=inputs))

    return read


def test_images_are_sorted_resized_and_from_0_to_255(load):
    data = load()
    images = data.judge.inputs["image0"]
    assert (images.shape, images.dtype) == ((5, 4, 4, 3), np.float32)
    assert images[:, 0, 0, 0].tolist() == [202, 201, 200, 1, 0]
    assert data.judge.labels.tolist() == [0, 0, 0, 1, 1]
    assert data.shared


def test_scale_and_offset(load):
    images = load(scale=1 / 100, offset=-1).judge.inputs["image0"]
    assert images[:, 0, 0, 0] == pytest.approx(np.array([1.02, 1.01, 1.0, -0.99, -1.0]))


@pytest.mark.parametrize(("channels", "expected"), [(1, [201]), (3, [202, 200, 200])])
def test_channels_are_the_inputs(load, channels, expected):
    images = load((None, 4, 4, channels)).judge.inputs["image0"]
    assert images[0, 0, 0].tolist() == expected
    assert load((None, 4, 4, 4)).judge.inputs["image0"][0, 0, 0, 3] == 255


def test_only_drawn_images_are_opened(load, folder):
    drawn = load(limit=2, seed=1).judge.inputs["image0"][:, 0, 0, 0].tolist()
    assert len(drawn) == 2
    for path in folder.rglob("[0-9].png"):
        with Image.open(path) as image:
            red = image.getpixel((0, 0))[0]
        if red not in drawn:
            path.write_text("broken")
    assert load(limit=2, seed=1).judge.inputs["image0"][:, 0, 0, 0].tolist() == drawn


def test_a_broken_image_is_named(load, folder):
    broken = folder / "dogs" / "8.png"
    broken.write_bytes(broken.read_bytes()[:50])
    with pytest.raises(DataError, match=r"dogs/8.png is no image that can be read") as caught:
        load()
    assert caught.value.advice == "replace or remove the file"


def test_a_model_that_takes_any_size_needs_images_of_one(load, folder):
    with pytest.raises(DataError, match=r"dogs/8.png is 8 x 6, .*cats/7.png is 4 x 4"):
        load((None, None, None, 3))
    (folder / "dogs" / "8.png").unlink()
    assert load((None, None, None, 3)).judge.inputs["image0"].shape == (4, 4, 4, 3)


def test_samples_to_train_on_have_the_same_classes(load, folder, tmp_path):
    other = tmp_path / "more"
    for name in ("cats", "dogs"):
        (other / name).mkdir(parents=True)
    Image.new("L", (4, 4), 77).save(other / "dogs" / "a.jpg")
    data = load(train=other)
    assert data.train.labels.tolist() == [1]
    assert data.train.inputs["image0"][0, 0, 0].tolist() == [77, 77, 77]
    (other / "fish").mkdir()
    with pytest.raises(DataError, match="only one has 'fish'"):
        load(train=other)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"classes": 3}, "the data has 2 classes (cats, dogs), the model's output kind has 3"),
        ({"inputs": 2}, "the model has 2 inputs, a folder of images feeds one"),
        ({"shape": (None, 10)}, "the model's input image0 takes [None, 10], which is no image"),
        ({"shape": (None, 3, 4, 5)}, "the model's input image0 takes [None, 3, 4, 5]"),
        ({"train": "nowhere"}, "nowhere has no images in folders"),
    ],
)
def test_what_a_folder_of_images_cannot_be_for(load, named, message):
    with pytest.raises(DataError) as caught:
        load(**named)
    assert caught.value.message.startswith(message)


def test_an_empty_folder_keeps_the_place_of_its_class(load, folder):
    (folder / "birds").mkdir()
    assert load(classes=3).judge.labels.tolist() == [1, 1, 1, 2, 2]


def test_deep_pixels_are_refused(load, folder):
    Image.new("I;16", (4, 4), 40_000).save(folder / "dogs" / "deep.png")
    with pytest.raises(DataError, match=r"deep.png has pixels of more than 8 bits"):
        load()
