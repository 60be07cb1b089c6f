from dataclasses import dataclass, field, replace
from pathlib import PurePath

import numpy as np
import pytest

from sizewise.config.transforms import decode_transform
from sizewise.domain import (
    Artifact,
    ArtifactFile,
    Encoding,
    Graph,
    OpenModel,
    Samples,
    Signature,
    Target,
    TensorSpec,
)
from sizewise.errors import (
    NonFiniteError,
    RequestError,
    SourceError,
    UnsupportedOpError,
    WrongArtifactError,
)
from sizewise.run.conversion import Order, run_orders

SIGNATURE = Signature(
    "serve",
    (TensorSpec("x", "x:0", "float32", (None, 3)),),
    (TensorSpec("y", "y:0", "float32", (None, 3)),),
)
MODEL = OpenModel("model", SIGNATURE, None, None, "2.19.0", notes=("opened",))
NODES = [("x", "Placeholder"), ("dig/one", "Digamma"), ("dig/two", "Digamma")]


@dataclass
class Node:
    name: str
    op: str


@dataclass
class GraphDef:
    node: list = field(default_factory=lambda: [Node(*each) for each in NODES])
    library: object = field(default_factory=lambda: type("Library", (), {"function": []}))


@dataclass
class Stages:
    """The model gives twice its input; an artifact gives what ``gives`` makes of its encoding,
    a transformed graph what ``changed`` does. ``lost`` is what artifacts' bytes lack.
    """

    gives: dict = field(default_factory=dict)
    lacks: tuple = ()
    calls: list = field(default_factory=list)
    model: object = staticmethod(lambda x: 2 * x)
    changed: object = staticmethod(lambda x: 2 * x)
    lost: str | None = None

    def freeze(self, model):
        self.calls.append("freeze")
        return Graph(GraphDef(), model.signature, "2.19.0")

    def final(self, graph):
        self.calls.append("final")
        return graph

    def transform(self, transform, graph, data):
        self.calls.append(f"transform {transform.name} with {len(data.calibrate)}")
        return replace(graph)

    def prepare(self, target, graph, data):
        self.calls.append("prepare")
        return self

    def flags(self, artifact, transform, encoding):
        assert artifact.entry.is_file()
        return () if self.lost is None else (f"{transform.name}/{encoding.name}: {self.lost}",)

    def write(self, encoding, folder):
        self.calls.append(f"write {encoding.name}")
        folder.mkdir(parents=True)
        (folder / "model.json").write_text(encoding.name)
        file = ArtifactFile("model.json", len(encoding.name), "")
        return Artifact(Target.TFJS, encoding.name, folder, (file,), "", SIGNATURE)

    def runtimes(self, target):
        return ("first", "second")

    def call_model(self, model, inputs):
        return {"y": self.model(inputs["x"])}

    def call_graph(self, graph, inputs):
        return {"y": self.changed(inputs["x"])}

    def call(self, runtime, artifact, inputs):
        if runtime in self.lacks:
            raise UnsupportedOpError("no Digamma", ops={"Digamma": ()})
        return {"y": self.gives.get(artifact.encoding, self.model)(inputs["x"])}


def convert(out, stages, *encodings, model=MODEL, **options):
    places = [(Encoding(name), PurePath(name)) for name in encodings or ("float32",)]
    return run_orders([Order(model, places, "a model")], out, Target.TFJS, stages, **options)


def test_encodings_share_one_freezing_and_one_preparation(tmp_path):
    stages = Stages()
    made = convert(tmp_path / "web", stages, "float16", "float32")
    assert stages.calls == ["freeze", "prepare", "write float16", "write float32"]
    assert [one.artifact.folder for one in made] == [
        tmp_path / "web" / "float16",
        tmp_path / "web" / "float32",
    ]
    for one in made:
        assert one.artifact.entry.read_text() == one.artifact.encoding
        assert one.artifact.source == "a model"
        assert one.artifact.transform == "none"
        assert (one.check.runtime, one.check.float32_error) == ("first", 0.0)
        assert one.notes == ("opened",)


def test_float32_is_checked_even_where_it_is_not_asked_for(tmp_path):
    stages = Stages(gives={"uint8": lambda x: 2.01 * x})
    (one,) = convert(tmp_path / "web", stages, "uint8")
    assert stages.calls[-1] == "write float32"
    assert one.check.sqnr_db == pytest.approx(46.02, abs=0.01)
    assert [path.name for path in (tmp_path / "web").rglob("*")] == ["uint8", "model.json"]


