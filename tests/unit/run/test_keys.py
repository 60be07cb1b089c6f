import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sizewise.domain import (
    Cluster,
    ConversionOptions,
    DataSource,
    Encoding,
    Finetune,
    Group,
    Job,
    Limit,
    Location,
    ModelSpec,
    Prune,
    Source,
    SourceKind,
    Target,
    Transform,
)
from sizewise.plan import make_plan
from sizewise.run import toolchain
from sizewise.run.keys import key_of_check, key_of_environment, keys_of_group
from support.stages import ENCODINGS, make_suite

FINE_TUNED = Transform((Prune(0.8, finetune=Finetune(3)),))


@pytest.fixture
def spec(tmp_path):
    folder = tmp_path / "model"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "variables.data").write_bytes(b"weights")
    np.savez(tmp_path / "data.npz", x=np.zeros(3))
    return ModelSpec(
        name="net",
        source=Source(SourceKind.SAVED_MODEL, str(folder), at=Location(Path("a.yaml"), 3)),
        data=DataSource(str(tmp_path / "data.npz")),
        metric="accuracy",
        max_drop=Limit(0.02),
    )


UNCHANGED = Transform()


def keys(spec, transform=UNCHANGED, brotli=5):
    jobs = tuple(
        Job(spec, transform, encoding, target)
        for target, encodings in ENCODINGS.items()
        for encoding in encodings
    )
    return keys_of_group(Group(spec, transform, jobs), brotli)


def job(spec, name="net/uint8@tfjs", **options):
    return keys(spec, **options).jobs[name]


def test_every_job_has_a_key_of_its_own(spec):
    found = keys(spec)
    assert len(set(found.jobs.values())) == len(found.jobs) == 4
    assert found.reference is not None
    assert found.trained is None


def test_names_places_and_limits_are_no_part_of_a_key(spec, tmp_path):
    before = keys(spec)
    (tmp_path / "model").rename(tmp_path / "moved")
    moved = replace(
        spec,
        name="other",
        source=replace(spec.source, location=str(tmp_path / "moved"), at=None),
        max_drop=Limit(0.5),
    )
    after = keys(moved)
    assert list(before.jobs.values()) == list(after.jobs.values())
    assert before.reference == after.reference
    assert key_of_check(moved) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"metric": "mae"},
        {"signature": "other"},
        {"custom_ops": ("Mine",)},
        {"keras": 3},
        {"options": ConversionOptions(weight_shard_bytes=100)},
    ],
)
def test_all_that_changes_a_figure_changes_the_key(spec, change):
    assert job(replace(spec, **change)) != job(spec)


@pytest.mark.parametrize("change", [{"seed": 1}, {"limit": 2}, {"scale": 2.0}, {"offset": 1.0}])
def test_so_does_what_is_done_to_the_data(spec, change):
    assert job(replace(spec, data=replace(spec.data, **change))) != job(spec)


@pytest.mark.parametrize(
    "file", ["model/saved_model.pb", "model/variables/variables.data", "data.npz"]
)
def test_so_does_every_byte_of_a_file(spec, tmp_path, file):
    before, checked = job(spec), key_of_check(spec)
    content = bytearray((tmp_path / file).read_bytes())
    content[-1] ^= 1
    (tmp_path / file).write_bytes(content)
    os.utime(tmp_path / file, (1, 1))
    assert job(spec) != before
    assert key_of_check(spec) != checked


def test_so_does_the_name_of_a_file_in_a_folder(spec, tmp_path):
    before = job(spec)
    (tmp_path / "model" / "variables").rename(tmp_path / "model" / "other")
    assert job(spec) != before


def test_so_do_the_transform_the_brotli_level_and_the_toolchain(spec, monkeypatch):
    pruned = job(spec, "net/prune50/uint8@tfjs", transform=Transform((Prune(0.5),)))
    assert len({pruned, job(spec), job(spec, brotli=11)}) == 3
    before = job(spec)
    monkeypatch.setattr("sizewise.run.keys.toolchain", lambda: {"code": "other"})
    assert job(spec) != before


