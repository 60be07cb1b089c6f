"""TensorFlow.js in Node against TensorFlow, on graph models of the upstream converter."""

from __future__ import annotations

import dataclasses
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest

from sizewise.errors import (
    DataError,
    RuntimeCrashError,
    RuntimeTimeoutError,
    SetupError,
    UnsupportedOpError,
)
from sizewise.runtimes.node.install import installation
from sizewise.runtimes.node.process import NodePool, NodeProcess
from sizewise.runtimes.node.runtime import NodeRuntime
from support.runtime_models import tfjs_case

BACKENDS = ("wasm", "cpu")


@pytest.fixture(scope="module")
def tensorflow_js(tmp_path_factory):
    """The folder with TensorFlow.js: of the cache that SIZEWISE_CACHE names, or a new one."""
    with pytest.MonkeyPatch.context() as patch:
        if "SIZEWISE_CACHE" not in os.environ:
            patch.setenv("SIZEWISE_CACHE", str(tmp_path_factory.mktemp("cache")))
        return installation()


@pytest.fixture(scope="module")
def process(tensorflow_js):
    process = NodeProcess(lambda: tensorflow_js)
    yield process
    process.close()


@pytest.fixture(scope="module")
def runtimes(process):
    pool = NodePool(lambda: process)
    return {backend: NodeRuntime(backend, pool) for backend in BACKENDS}


def convolution():
    import tensorflow as tf

    rng = np.random.default_rng(0)
    module = tf.Module()
    module.kernel = tf.Variable(rng.normal(size=(3, 3, 1, 4)).astype(np.float32))
    module.depthwise = tf.Variable(rng.normal(size=(3, 3, 4, 1)).astype(np.float32))
    module.dense = tf.Variable(0.1 * rng.normal(size=(64, 5)).astype(np.float32))

    def call(x):
        y = tf.nn.relu(tf.nn.conv2d(x, module.kernel, 1, "SAME"))
        y = tf.nn.depthwise_conv2d(y, module.depthwise, [1, 2, 2, 1], "SAME")
        return {"probabilities": tf.nn.softmax(tf.reshape(y, [-1, 64]) @ module.dense)}

    return call, module, {"x": rng.normal(size=(70, 8, 8, 1)).astype(np.float32)}


def twins():
    import tensorflow as tf

    rng = np.random.default_rng(1)

    def call(z, a):
        return {"y": z - 2 * a, "b": z + 3 * a, "constant": a * 0 + 7}

    inputs = {name: rng.normal(size=(6, 3)).astype(np.float32) for name in ("z", "a")}
    return call, tf.Module(), inputs


def einsum():
    import tensorflow as tf

    x = np.random.default_rng(2).normal(size=(5, 3, 4)).astype(np.float32)
    return (lambda x: {"y": tf.einsum("nij,nkj->nik", x, x)}), tf.Module(), {"x": x}


def loop():
    import tensorflow as tf

    def call(x):
        step = lambda i, y: (i + 1, tf.nn.relu(y) * 2 - i)  # noqa: E731
        below = lambda i, y: i < tf.reduce_sum(y * 0) + 3  # noqa: E731
        return {"y": tf.while_loop(below, step, (tf.constant(0.0), x))[1]}

    x = np.random.default_rng(3).normal(size=(5, 3)).astype(np.float32)
    return call, tf.Module(), {"x": x}


def lookup():
    import tensorflow as tf

    module = tf.Module()
    words = tf.lookup.KeyValueTensorInitializer(["yes", "nö"], [7, 9], tf.string, tf.int32)
    module.table = tf.lookup.StaticHashTable(words, -1)
    words = np.array(["yes", "no", "nö"], object)
    return (lambda text: {"id": module.table.lookup(text), "text": text}), module, {"text": words}


def types():
    import tensorflow as tf

    def call(i, flag):
        return {"next": i + 1, "odd": tf.equal(i % 2, 1), "both": tf.logical_and(flag, i > 2)}

    i = np.array([[1], [2], [3]], np.int32)
    return call, tf.Module(), {"i": i, "flag": np.array([[True], [True], [True]])}