def test_what_computes_something_else_is_not_kept(tmp_path):
    with pytest.raises(WrongArtifactError, match="off by"):
        convert(tmp_path / "web", Stages(gives={"float32": lambda x: 3 * x}), "uint8")
    assert list(tmp_path.iterdir()) == []


def test_an_encoding_that_overflows_is_not_kept(tmp_path):
    with pytest.raises(NonFiniteError, match="float16"):
        convert(tmp_path / "web", Stages(gives={"float16": lambda x: x * np.nan}), "float16")
    assert list(tmp_path.iterdir()) == []


def test_an_encoding_of_another_shape_is_not_kept(tmp_path):
    with pytest.raises(WrongArtifactError, match="no output 'y'"):
        convert(tmp_path / "web", Stages(gives={"uint8": lambda x: x[:1]}), "uint8")


def test_the_next_runtime_takes_over(tmp_path):
    (one,) = convert(tmp_path / "web", Stages(lacks=("first",)))
    assert one.check.runtime == "second"


def test_an_op_that_no_runtime_has_is_named_with_its_nodes(tmp_path):
    with pytest.raises(UnsupportedOpError, match=r"no Digamma \(nodes: dig/one, dig/two\)") as info:
        convert(tmp_path / "web", Stages(lacks=("first", "second")))
    assert info.value.ops == {"Digamma": ("dig/one", "dig/two")}
    assert list(tmp_path.iterdir()) == []


def test_without_the_op_check_it_is_written_unverified(tmp_path):
    stages = Stages(lacks=("first", "second"))
    (one,) = convert(tmp_path / "web", stages, skip_op_check=True)
    assert one.artifact.entry.is_file()
    assert one.check.reason == "no Digamma"