def test_steps_count_in_their_order_and_by_what_they_are():
    one = Encoding("mixed", {"uint8": ("*a*",), "float16": ("*",)})
    other = Encoding("mixed", {"float16": ("*",), "uint8": ("*a*",)})
    suite = make_suite(encodings={Target.TFJS: (one,)})
    turned = make_suite(encodings={Target.TFJS: (other,)})
    first, second = (keys_of_group(make_plan(each).groups[0], 5) for each in (suite, turned))
    assert first.jobs["net/mixed@tfjs"] != second.jobs["net/mixed@tfjs"]


def test_a_fine_tuned_model_is_shared_by_what_is_done_to_it_afterwards(spec):
    alone = keys(spec, FINE_TUNED)
    both = keys(spec, Transform((*FINE_TUNED.steps, Cluster(16))))
    longer = keys(spec, Transform((Prune(0.8, finetune=Finetune(4)),)))
    assert alone.trained == both.trained
    assert alone.trained != longer.trained
    assert set(alone.jobs.values()).isdisjoint(both.jobs.values())


def test_what_cannot_be_found_has_no_key(spec, tmp_path):
    gone = replace(spec, source=replace(spec.source, location=str(tmp_path / "gone")))
    assert keys(gone).jobs == {}
    assert key_of_check(gone) is None


def test_code_counts_by_its_file_and_its_name(spec, tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("raise SystemExit\n")
    module = tmp_path / "package" / "mine.py"
    module.write_text("def build(): ...\n")
    source = Source(SourceKind.CODE, "package.mine:build", folder=tmp_path)
    coded = replace(spec, source=source)
    before = job(coded)
    assert job(replace(coded, source=replace(source, location="package.mine:other"))) != before
    module.write_text("def build(): pass\n")
    assert job(coded) != before
    nowhere = replace(source, location="package.other:build")
    assert keys(replace(coded, source=nowhere)).jobs == {}


def test_a_training_loop_of_the_users_counts(spec, tmp_path):
    module = tmp_path / "loop.py"
    module.write_text("def train(): ...\n")

    def trained():
        finetune = Finetune(3, loop="loop:train", folder=tmp_path)
        return keys(spec, Transform((Prune(0.8, finetune=finetune),))).trained

    before = trained()
    module.write_text("def train(): pass\n")
    assert trained() != before


def test_a_tfjs_model_counts_with_the_files_that_it_names(spec, tmp_path):
    model = tmp_path / "web" / "model.json"
    model.parent.mkdir()
    model.write_text('{"weightsManifest": [{"paths": ["a.bin"]}]}')
    (model.parent / "a.bin").write_bytes(b"1")
    web = replace(spec, source=Source(SourceKind.TFJS, str(model)))
    before = job(web)
    (model.parent / "beside.txt").write_text("no part of it")
    assert job(web) == before
    (model.parent / "a.bin").write_bytes(b"22")
    assert job(web) != before
    model.write_text("[]")
    assert keys(web).jobs == {}


def test_the_environment_counts_with_its_targets():
    one = key_of_environment({"cpu": "a"}, (Target.TFJS, Target.TFLITE))
    assert one == key_of_environment({"cpu": "a"}, (Target.TFLITE, Target.TFJS))
    assert one != key_of_environment({"cpu": "a"}, (Target.TFJS,))
    assert one != key_of_environment({"cpu": "b"}, (Target.TFJS, Target.TFLITE))


def test_the_toolchain_names_what_figures_come_from(monkeypatch):
    told = toolchain.toolchain()
    assert told["libraries"]["tensorflow"]
    assert len(told["code"]) == 64
    missing = [place for place in toolchain._CODE if not (toolchain._PACKAGE / place).exists()]
    assert missing == []
