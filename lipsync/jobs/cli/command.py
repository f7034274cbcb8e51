"""One command, from its arguments to its exit code."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence

from ...errors import LipsyncError
from . import collecting, doctor, forgetting, listing, output, showing
from .arguments import parser
from .exits import Exit, exit_of
from .folders import Folders, find

_COMMANDS: dict[str, Callable[[argparse.Namespace, Folders], Exit]] = {
    "list": listing.run,
    "show": showing.run,
    "collect": collecting.run,
    "forget": forgetting.run,
    "doctor": doctor.run,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; what goes wrong is told in a sentence on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show must not end a command
    chosen = parser().parse_args(arguments)
    try:
        folders = find(chosen.state_dir, getattr(chosen, "output_dir", None))
        return _COMMANDS[chosen.command](chosen, folders)
    except LipsyncError as error:
        output.aside(str(error))
        return exit_of(error)
    except KeyboardInterrupt:
        output.aside("Stopped. Jobs that are paid for go on at their service, and nothing is lost: the same command goes on.")
        return Exit.INTERRUPTED
    except BrokenPipeError:  # as of `list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
