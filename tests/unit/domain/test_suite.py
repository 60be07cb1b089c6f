from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.domain import (
    ENCODINGS,
    DataSource,
    Encoding,
    Job,
    JobId,
    Limit,
    Location,
    ModelSpec,
    Prune,
    Source,
    SourceKind,
    Target,
    Transform,
)

MODEL = ModelSpec(
    name="kws",
    source=Source(SourceKind.SAVED_MODEL, "models/kws"),
    data=DataSource("kws.npz"),
    metric="accuracy",
    max_drop=Limit(0.01),
)

_name = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]*", fullmatch=True)
_transform = st.lists(_name, min_size=1, max_size=3).map("+".join)


class TestJobId:
    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("kws/float32@tflite", ("kws", "none", "float32", Target.TFLITE)),
            ("kws/prune80/uint8@tfjs", ("kws", "prune80", "uint8", Target.TFJS)),
            ("a.b-c_d/x+y/mixed@tfjs", ("a.b-c_d", "x+y", "mixed", Target.TFJS)),
        ],
    )
    def test_the_grammar(self, text, parts):
        job_id = JobId.parse(text)
        assert (job_id.model, job_id.transform, job_id.encoding, job_id.target) == parts
        assert str(job_id) == text

    @given(_name, _transform, _name, st.sampled_from(Target))
    def test_writing_and_parsing_are_inverse(self, model, transform, encoding, target):
        job_id = JobId(model, transform, encoding, target)
        assert JobId.parse(str(job_id)) == job_id

    @pytest.mark.parametrize(
        "text",
        ["", "kws", "kws@tfjs", "kws/float32", "/float32@tfjs", "a/b/c/d@tfjs", "k ws/f@tfjs"],
    )
    def test_what_is_no_job_id_is_refused(self, text):
        with pytest.raises(ValueError, match="is no job id"):
            JobId.parse(text)

    def test_an_unknown_target_is_refused(self):
        with pytest.raises(ValueError, match="tfjss"):
            JobId.parse("kws/float32@tfjss")

    def test_a_job_knows_its_id(self):
        job = Job(MODEL, Transform((Prune(0.8),)), Encoding("uint8"), Target.TFJS)
        assert str(job.id) == "kws/prune80/uint8@tfjs"

    def test_a_job_is_a_key_whatever_its_encoding(self):
        mixed = Encoding("mixed", {"uint8": ("*",), "float16": ("*stem*",)})
        job = Job(MODEL, Transform(()), mixed, Target.TFJS)
        assert {job: 1}[replace(job)] == 1


@pytest.mark.parametrize(
    ("steps", "name"),
    [
        ((), "none"),
        ((Prune(0.8),), "prune80"),
        ((Prune(0.125),), "prune12.5"),
        ((Prune(0.5), Prune(0.8)), "prune50+prune80"),
    ],
)
def test_a_transform_is_named_by_its_steps(steps, name):
    assert Transform(steps).name == name


@pytest.mark.parametrize(
    ("limit", "reference", "absolute"),
    [
        (Limit(0.01), 0.9, 0.01),
        (Limit(0.05, relative=True), 44.0, 2.2),
        (Limit(0.05, True), -2, 0.1),
    ],
)
def test_a_limit_is_absolute_or_a_share_of_the_reference(limit, reference, absolute):
    assert limit.absolute(reference) == pytest.approx(absolute)


def test_a_place_in_a_file_is_written_as_editors_do():
    assert str(Location(Path("suite.yaml"), 3)) == "suite.yaml:3"
    assert str(Location(Path("suite.yaml"))) == "suite.yaml"


def test_a_source_is_written_as_in_a_suite():
    assert str(Source(SourceKind.ZOO, "digits-cnn")) == "zoo:digits-cnn"
    assert str(MODEL.source) == "models/kws"


def test_data_of_the_zoo_have_a_name():
    assert DataSource("zoo:digits-cnn").zoo_name == "digits-cnn"
    assert DataSource("kws.npz").zoo_name is None


def test_every_target_starts_with_the_exact_encoding():
    assert {names[0] for names in ENCODINGS.values()} == {"float32"}
    assert set(ENCODINGS) == set(Target)
