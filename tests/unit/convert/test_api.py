import subprocess
import sys

from sizewise import convert
from sizewise.domain import Target


def test_importing_the_room_and_making_converters_leaves_tensorflow_alone():
    code = (
        "import sys; from sizewise.convert import CONVERTERS;"
        "[make() for make in CONVERTERS.values()];"
        "print([name for name in ('tensorflow', 'tensorflowjs', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_target_has_a_converter_of_its_own():
    assert set(convert.CONVERTERS) == set(Target)
    assert [make().target for make in convert.CONVERTERS.values()] == list(convert.CONVERTERS)