MAKERS = (convolution, twins, einsum, loop, lookup, types)


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    made = {
        maker.__name__: tfjs_case(tmp_path_factory.mktemp(maker.__name__), *maker())
        for maker in MAKERS
    }
    made["fixed"] = tfjs_case(tmp_path_factory.mktemp("fixed"), *convolution(), rows=4)
    return made


def assert_as_tensorflow(execution, case):
    assert sorted(execution.outputs) == sorted(case.outputs)
    for name, wanted in case.outputs.items():
        got = execution.outputs[name]
        assert got.shape == wanted.shape
        if wanted.dtype.kind == "f":
            np.testing.assert_allclose(got, wanted, atol=1e-5)
        else:
            np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["convolution", "twins", "loop", "lookup", "types", "fixed"])
def test_outputs_are_those_of_tensorflow(runtimes, cases, name, backend):
    case = cases[name]
    execution = runtimes[backend].execute(case.artifact, case.inputs, batch_size=32)
    assert_as_tensorflow(execution, case)
    assert execution.runtime == f"node-{backend}"
    assert execution.load_seconds > 0
    assert len(execution.latencies_seconds) == 10
    assert all(0 < seconds < 1 for seconds in execution.latencies_seconds)


def test_types_are_those_that_tensorflow_js_holds(runtimes, cases):
    types_case, lookup_case = cases["types"], cases["lookup"]
    outputs = runtimes["wasm"].execute(types_case.artifact, types_case.inputs).outputs
    assert {name: str(array.dtype) for name, array in outputs.items()} == {
        "next": "int32",
        "odd": "bool",
        "both": "bool",
    }
    outputs = runtimes["wasm"].execute(lookup_case.artifact, lookup_case.inputs).outputs
    assert outputs["text"].tolist() == [b"yes", b"no", "nö".encode()]


def test_frames_larger_than_a_pipe_come_through(runtimes, cases):
    rng = np.random.default_rng(4)
    inputs = {name: rng.normal(size=(200_000, 3)).astype(np.float32) for name in ("z", "a")}
    execution = runtimes["wasm"].execute(cases["twins"].artifact, inputs, batch_size=200_000)
    np.testing.assert_allclose(
        execution.outputs["y"], inputs["z"] - 2 * inputs["a"], rtol=1e-5, atol=1e-5
    )


def test_an_interrupt_from_the_terminal_is_the_parents_business(process, runtimes, cases):
    case = cases["twins"]
    runtimes["wasm"].execute(case.artifact, case.inputs)
    pid = process.pid
    os.kill(pid, signal.SIGINT)
    assert_as_tensorflow(runtimes["wasm"].execute(case.artifact, case.inputs), case)
    assert process.pid == pid


def test_samples_are_cast_or_refused(runtimes, cases):
    case = cases["convolution"]
    doubles = {"x": case.inputs["x"].astype(np.float64)}
    assert_as_tensorflow(runtimes["wasm"].execute(case.artifact, doubles), case)
    with pytest.raises(DataError, match="takes int32, the samples are float64"):
        runtimes["wasm"].execute(
            cases["types"].artifact, {"i": np.zeros((2, 1)), "flag": np.ones((2, 1), bool)}
        )


def test_a_kernel_that_wasm_lacks_is_named_and_the_cpu_backend_takes_over(runtimes, cases):
    case = cases["einsum"]
    with pytest.raises(UnsupportedOpError, match="no Einsum on its wasm backend"):
        runtimes["wasm"].execute(case.artifact, case.inputs)
    assert_as_tensorflow(runtimes["cpu"].execute(case.artifact, case.inputs), case)


