"""Print the JSON schema of a suite: ``python -m sizewise.config > configs/schema.json``."""

import json
import sys

from sizewise.config import suite_schema

sys.stdout.write(json.dumps(suite_schema(), indent=2) + "\n")