class TestTransform:
    """The model gives twice its input, its transformed graph 1.9 times."""

    def convert(self, tmp_path, **gives):
        self.stages = Stages(gives=gives, changed=staticmethod(lambda x: 1.9 * x), lost="zeros")
        places = [(Encoding(name), PurePath(name)) for name in ("uint8", "float16")]
        samples = Samples({"x": np.ones((20, 3), np.float32)})
        transform = decode_transform("prune50+cluster16")
        order = Order(MODEL, places, "a model", samples, transform=transform)
        return run_orders([order], tmp_path / "web", Target.TFJS, self.stages)

    def test_is_done_once_and_told(self, tmp_path):
        made = self.convert(tmp_path, float32=lambda x: 1.9 * x)
        assert self.stages.calls == [
            "freeze",
            "final",
            "transform prune50+cluster16 with 20",
            "prepare",
            "write uint8",
            "write float16",
            "write float32",
        ]
        assert {one.artifact.transform for one in made} == {"prune50+cluster16"}

    def test_float32_is_held_against_what_it_made_and_the_noise_is_all_of_it(self, tmp_path):
        first, _ = self.convert(tmp_path, float32=lambda x: 1.9 * x + 1e-4, uint8=lambda x: 1.8 * x)
        assert first.check.float32_error == pytest.approx(1e-4 / 1.9, rel=1e-3)
        assert first.check.sqnr_db == pytest.approx(20.0)

    def test_an_artifact_of_the_untouched_model_is_wrong(self, tmp_path):
        with pytest.raises(WrongArtifactError, match="off by"):
            self.convert(tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_what_did_not_reach_the_bytes_is_a_flag(self, tmp_path):
        made = self.convert(tmp_path, float32=lambda x: 1.9 * x)
        assert [one.artifact.flags for one in made] == [
            ("prune50+cluster16/uint8: zeros",),
            ("prune50+cluster16/float16: zeros",),
        ]

    @pytest.mark.parametrize(
        ("encoding", "flagged"),
        [
            (Encoding("uint8"), False),
            (Encoding("float32"), False),
            (Encoding("uint8-l64", levels=64), True),
        ],
    )
    def test_what_is_stored_as_told_is_not_read_back(self, tmp_path, encoding, flagged):
        order = Order(MODEL, [(encoding, PurePath())], "a model")
        stages = Stages(lost="zeros")
        (one,) = run_orders([order], tmp_path / "web", Target.TFJS, stages)
        assert bool(one.artifact.flags) is flagged

    def test_a_model_that_cannot_be_tried_is_transformed_unverified(self, tmp_path):
        def picky(x):
            raise ValueError("only primes")

        stages = Stages(model=staticmethod(picky), changed=staticmethod(picky))
        places = [(Encoding("float32"), PurePath())]
        order = Order(MODEL, places, "a model", transform=decode_transform("prune50"))
        (one,) = run_orders([order], tmp_path / "web", Target.TFJS, stages)
        assert "only primes" in one.check.reason


class TestExistingFolder:
    @pytest.fixture
    def web(self, tmp_path):
        folder = tmp_path / "web"
        folder.mkdir()
        (folder / "model.json").write_text("old")
        (folder / "stale.bin").write_text("old")
        return folder

    def test_is_an_error_and_nothing_is_done(self, web):
        stages = Stages()
        with pytest.raises(RequestError, match="exists already"):
            convert(web, stages)
        assert stages.calls == []

    def test_is_replaced_whole_if_asked(self, web):
        convert(web, Stages(), overwrite=True)
        files = [path.relative_to(web).as_posix() for path in web.rglob("*") if path.is_file()]
        assert files == ["float32/model.json"]
        assert list(web.parent.iterdir()) == [web]

    def test_stays_where_the_conversion_fails(self, web):
        with pytest.raises(WrongArtifactError):
            convert(web, Stages(gives={"float32": lambda x: 3 * x}), overwrite=True)
        assert (web / "model.json").read_text() == "old"
        assert list(web.parent.iterdir()) == [web]

    def test_with_anything_but_artifacts_in_it_is_not_replaced(self, web):
        (web / "thesis.tex").write_text("years of work")
        with pytest.raises(RequestError, match=r"thesis\.tex in it is part of no artifact"):
            convert(web, Stages(), overwrite=True)
        assert (web / "thesis.tex").is_file()

    def test_that_is_a_link_or_a_file_is_not_replaced(self, web, tmp_path):
        (tmp_path / "link").symlink_to(web)
        (tmp_path / "file").write_text("")
        for name in ("link", "file"):
            with pytest.raises(RequestError, match="is no folder"):
                convert(tmp_path / name, Stages(), overwrite=True)


class TestTrial:
    def test_calibration_samples_are_what_it_is_tried_on(self, tmp_path):
        samples = Samples({"x": np.arange(60, dtype=np.float32).reshape(20, 3)})
        order = Order(MODEL, [(Encoding("float32"), PurePath())], "a model", samples)
        (one,) = run_orders([order], tmp_path / "web", Target.TFJS, Stages())
        assert one.check.inputs == "samples to calibrate with"
        assert one.artifact.folder == tmp_path / "web"

    def test_open_dimensions_are_guessed_until_the_model_runs(self, tmp_path):
        def only_eight(x):
            if x.shape[1] != 8:
                raise ValueError("Matrix size-incompatible")
            return x

        open_ = replace(SIGNATURE, inputs=(TensorSpec("x", "x:0", "float32", (None, None)),))
        model = replace(MODEL, signature=open_)
        stages = Stages(model=staticmethod(only_eight))
        (one,) = convert(tmp_path / "web", stages, model=model)
        assert one.check.reason is None

    def test_a_model_that_takes_nothing_made_up_is_not_verified(self, tmp_path):
        def picky(x):
            raise ValueError("only primes")

        (one,) = convert(tmp_path / "web", Stages(model=staticmethod(picky)))
        assert "only primes" in one.check.reason

    def test_samples_that_the_model_does_not_take_are_an_error(self, tmp_path):
        def picky(x):
            raise ValueError("only primes")

        order = Order(
            MODEL,
            [(Encoding("float32"), PurePath())],
            "a model",
            Samples({"x": np.zeros((2, 3), np.float32)}),
        )
        with pytest.raises(SourceError, match="only primes"):
            run_orders([order], tmp_path / "web", Target.TFJS, Stages(model=staticmethod(picky)))

    def test_a_model_that_draws_at_random_is_not_verified(self, tmp_path):
        rng = np.random.default_rng(0)
        stages = Stages(model=staticmethod(lambda x: x + rng.normal(size=x.shape)))
        (one,) = convert(tmp_path / "web", stages)
        assert "other outputs each time" in one.check.reason

    def test_a_model_that_takes_no_negative_numbers_gets_others(self, tmp_path):
        with np.errstate(invalid="ignore"):
            stages = Stages(model=staticmethod(lambda x: np.sqrt(x.min() * np.ones_like(x))))
            (one,) = convert(tmp_path / "web", stages)
        assert one.check.reason is None
