from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sizewise.domain import (
    ENCODINGS,
    DataSource,
    Encoding,
    Limit,
    ModelSpec,
    Prune,
    Source,
    SourceKind,
    Suite,
    Target,
    Transform,
)
from sizewise.errors import SuiteError
from sizewise.plan import legality, make_plan

MODELS = tuple(
    ModelSpec(
        name, Source(SourceKind.ZOO, "digits-cnn"), DataSource("zoo:digits-cnn"), "mae", Limit(1)
    )
    for name in ("kws", "digits")
)
PLAIN, PRUNED = Transform(), Transform((Prune(0.8),))
MIXED = Encoding("mixed", {"uint8": ("*kernel*",)})


def suite(**encodings):
    encodings = encodings or {"tflite": ("int8", "float32"), "tfjs": ("uint8",)}
    return Suite(
        "matrix",
        Path("suite.yaml"),
        "",
        MODELS,
        (PLAIN, PRUNED),
        {
            Target(target): tuple(
                each if isinstance(each, Encoding) else Encoding(each) for each in names
            )
            for target, names in encodings.items()
        },
    )


def ids(plan):
    return [str(job.id) for job in plan.jobs]


def test_jobs_come_by_model_target_transform_and_encoding():
    plan = make_plan(suite())
    assert plan.suite_name == "matrix"
    assert ids(plan) == [
        f"{model}/{rest}"
        for model in ("kws", "digits")
        for rest in (
            "int8@tflite",
            "float32@tflite",
            "prune80/int8@tflite",
            "prune80/float32@tflite",
            "uint8@tfjs",
            "prune80/uint8@tfjs",
        )
    ]
    assert all(job.illegal is None for job in plan.jobs)


def test_groups_share_model_and_transform_across_targets():
    groups = make_plan(suite()).groups
    assert [
        (group.model.name, group.transform.name, [str(job.id) for job in group.jobs])
        for group in groups
    ] == [
        (model, transform.name, [f"{model}/{middle}{end}" for end in ends])
        for model in ("kws", "digits")
        for transform, middle in ((PLAIN, ""), (PRUNED, "prune80/"))
        for ends in [("int8@tflite", "float32@tflite", "uint8@tfjs")]
    ]


def test_illegal_jobs_are_listed_and_in_no_group():
    plan = make_plan(suite(tflite=("int8", "uint8")))
    illegal = [str(job.id) for job in plan.jobs if job.illegal]
    assert "kws/uint8@tflite" in illegal
    assert len(illegal) == 4
    grouped = [str(job.id) for group in plan.groups for job in group.jobs]
    assert sorted(grouped + illegal) == sorted(ids(plan))


def test_a_group_of_illegal_jobs_alone_is_none():
    assert make_plan(suite(tflite=("uint8",))).groups == ()


def test_every_job_id_is_its_own():
    identities = [job.id for job in make_plan(suite()).jobs]
    assert len(set(identities)) == len(identities)


@pytest.mark.parametrize(
    ("encoding", "target", "reason"),
    [
        (Encoding("uint8"), Target.TFJS, None),
        (Encoding("int8"), Target.TFLITE, None),
        (MIXED, Target.TFJS, None),
        (MIXED, Target.TFLITE, "tflite takes no map of patterns"),
        (
            Encoding("uint8"),
            Target.TFLITE,
            f"uint8 is no encoding of tflite: it has {', '.join(ENCODINGS[Target.TFLITE])}",
        ),
    ],
)
def test_legality(encoding, target, reason):
    assert legality(MODELS[0], PLAIN, encoding, target) == reason


@pytest.mark.parametrize(
    ("select", "chosen"),
    [
        ("*", 12),
        ("kws/*", 6),
        ("*@tfjs", 4),
        ("kws/uint8@tfjs", 1),
        ("kws/none/uint8@tfjs", 1),
        ("*/none/*", 6),
        ("*/prune80/*", 6),
        ("kws/*/uint8@tfjs", 2),
        ("kws/[pu]*@tfjs", 2),
        ("kws/uint8@tfjs, digits/int8@tflite", 2),
        ("kws/*,kws/uint8@tfjs", 6),
    ],
)
def test_select(select, chosen):
    plan = make_plan(suite(), select)
    assert len(plan.jobs) == chosen
    whole = ids(make_plan(suite()))
    assert ids(plan) == [each for each in whole if each in ids(plan)]


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("kws/uint9@tfjs", "'kws/uint9@tfjs' selects no job; the nearest is 'kws/uint8@tfjs'"),
        ("KWS/*", "'KWS/*' selects no job; the nearest is "),
        ("kws/*,digit/*", "'digit/*' selects no job; the nearest is 'digits/"),
        ("", "'' selects no job"),
    ],
)
def test_a_selection_of_nothing(select, message):
    with pytest.raises(SuiteError) as raised:
        make_plan(suite(), select)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("kind", "location"),
    [
        (SourceKind.TFLITE, "model.tflite"),
        (SourceKind.URL, "https://example.org/model.tflite?raw=true"),
    ],
)
def test_a_tflite_source_has_one_job_whatever_the_suite_lists(kind, location):
    kept = replace(MODELS[0], source=Source(kind, location))
    plan = make_plan(replace(suite(), models=(kept, MODELS[1])))
    assert ids(plan)[:2] == ["kws/as_is@tflite", "digits/int8@tflite"]
    assert plan.jobs[0].illegal is None
