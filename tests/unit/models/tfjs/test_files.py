import json

import pytest

from sizewise.errors import SourceError
from sizewise.models.tfjs.files import read_group, read_model


@pytest.fixture
def write(tmp_path):
    def write_text(text):
        (tmp_path / "model.json").write_text(text)
        return tmp_path

    return write_text


@pytest.mark.parametrize(
    ("document", "is_graph"),
    [
        ({"format": "graph-model", "modelTopology": {"node": []}}, True),
        ({"modelTopology": {"node": [], "library": {}}}, True),
        ({"node": []}, True),
        ({"format": "layers-model", "modelTopology": {"model_config": {}}}, False),
        ({"modelTopology": {"class_name": "Sequential", "config": []}}, False),
    ],
)
def test_the_topology_tells_the_kind(write, document, is_graph):
    folder = write(json.dumps(document))
    assert read_model(folder).is_graph is is_graph
    assert read_model(folder / "model.json") == read_model(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "{} is no JSON, or cut short"),
        ('{"modelTopology": {"node": [', "{} is no JSON, or cut short"),
        ("[" * 100_000, "{} is no JSON, or cut short"),
        ("\x00\xff", "{} is no JSON, or cut short"),
        ("[]", "{} is no TF.js model: it is no object"),
        ("{}", "{} is no TF.js model: it has no modelTopology"),
        ('{"modelTopology": "graph"}', "{} is no TF.js model: it has no modelTopology"),
        ('{"name": "a package", "version": 1}', "{} is no TF.js model: it has no modelTopology"),
        (
            '{"modelTopology": {"node": []}, "weightsManifest": "all"}',
            "the weights manifest of {} is no list of groups",
        ),
        (
            '{"modelTopology": {"node": []}, "weightsManifest": [3]}',
            "the weights manifest of {} is no list of groups",
        ),
    ],
)
def test_json_that_is_no_model(write, text, message):
    folder = write(text)
    with pytest.raises(SourceError) as caught:
        read_model(folder)
    assert caught.value.message.startswith(message.format(folder / "model.json"))
    assert caught.value.advice


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(SourceError, match=r"model.json does not exist; name the model.json of"):
        read_model(tmp_path)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("gone.bin", "names the shard 'gone.bin', which cannot be read: No such file"),
        ("../outside.bin", "names a shard outside of its folder: '../outside.bin'"),
        ("in/../../outside.bin", "names a shard outside of its folder"),
        ("/etc/hostname", "names a shard outside of its folder"),
        ("..\\outside.bin", "names a shard outside of its folder"),
        ("https://example.org/shard.bin", "names a shard outside of its folder"),
        ("", "names a shard outside of its folder"),
        (".", "names a shard outside of its folder"),
    ],
)
def test_shards_that_are_not_read(write, tmp_path, path, message):
    (tmp_path.parent / "outside.bin").write_bytes(b"secret")
    file = read_model(write('{"modelTopology": {"node": []}}'))
    with pytest.raises(SourceError) as caught:
        read_group(file, {"paths": [path]})
    assert message in caught.value.message
    assert caught.value.advice


def test_a_group_without_paths(write):
    file = read_model(write('{"modelTopology": {"node": []}}'))
    with pytest.raises(SourceError, match="has a group of weights without paths"):
        read_group(file, {"paths": None})
