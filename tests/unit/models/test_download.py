import hashlib
import io
import socket
import tarfile
import zipfile
from pathlib import Path

import pytest
from tests.support.web import serving

from sizewise.domain import Source, SourceKind
from sizewise.errors import SourceError
from sizewise.models.download import fetch

MODEL = b"\x1c\0\0\0TFL3" + bytes(range(256)) * 40


@pytest.fixture(scope="module")
def web():
    with serving() as site:
        yield site


@pytest.fixture
def site(web, tmp_path, monkeypatch):
    monkeypatch.setenv("SIZEWISE_CACHE", str(tmp_path / "cache"))
    web.files.clear()
    web.cut.clear()
    web.asked.clear()
    return web


def behind(url, content):
    return Source(SourceKind.URL, url, sha256=hashlib.sha256(content).hexdigest())


def refused(source, tmp_path):
    """The error of a download, which leaves nothing behind."""
    with pytest.raises(SourceError) as caught:
        fetch(source)
    assert caught.value.advice
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.name != "downloads"]
    return str(caught.value)


def zipped(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, inner in files.items():
            archive.writestr(name, inner)
    return content.getvalue()


def tarred(*members):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, inner, kind in members:
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(inner), kind, "/etc/hostname"
            archive.addfile(info, io.BytesIO(inner))
    return content.getvalue()


def test_a_file_is_downloaded_once(site, caplog):
    source = behind(site.url("models/net.tflite", MODEL), MODEL)
    with caplog.at_level("INFO", "sizewise"):
        local = fetch(source)
        assert fetch(source) == local
    assert (local.kind, local.sha256) == (SourceKind.TFLITE, None)
    assert Path(local.location).name == "net.tflite"
    assert Path(local.location).read_bytes() == MODEL
    assert site.asked == ["models/net.tflite"]
    assert [record.message.partition(",")[0] for record in caplog.records] == [
        f"downloading {source.location}"
    ]


def test_what_is_known_of_a_graph_stays_known(site):
    url = site.url("net.pb", MODEL)
    source = Source(SourceKind.URL, url, outputs=("y",), sha256=hashlib.sha256(MODEL).hexdigest())
    assert (fetch(source).kind, fetch(source).outputs) == (SourceKind.FROZEN_GRAPH, ("y",))


@pytest.mark.parametrize(
    ("files", "kind", "location"),
    [
        ({"net/saved_model.pb": b"x", "net/variables/v": b""}, SourceKind.SAVED_MODEL, "net"),
        ({"saved_model.pb": b"x"}, SourceKind.SAVED_MODEL, "content"),
        ({"a/b/model.json": b"{}", "a/b/s.bin": b"1"}, SourceKind.TFJS, "b"),
        ({"read.me": b"", "net/m.keras": b"x"}, SourceKind.KERAS, "m.keras"),
    ],
)
@pytest.mark.parametrize("ending", ["zip", "tgz", "tar.gz"])
def test_an_archive_is_unpacked(site, files, kind, location, ending):
    content = (
        zipped(**files)
        if ending == "zip"
        else tarred(*((name, inner, tarfile.REGTYPE) for name, inner in files.items()))
    )
    local = fetch(behind(site.url(f"net.{ending}", content), content))
    assert (local.kind, Path(local.location).name) == (kind, location)
    content_folder = next(
        path
        for path in [Path(local.location), *Path(local.location).parents]
        if path.name == "content"
    )
    found = {
        path.relative_to(content_folder).as_posix(): path.read_bytes()
        for path in content_folder.rglob("*")
        if path.is_file()
    }
    assert found == files


def test_a_wrong_hash(site, tmp_path):
    source = behind(site.url("net.tflite", MODEL), b"something else")
    assert "does not have the SHA-256" in refused(source, tmp_path)


def test_a_cut_connection(site, tmp_path):
    site.cut.add("net.tflite")
    source = behind(site.url("net.tflite", MODEL), MODEL)
    assert "cannot be downloaded: the connection was cut" in refused(source, tmp_path)
    site.cut.clear()
    assert Path(fetch(source).location).read_bytes() == MODEL


def test_a_file_that_is_not_there(site, tmp_path):
    source = behind(site.url("gone.tflite"), MODEL)
    assert "the server answers 404; check the address" in refused(source, tmp_path)


def test_a_host_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("SIZEWISE_CACHE", str(tmp_path / "cache"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/net.tflite"
        assert "the server cannot be reached" in refused(behind(url, MODEL), tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.zip", zipped(**{"../model.keras": b"x"}), "a.zip has a member outside of its folder"),
        ("a.zip", zipped(**{"/model.keras": b"x"}), "a.zip has a member outside of its folder"),
        ("a.zip", zipped(**{"a\\..\\m.keras": b"x"}), "a.zip has a member outside of its folder"),
        ("a.tgz", tarred(("../m.keras", b"x", tarfile.REGTYPE)), "has a member outside of its"),
        ("a.tgz", tarred(("/m.keras", b"x", tarfile.REGTYPE)), "has a member outside of its"),
        ("a.tgz", tarred(("m.keras", b"", tarfile.SYMTYPE)), "that is no plain file: 'm.keras'"),
        ("a.tgz", tarred(("m.keras", b"", tarfile.LNKTYPE)), "that is no plain file: 'm.keras'"),
        ("a.tgz", tarred(("m.keras", b"", tarfile.FIFOTYPE)), "that is no plain file: 'm.keras'"),
        ("a.zip", zipped(**{"read.me": b"x"}), "there is no model in what http://"),
        ("a.zip", zipped(**{"m.keras": b"x"})[:-9], "a.zip cannot be unpacked"),
        ("a.tgz", b"no archive", "a.tgz cannot be unpacked"),
    ],
    ids=[
        "zip-above",
        "zip-absolute",
        "zip-backslash",
        "tar-above",
        "tar-absolute",
        "tar-symlink",
        "tar-hard-link",
        "tar-pipe",
        "no-model",
        "cut-off",
        "no-archive",
    ],
)
def test_archives_that_are_refused(site, tmp_path, name, content, message):
    assert message in refused(behind(site.url(name, content), content), tmp_path)
    assert not list(tmp_path.rglob("*.keras"))


def test_a_link_in_a_zip_is_refused(site, tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        info = zipfile.ZipInfo("m.keras")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/hostname")
    url = site.url("a.zip", content.getvalue())
    assert "that is no plain file" in refused(behind(url, content.getvalue()), tmp_path)


def test_what_an_archive_unpacks_to_is_bounded(site, tmp_path, monkeypatch):
    content = zipped(**{"m.keras": bytes(5000)})
    source = behind(site.url("a.zip", content), content)
    monkeypatch.setattr("sizewise.models.archives.MAX_BYTES", 4000)
    assert "a.zip unpacks to more than 4.00 kB" in refused(source, tmp_path)
    monkeypatch.setattr("sizewise.models.archives.MAX_BYTES", 5000)
    monkeypatch.setattr("sizewise.models.archives.MAX_FILES", 0)
    assert "a.zip has over 0 files" in refused(source, tmp_path)
