"""`python -m benchmarks.work MODULE.FUNCTION ARGUMENT...`: one measurement; its last line is what it found, as JSON."""

from __future__ import annotations

import json
import sys
from importlib import import_module

module, _, function = sys.argv[1].partition(".")
measure = getattr(import_module(f"{__package__}.{module}"), function)
sys.stdout.write(json.dumps(measure(*sys.argv[2:])) + "\n")
