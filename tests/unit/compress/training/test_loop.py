import pytest

from sizewise.compress.training.loop import run_loop
from sizewise.errors import ConversionError

CODE = """
def keep(model, x, y, **options):
    model.append((x, y, options))

def broken(model, x, y, **options):
    raise RuntimeError("out of cheese\\nand of crackers")
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "loops_of_a_test.py").write_text(CODE)
    return tmp_path


def test_the_loop_is_called_as_its_contract_says(folder):
    model = []
    run_loop(
        "loops_of_a_test:keep", folder, model, "x", "y", epochs=3, batch_size=8, callbacks=("c",)
    )
    assert model == [("x", "y", {"epochs": 3, "batch_size": 8, "callbacks": ["c"]})]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("loops_of_a_test:broken", "loops_of_a_test:broken raised RuntimeError: out of cheese; it"),
        ("loops_of_a_test:absent", "the module loops_of_a_test has no 'absent'"),
        ("no_such_module:loop", "there is no Python module 'no_such_module'"),
    ],
)
def test_a_loop_that_fails_says_where(folder, location, message):
    with pytest.raises(ConversionError, match=message):
        run_loop(location, folder, [], "x", "y", epochs=1, batch_size=1, callbacks=())
