import pytest

from sizewise.analysis.budgets.matching import JobNames, spelt_out

JOBS = (
    "kws/uint8@tfjs",
    "kws/prune50/uint8@tfjs",
    "kws/float32@tflite",
    "digits-cnn/float32@tflite",
)


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        ("kws/uint8@tfjs", [0]),
        ("kws/none/uint8@tfjs", [0]),
        ("kws/*/uint8@tfjs", [0, 1]),
        ("kws/none/*", [0, 2]),
        ("*@tflite", [2, 3]),
        ("digits-cnn/**", [3]),
        ("**", [0, 1, 2, 3]),
        ("*/uint8@tfjs", [0, 1]),
        ("[dk]*/float32@tflite", [2, 3]),
        ("kws/uint?@tfjs", [0]),
        ("KWS/uint8@tfjs", []),
        ("kws/uint8", []),
        ("", []),
    ],
)
def test_patterns_find_short_and_long_names(pattern, places):
    assert JobNames(JOBS).matching(pattern) == tuple(JOBS[place] for place in places)


def test_the_nearest_name_is_advised():
    assert JobNames(JOBS).nearest("kws/unit8@tfjs") == "kws/uint8@tfjs"
    assert JobNames(()).nearest("kws") is None


def test_a_name_is_spelt_out_once():
    assert spelt_out(spelt_out("a/b@tfjs")) == "a/none/b@tfjs"
