import pytest

from sizewise.errors import SourceError
from sizewise.models.signatures import choose_signature


def test_the_one_that_was_asked_for():
    assert choose_signature(["serving_default", "embed"], "embed") == "embed"


def test_the_usual_one():
    assert choose_signature(["embed", "serving_default"], None) == "serving_default"


def test_the_only_one():
    assert choose_signature(["embed"], None) == "embed"


@pytest.mark.parametrize(
    ("known", "wanted", "message"),
    [
        (
            ["serving_default", "embed"],
            "embedd",
            (
                "the SavedModel has no signature 'embedd'; it has embed, serving_default; "
                "did you mean 'embed'?"
            ),
        ),
        (
            ["encode", "decode"],
            None,
            (
                "the SavedModel has several signatures, none of them serving_default; "
                "name one with signature: decode or encode"
            ),
        ),
        (
            [],
            None,
            (
                "the SavedModel has no signature; "
                "save it with tf.saved_model.save(model, folder, signatures=...)"
            ),
        ),
    ],
)
def test_none_that_goes_without_saying(known, wanted, message):
    with pytest.raises(SourceError) as caught:
        choose_signature(known, wanted)
    assert str(caught.value) == message
