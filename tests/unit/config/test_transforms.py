from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.config.rules import check_step, check_steps
from sizewise.config.transforms import TRANSFORM_PATTERN, decode_transform, is_told_by_name
from sizewise.domain import (
    Cluster,
    Engine,
    Finetune,
    JobId,
    Pattern,
    Prune,
    Qat,
    Schedule,
    Scope,
    Target,
    Transform,
)

THREE = Finetune(3)


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("none", ()),
        ("prune50", (Prune(0.5),)),
        ("prune80", (Prune(0.8),)),
        ("prune29", (Prune(0.29),)),
        ("prune5", (Prune(0.05),)),
        ("prune87.5", (Prune(0.875),)),
        ("prune12.3", (Prune(0.123),)),
        ("prune80global", (Prune(0.8, scope=Scope.GLOBAL),)),
        ("prune2of4", (Prune(pattern=Pattern(2, 4)),)),
        ("prune80ft3", (Prune(0.8, finetune=THREE),)),
        ("prune80ft3mask", (Prune(0.8, finetune=THREE, engine=Engine.MASK),)),
        ("prune80ft3tfmot", (Prune(0.8, finetune=THREE, engine=Engine.TFMOT),)),
        ("prune80globalft3mask", (Prune(0.8, None, Scope.GLOBAL, THREE, Engine.MASK),)),
        ("prune2of4ft3tfmot", (Prune(None, Pattern(2, 4), Scope.TENSOR, THREE, Engine.TFMOT),)),
        ("prune50obs", (Prune(0.5, engine=Engine.OBS),)),
        ("prune2of4obs", (Prune(pattern=Pattern(2, 4), engine=Engine.OBS),)),
        ("cluster16", (Cluster(16),)),
        ("cluster16ft2", (Cluster(16, Finetune(2)),)),
        ("cluster16obs", (Cluster(16, engine=Engine.OBS),)),
        ("qat3", (Qat(THREE),)),
        ("prune50ft3+cluster16", (Prune(0.5, finetune=THREE), Cluster(16))),
        (
            "prune50ft3+cluster16ft3+qat3",
            (Prune(0.5, finetune=THREE), Cluster(16, THREE), Qat(THREE)),
        ),
        ("prune50+prune80", (Prune(0.5), Prune(0.8))),
    ],
)
def test_a_name_decodes(name, steps):
    assert decode_transform(name) == Transform(steps)
    assert Transform(steps).name == name
    assert re.fullmatch(TRANSFORM_PATTERN, name)


@pytest.mark.parametrize(
    ("name", "message", "advice"),
    [
        ("None", "unknown transform 'None'", "did you mean 'none'?"),
        ("prun80", "unknown transform 'prun80'", "did you mean 'prune80'?"),
        ("prune", "unknown transform 'prune'", "did you mean 'prune80'?"),
        ("prune-80", "unknown transform 'prune-80'", "did you mean 'prune80'?"),
        ("clustr16", "unknown transform 'clustr16'", "did you mean 'cluster16'?"),
        ("cluster", "unknown transform 'cluster'", "did you mean 'cluster16'?"),
        ("qat", "unknown transform 'qat'", "did you mean 'qat3'?"),
        ("prune080", "unknown transform 'prune080'", "write prune80"),
        ("prune80.0", "unknown transform 'prune80.0'", "write prune80"),
        ("prune02of4", "unknown transform 'prune02of4'", "write prune2of4"),
        ("prune80ft03", "unknown transform 'prune80ft03'", "write prune80ft3"),
        ("cluster016", "unknown transform 'cluster016'", "write cluster16"),
        ("qat03", "unknown transform 'qat03'", "write qat3"),
        ("prune8.", "unknown transform 'prune8.': no such prune step", "such as prune80, prune2o"),
        ("prune80mask3", "unknown transform 'prune80mask3': no such prune step", "such as prune80"),
        ("cluster16global", "unknown transform 'cluster16global': no such cluster step", "such as"),
        ("qat3obs", "unknown transform 'qat3obs': no such qat step", "such as qat3"),
        ("prune٨٠", "unknown transform 'prune٨٠'", "did you mean 'prune"),
        ("prune50+", "unknown step '' in the transform 'prune50+'", "known: none, prune50"),
        ("none+prune50", "unknown step 'none' in the transform 'none+prune50'", "did you mean"),
        (
            "prune50+clustr16",
            "unknown step 'clustr16' in the transform 'prune50+clustr16'",
            "did you mean 'cluster16'?",
        ),
        ("", "unknown transform ''", "known: none, prune50, prune80"),
    ],
)
def test_what_is_no_name_gets_advice(name, message, advice):
    with pytest.raises(ValueError) as raised:
        decode_transform(name)
    assert raised.value.args[0].startswith(message)
    assert raised.value.args[1].startswith(advice)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("prune0", "prune0 has a sparsity of 0"),
        ("prune100", "prune100 has a sparsity of 1"),
        ("prune4of2", "the pattern 4:2 keeps 4 of 2 weights"),
        ("prune4of4", "the pattern 4:4 prunes nothing"),
        ("prune0of4", "the pattern 0:4 keeps nothing"),
        ("prune80ft0", "prune80ft0 trains for 0 epochs"),
        ("prune80ft99999", "prune80ft99999 trains for 99999 epochs"),
        ("prune80mask", "prune80mask has the engine mask, which works while"),
        ("prune80tfmot", "prune80tfmot has the engine tfmot, which works while"),
        ("prune80ft3obs", "prune80ft3obs asks for training"),
        ("prune80globalobs", "prune80globalobs has the scope global, but obs prunes each"),
        ("prune80globalft3tfmot", "prune80globalft3tfmot has the scope global, but tfmot"),
        ("prune2of4global", "prune2of4global is a pattern"),
        ("cluster1", "cluster1 asks for 1 cluster"),
        ("cluster99999", "cluster99999 asks for 99999 clusters"),
        ("cluster16ft2mask", "cluster16ft2mask has the engine mask, but clustering has no"),
        ("cluster16ft2tfmot", "cluster16ft2tfmot has the engine tfmot, but clustering has no"),
        ("cluster16ft2obs", "cluster16ft2obs asks for training"),
        ("qat0", "qat0 trains for 0 epochs"),
        ("qat3+prune50", "qat3 comes before prune50"),
        ("qat3+qat3", "qat3 is followed by qat3"),
        ("prune50+cluster16ft2", "cluster16ft2 trains the model after prune50"),
        ("prune50ft1+cluster16+qat3", "qat3 trains the model after cluster16"),
        ("cluster16+prune50", "prune50 adds zeros to the values that cluster16 chose"),
        ("prune50+cluster32+cluster16", "cluster32 is undone by cluster16"),
        ("prune80+prune50", "prune50 prunes nothing that prune80 left"),
        ("prune80ft3+cluster16ft2+prune80", "prune80 prunes nothing that prune80ft3 left"),
    ],
)
def test_a_sentence_that_makes_no_sense_is_refused_with_advice(name, message):
    assert re.fullmatch(TRANSFORM_PATTERN, name), "it is the rules that refuse it"
    with pytest.raises(ValueError) as raised:
        decode_transform(name)
    refusal, advice = raised.value.args
    assert refusal.startswith(message)
    assert advice


