"""`python -m lipsync.jobs`: the journal from the shell. `--help` has all of it."""

from __future__ import annotations

import sys

from .cli.command import main

if __name__ == "__main__":
    sys.exit(main())
