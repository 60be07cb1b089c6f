import numpy as np
import pytest

from sizewise.domain import DataSource, ModelSpec, Signature, Source, SourceKind, TensorSpec
from sizewise.errors import DataError
from sizewise.models import load_data

OUT = TensorSpec("out", "out:0", "float32", (None, 3))
MATRIX = Signature("s", (TensorSpec("features", "f:0", "float32", (None, 2)),), (OUT,))
COLUMNS = Signature(
    "s",
    (
        TensorSpec("age", "age:0", "float32", (None, 1)),
        TensorSpec("city", "city:0", "string", (None,)),
    ),
    (OUT,),
)
PEOPLE = """age, height, class
31, 1.5, cat
40, 1.75, ant
,,

""".replace(",,\n\n", "52, 2, bee\n\n")


@pytest.fixture
def load(tmp_path):
    def from_text(text, signature=MATRIX, metric="accuracy", label="class", train=None, **named):
        (tmp_path / "people.csv").write_text(text, encoding="utf-8-sig")
        if train is not None:
            (tmp_path / "more.csv").write_text(train)
            named["train"] = str(tmp_path / "more.csv")
        data = DataSource(str(tmp_path / "people.csv"), label=label, **named)
        spec = ModelSpec("m", Source(SourceKind.KERAS, "m.keras"), data, metric, None)
        return load_data(spec, signature)

    return from_text


def test_columns_are_one_input_and_text_labels_the_numbers_of_their_sorted_names(load):
    data = load(PEOPLE)
    x = data.judge.inputs["features"]
    assert x.dtype == np.float32
    assert x.tolist() == [[31, 1.5], [40, 1.75], [52, 2]]
    assert data.judge.labels.tolist() == [2, 0, 1]


def test_scale_and_offset_apply_to_what_is_read(load):
    x = load(PEOPLE, scale=2.0, offset=-1.0).judge.inputs["features"]
    assert x.tolist() == [[61, 2], [79, 2.5], [103, 3]]
    assert x.dtype == np.float32


def test_labels_that_are_numbers_stay_what_they_are(load):
    numbers = PEOPLE.replace("cat", "2").replace("ant", "1").replace("bee", "1")
    assert load(numbers).judge.labels.tolist() == [2, 1, 1]
    three = Signature("s", MATRIX.inputs, (TensorSpec("o", "o:0", "float32", (None, 1)),))
    halves = numbers.replace("cat", "2").replace(", 2\n", ", 2.5\n", 1)
    assert load(halves, three, "mae").judge.labels.tolist() == [2.5, 1, 1]


def test_inputs_are_the_columns_of_their_names(load):
    text = 'age,city,class,unused\n31,"Bonn, old",0,a\n40,Rome,1,b\n'
    inputs = load(text, COLUMNS).judge.inputs
    assert inputs["age"].tolist() == [[31], [40]]
    assert inputs["city"].tolist() == ["Bonn, old", "Rome"]


def test_without_a_metric_no_labels_are_needed(load):
    data = load("a,b\n1,2\n3,4\n", metric=None)
    assert data.judge.labels is None
    assert data.judge.inputs["features"].tolist() == [[1, 2], [3, 4]]
    assert load(PEOPLE, metric=None).judge.inputs["features"].shape == (3, 2)


def test_classes_are_those_of_both_files(load):
    train = "class,height,age\nant,1,2\ncat,3,4\n"
    data = load(PEOPLE.replace("bee", "ant"), train=train.replace("ant", "bee"))
    assert data.judge.labels.tolist() == [2, 0, 0]
    assert data.train.labels.tolist() == [1, 2]
    assert not data.shared, "samples to train on calibrate, too"
    assert len(data.calibrate) == 2


def test_columns_of_the_second_file_go_by_their_names(load):
    data = load(PEOPLE, train="class,height,age\nant,1,2\n")
    assert data.train.inputs["features"].tolist() == [[2, 1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PEOPLE.replace("1.75", ""), "line 3 of people.csv has no value in the column 'height'"),
        (PEOPLE.replace("1.75", "NaN"), "line 3 of people.csv has no value in the column 'height'"),
        (PEOPLE.replace("ant", "?"), "line 3 of people.csv has no value in the column 'class'"),
        (PEOPLE.replace("1.75", "tall"), "line 3 of people.csv has 'tall' in the column 'height'"),
        (PEOPLE.replace(", ant", ""), "line 3 of people.csv has 2 values for 3 columns"),
        (PEOPLE.replace("class", "age"), "people.csv has the column 'age' twice"),
        (
            PEOPLE.replace("class", "clazz"),
            "people.csv has no column 'class', which accuracy needs",
        ),
        (PEOPLE.replace("bee", "cat"), "the data has 2 classes (ant, cat), the model's output out"),
        ("age,height,class\n", "people.csv has no samples"),
        ("class\ncat\n", "people.csv has no column but 'class'"),
        ('a,b\n"1,2\n', "people.csv cannot be read (unexpected end of data)"),
    ],
)
def test_mistakes_name_the_line_and_the_column(load, text, message):
    with pytest.raises(DataError) as caught:
        load(text)
    assert str(caught.value).startswith(message)
    assert caught.value.advice


def test_an_input_that_is_no_column(load):
    with pytest.raises(DataError, match=r"no column 'city', which is an input.*'cities'"):
        load("age,cities,class\n1,2,0\n", COLUMNS)


def test_a_second_file_without_a_column(load):
    with pytest.raises(DataError, match=r"more.csv has no column 'height', which people.csv has"):
        load(PEOPLE, train="age,class\n1,ant\n")
