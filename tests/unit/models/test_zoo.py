import logging

import pytest

from sizewise.domain import ZOO_MODELS
from sizewise.models.zoo import ZOO, training
from sizewise.models.zoo.definition import ZooModel
from sizewise.models.zoo.training import fingerprint, trained_file


class Trained:
    def save(self, path):
        path.write_text("weights")


def test_the_vocabulary_names_every_model():
    assert tuple(ZOO) == ZOO_MODELS
    assert all(model.name == name for name, model in ZOO.items())


def test_a_model_is_trained_once(caplog):
    trainings = []

    def train(data):
        trainings.append(data)
        return Trained()

    model = ZooModel("toy", lambda: "samples", train)
    with caplog.at_level(logging.INFO, "sizewise"):
        first, second = trained_file(model), trained_file(model)
    assert first == second
    assert first.read_text() == "weights"
    assert trainings == ["samples"]
    assert [record.getMessage() for record in caplog.records] == [
        f"training toy, once, for {first.parent}"
    ]


def test_a_training_that_fails_leaves_nothing(tmp_path):
    def train(_):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        trained_file(ZooModel("toy", lambda: None, train))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert list((tmp_path / "cache" / "zoo").iterdir()) == []


def test_another_definition_or_library_is_another_file(monkeypatch):
    before = {name: fingerprint(model) for name, model in ZOO.items()}
    assert len(set(before.values())) == len(ZOO)
    assert before == {name: fingerprint(model) for name, model in ZOO.items()}
    monkeypatch.setattr(training, "version", lambda library: "0.0")
    assert all(fingerprint(model) != before[name] for name, model in ZOO.items())