def makes_sense(rule):
    def check(value):
        try:
            rule(value)
        except ValueError:
            return False
        return True

    return check


finetunes = st.none() | st.integers(1, 10_000).map(Finetune)
engines = st.none() | st.sampled_from(Engine)
sparsities = st.integers(1, 99_999).map(lambda each: each / 100_000)
patterns = st.builds(Pattern, st.integers(1, 99), st.integers(1, 99))
prunes = st.one_of(
    st.builds(Prune, sparsities, st.none(), st.sampled_from(Scope), finetunes, engines),
    st.builds(Prune, st.none(), patterns, st.just(Scope.TENSOR), finetunes, engines),
).filter(makes_sense(check_step))
clusters = st.builds(Cluster, st.integers(2, 65_536), finetunes, engines).filter(
    makes_sense(check_step)
)
qats = st.integers(1, 10_000).map(Finetune).map(Qat)
steps = st.one_of(prunes, clusters, qats)
transforms = st.lists(steps, max_size=3).filter(makes_sense(check_steps)).map(tuple).map(Transform)


@given(transforms)
def test_every_transform_has_a_name_that_decodes_to_it(transform):
    assert decode_transform(transform.name) == transform
    assert is_told_by_name(transform)
    assert re.fullmatch(TRANSFORM_PATTERN, transform.name)
    job = JobId("kws", transform.name, "uint8", Target.TFJS)
    assert JobId.parse(str(job)) == job


@given(transforms, transforms)
def test_different_transforms_have_different_names(one, other):
    assert (one.name == other.name) == (one == other)


@given(st.from_regex(TRANSFORM_PATTERN, fullmatch=True) | st.text())
def test_any_text_decodes_to_its_own_name_or_is_refused_with_advice(text):
    try:
        transform = decode_transform(text)
    except ValueError as error:
        refusal = error.args
    else:
        refusal = ()
        assert transform.name == text
        assert re.fullmatch(TRANSFORM_PATTERN, text)
    assert len(refusal) in (0, 2)
    assert all(isinstance(part, str) and part for part in refusal)


@given(st.floats(min_value=0, max_value=1, exclude_min=True, exclude_max=True))
def test_a_name_is_exact_or_said_not_to_be(sparsity):
    transform = Transform((Prune(sparsity),))
    if is_told_by_name(transform):
        assert decode_transform(transform.name) == transform
    else:
        assert transform.name != f"prune{sparsity * 100}"


@pytest.mark.parametrize(
    "finetune",
    [
        Finetune(3, batch_size=8),
        Finetune(3, learning_rate=0.01),
        Finetune(3, schedule=Schedule.CONSTANT),
        Finetune(3, loop="own:train"),
        Finetune(3, seed=1),
    ],
)
def test_a_name_does_not_tell_how_it_is_trained(finetune):
    assert not is_told_by_name(Transform((Prune(0.8, finetune=finetune),)))
    assert not is_told_by_name(Transform((Prune(0.5), Qat(finetune))))