def test_fifty_loads_leave_no_tensor_behind(monkeypatch, process, runtimes, cases):
    monkeypatch.setattr("sizewise.runtimes.node.runtime.WARM_UP_SECONDS", 0.01)
    pids = set()
    for index in range(50):
        case = cases[("convolution", "twins", "loop", "lookup")[index % 4]]
        runtimes["wasm"].execute(case.artifact, case.inputs, latency_runs=1)
        pids.add(process.pid)
    assert len(pids) == 1
    path = str(cases["convolution"].artifact.entry)
    reply, _ = process.request({"command": "load", "path": path, "backend": "wasm"})
    reply, _ = process.request({"command": "unload", "model": reply["model"]})
    assert reply["tensors"] == 0


def test_a_worker_that_hangs_is_ended_in_time(process, runtimes, cases):
    case = cases["twins"]
    runtimes["wasm"].execute(case.artifact, case.inputs)
    stopped, process.timeout_seconds = process.pid, 1.0
    os.kill(stopped, signal.SIGSTOP)
    start = time.monotonic()
    try:
        with pytest.raises(RuntimeTimeoutError, match="did not answer within 1 s"):
            runtimes["wasm"].execute(case.artifact, case.inputs)
    finally:
        process.timeout_seconds = 120.0
    assert time.monotonic() - start < 5
    assert not psutil.pid_exists(stopped)
    assert_as_tensorflow(runtimes["wasm"].execute(case.artifact, case.inputs), case)


def test_a_worker_that_is_killed_in_the_middle_is_a_crash_and_the_next_call_works(
    process, runtimes, cases
):
    case = cases["convolution"]
    many = {"x": np.repeat(case.inputs["x"], 2000, axis=0)}
    runtimes["wasm"].execute(case.artifact, case.inputs)
    killer = threading.Timer(0.3, os.kill, [process.pid, signal.SIGKILL])
    killer.start()
    with pytest.raises(RuntimeCrashError, match=r"Node died \(SIGKILL\)"):
        runtimes["cpu"].execute(case.artifact, many)
    killer.join()
    assert_as_tensorflow(runtimes["wasm"].execute(case.artifact, case.inputs), case)


def test_a_worker_that_died_idle_is_replaced_without_a_word(process, runtimes, cases):
    case = cases["twins"]
    runtimes["wasm"].execute(case.artifact, case.inputs)
    dead = process.pid
    os.kill(dead, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(dead)], timeout=5)
    assert_as_tensorflow(runtimes["wasm"].execute(case.artifact, case.inputs), case)
    assert process.pid != dead


def test_closing_ends_the_process_and_using_it_again_starts_one(tensorflow_js, cases):
    made = []

    def make():
        made.append(NodeProcess(lambda: tensorflow_js))
        return made[-1]

    pool = NodePool(make)
    wasm, cpu = NodeRuntime("wasm", pool), NodeRuntime("cpu", pool)
    case = cases["twins"]
    for runtime in (wasm, cpu, wasm):
        runtime.execute(case.artifact, case.inputs)
    (process,) = made
    pid = process.pid
    wasm.close()
    assert process.pid == pid
    cpu.close()
    cpu.close()
    assert process.pid is None
    assert not psutil.pid_exists(pid)
    assert_as_tensorflow(cpu.execute(case.artifact, case.inputs), case)
    cpu.close()


PARENT = """
import pickle, sys
from sizewise.runtimes.node.process import NodePool, NodeProcess
from sizewise.runtimes.node.runtime import NodeRuntime

artifact, inputs, installation, latency_runs = pickle.load(sys.stdin.buffer)
process = NodeProcess(lambda: installation)
process.start()
print(process.pid, flush=True)
NodeRuntime("cpu", NodePool(lambda: process)).execute(artifact, inputs, latency_runs=latency_runs)
"""


@pytest.mark.parametrize(("latency_runs", "kill"), [(1, False), (10**6, True)])
def test_no_worker_outlives_its_parent(tensorflow_js, cases, latency_runs, kill):
    case = cases["convolution"]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        pickle.dump((case.artifact, case.inputs, tensorflow_js, latency_runs), parent.stdin)
        parent.stdin.close()
        worker = psutil.Process(int(parent.stdout.readline()))
        if kill:
            # By now it is at work on a request that would take it minutes.
            time.sleep(2)
            assert worker.is_running()
            parent.kill()
        assert (parent.wait() == 0) is not kill
        gone, _ = psutil.wait_procs([worker], timeout=5)
    assert gone


