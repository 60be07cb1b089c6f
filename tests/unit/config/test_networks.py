from __future__ import annotations

import re
import sysconfig
from pathlib import Path

from sizewise.config.networks import APPLICATIONS


def test_the_networks_are_those_of_the_installed_keras_2():
    package = Path(sysconfig.get_paths()["purelib"]) / "tf_keras/api/_v2/keras/applications"
    text = (package / "__init__.py").read_text()
    assert set(APPLICATIONS) == set(re.findall(r"import ([A-Z]\w+)", text))
    assert len(set(APPLICATIONS)) == len(APPLICATIONS)
