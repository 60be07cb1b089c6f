import importlib
import inspect
import pickle
import subprocess
import sys

import pytest

import sizewise
from sizewise.domain import Artifact
from sizewise.errors import SizewiseError, SuiteError
from sizewise.records import Run, load_run
from support import crew


@pytest.fixture
def suite(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "suite.yaml"
    path.write_text(crew.SUITE)
    return path


def in_fresh_python(script):
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_all_names_are_there():
    assert sizewise.__all__ == [
        "Artifact",
        "ConversionOptions",
        "Run",
        "Sensitivities",
        "SizewiseError",
        "TunedModel",
        "__version__",
        "convert",
        "convert_signatures",
        "load_run",
        "run",
        "sensitivity",
        "tune",
    ]
    assert set(sizewise.__all__) <= set(dir(sizewise))
    assert sizewise.Run is Run
    assert sizewise.SizewiseError is SizewiseError
    assert sizewise.load_run is load_run
    assert sizewise.Artifact is Artifact
    assert callable(sizewise.run)
    assert callable(sizewise.convert)
    assert callable(sizewise.convert_signatures)
    assert callable(sizewise.tune)
    assert callable(sizewise.sensitivity)
    assert sizewise.__version__ == importlib.metadata.version("sizewise")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'convrt'"):
        _ = sizewise.convrt


def test_importing_loads_nothing():
    script = """
import sys
before = set(sys.modules)
import sizewise
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(new - sys.stdlib_module_names), "sizewise.errors" in sys.modules)
"""
    assert in_fresh_python(script) == "['sizewise'] False"


@pytest.mark.parametrize(
    "imports",
    [
        "import sizewise",
        "import sizewise.run",
        "import sizewise.run.listener",
        "from sizewise import run",
        "from sizewise.run import run_suite",
        "from sizewise.run.listener import Silent",
        "import sizewise.api",
        "import sizewise.cli",
        "import sizewise.run.listener as listener",
        "from sizewise import *",
    ],
)
def test_run_is_function_and_package_however_it_is_imported(imports):
    script = f"""
{imports}
import sizewise
try:
    sizewise.run("no-such-suite.yaml")
except sizewise.SizewiseError as error:
    assert "no-such-suite.yaml" in str(error)
else:
    raise AssertionError
import sizewise.run.listener
assert sizewise.run.listener.Silent
assert sizewise.run.run_suite
print("both")
"""
    assert in_fresh_python(script) == "both"


@pytest.mark.parametrize(
    "imports",
    [
        "import sizewise.convert",
        "from sizewise import convert",
        "from sizewise.convert import freeze",
        "import sizewise.convert.failure",
        "import sizewise.cli",
        "from sizewise import *",
    ],
)
def test_convert_is_function_and_package_however_it_is_imported(imports):
    script = f"""
{imports}
import sizewise
try:
    sizewise.convert("no-such-model.keras", "web", encoding="uint8")
except sizewise.SizewiseError as error:
    assert "no-such-model.keras" in str(error)
else:
    raise AssertionError
assert sizewise.convert.freeze
print("both")
"""
    assert in_fresh_python(script) == "both"


@pytest.mark.parametrize(
    "imports",
    [
        "import sizewise.tune",
        "from sizewise import tune",
        "from sizewise.tune import Trial",
        "import sizewise.tuning",
        "from sizewise import *",
    ],
)
def test_tune_is_function_and_package_however_it_is_imported(imports):
    script = f"""
{imports}
import sizewise
for verb in (sizewise.tune, sizewise.sensitivity):
    try:
        verb("no-such-suite.yaml")
    except sizewise.SizewiseError as error:
        assert "no-such-suite.yaml" in str(error)
    else:
        raise AssertionError
assert sizewise.tune.Trial
print("both")
"""
    assert in_fresh_python(script) == "both"


def test_functions_can_be_asked_for_their_options():
    parameters = inspect.signature(sizewise.run).parameters
    assert list(parameters) == ["suite", "select", "output", "define", "unsafe_lambda"]
    assert list(inspect.signature(sizewise.convert).parameters)[:2] == ["source", "out"]


@pytest.mark.parametrize("name", ["run", "convert", "convert_signatures", "tune", "sensitivity"])
def test_functions_can_be_sent_to_another_process(name):
    function = getattr(sizewise, name)
    assert pickle.loads(pickle.dumps(function)) is function


def test_a_run_gives_its_records(suite, monkeypatch, capsys):
    crew.fake_workers(monkeypatch)
    run = sizewise.run(str(suite), select="*/uint8@tfjs", output="kept")
    assert run.path.parent.as_posix() == "kept/made-up"
    assert run.frame["job_id"].tolist() == ["net/uint8@tfjs", "net/prune50/uint8@tfjs"]
    assert (run.path / "report.md").is_file()
    assert load_run("kept/made-up") == run
    assert capsys.readouterr() == ("", "")


def test_variables_are_defined(suite, monkeypatch):
    crew.fake_workers(monkeypatch)
    suite.write_text(crew.SUITE.replace("made-up", "${NAME}"))
    assert sizewise.run(suite, select="net/uint8@*", define={"NAME": "named"}).suite == "named"


def test_a_mistake_is_raised_and_nothing_written(suite, tmp_path):
    suite.write_text("suite: [")
    with pytest.raises(SuiteError):
        sizewise.run(suite)
    assert list(tmp_path.iterdir()) == [suite]


def test_ctrl_c_is_not_swallowed(suite, monkeypatch):
    crew.fake_workers(monkeypatch)

    def impatient(self, record):
        raise KeyboardInterrupt

    monkeypatch.setattr("sizewise.run.listener.Silent.finished", impatient)
    with pytest.raises(KeyboardInterrupt):
        sizewise.run(suite)
    run = sizewise.load_run("results/runs/made-up")
    assert run.state == "interrupted"
    assert len(run.records) == 1