@pytest.fixture
def broken(cases, tmp_path):
    """A copy of an artifact, to be damaged."""
    artifact = cases["convolution"].artifact
    folder = tmp_path / "broken"
    shutil.copytree(artifact.folder, folder)
    return dataclasses.replace(artifact, folder=folder)


def test_a_shard_that_is_too_short_is_an_error(runtimes, cases, broken):
    shard = broken.folder / "group1-shard1of1.bin"
    shard.write_bytes(shard.read_bytes()[:-4])
    with pytest.raises(RuntimeCrashError, match=r"hold \d+ bytes, the weights need \d+"):
        runtimes["wasm"].execute(broken, cases["convolution"].inputs)


@pytest.mark.parametrize("link", [False, True])
def test_a_shard_outside_the_folder_is_an_error(runtimes, cases, broken, link):
    shard = broken.folder / "group1-shard1of1.bin"
    outside = broken.folder.parent / "outside.bin"
    shard.rename(outside)
    if link:
        shard.symlink_to(outside)
    else:
        model = json.loads(broken.entry.read_text())
        model["weightsManifest"][0]["paths"] = ["../outside.bin"]
        broken.entry.write_text(json.dumps(model))
    with pytest.raises(RuntimeCrashError, match="lies outside the model's folder"):
        runtimes["wasm"].execute(broken, cases["convolution"].inputs)


def test_a_weight_of_a_type_that_it_does_not_know_is_unsupported(runtimes, cases, broken):
    model = json.loads(broken.entry.read_text())
    model["weightsManifest"][0]["weights"][0]["dtype"] = "int8"
    broken.entry.write_text(json.dumps(model))
    with pytest.raises(UnsupportedOpError, match=r"Unsupported dtype in weight '.*': int8"):
        runtimes["wasm"].execute(broken, cases["convolution"].inputs)


@pytest.fixture
def without_wasm(tensorflow_js, tmp_path):
    """An installation whose WebAssembly files are gone."""
    packages = tmp_path / "node_modules"
    for package in (tensorflow_js / "node_modules").iterdir():
        target = packages / package.name
        target.parent.mkdir(exist_ok=True)
        if package.name != "@tensorflow":
            target.symlink_to(package)
            continue
        target.mkdir()
        for member in package.iterdir():
            if member.name == "tfjs-backend-wasm":
                shutil.copytree(
                    member, target / member.name, ignore=shutil.ignore_patterns("*.wasm")
                )
            else:
                (target / member.name).symlink_to(member)
    return tmp_path


def test_a_backend_that_falls_back_is_refused(without_wasm, cases):
    runtime = NodeRuntime("wasm", NodePool(lambda: NodeProcess(lambda: without_wasm)))
    case = cases["twins"]
    with pytest.raises(RuntimeCrashError, match="'wasm' could not be started"):
        runtime.execute(case.artifact, case.inputs)
    runtime.close()


def test_an_installation_that_lost_its_modules_is_named(cases, tmp_path):
    runtime = NodeRuntime("wasm", NodePool(lambda: NodeProcess(lambda: tmp_path)))
    case = cases["twins"]
    with pytest.raises(SetupError, match="damaged; delete that folder") as caught:
        runtime.execute(case.artifact, case.inputs)
    assert caught.value.where == str(tmp_path)
    runtime.close()


def test_no_network_is_one_clear_error_and_leaves_nothing(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("SIZEWISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    with pytest.raises(SetupError, match=r"npm could not install TensorFlow.js: .*REFUSED"):
        installation()
    assert list((tmp_path / "cache" / "node").iterdir()) == []
    assert "sizewise: installing TensorFlow.js 4.22.0 for Node, once" in capsys.readouterr().err


def test_versions_are_those_of_the_worker(runtimes):
    versions = runtimes["wasm"].versions()
    assert versions["node"].startswith("v")
    assert versions["tfjs"] == "4.22.0"
