"""What can be said on the command line."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from .exits import MEANINGS
from .folders import VARIABLE

_JOB = "our short id, as `list` shows it, or the service's own id"


def parser() -> argparse.ArgumentParser:
    """The five commands; `command` says which was chosen."""
    top = argparse.ArgumentParser(
        prog="python -m lipsync.jobs",
        description="Your lip sync jobs from the shell. Nothing here orders anything new.",
        epilog="exit codes:\n" + "\n".join(f"  {code:<4}{meaning}" for code, meaning in MEANINGS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help=f"where the journal is: ComfyUI's user/__sync_lipsync; or set {VARIABLE}. Not needed where this pack lies in custom_nodes",
    )
    common.add_argument("--json", action="store_true", help="print JSON, for scripts")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    listing = commands.add_parser("list", parents=[common], help="your jobs, the newest first")
    _add_filters(listing)
    listing.add_argument("--limit", type=_count, default=50, metavar="N", help="at most so many; 0: all (default: 50)")

    show = commands.add_parser("show", parents=[common], help="everything that is known of one job, and what to do next")
    show.add_argument("job", metavar="ID", help=_JOB)

    collect = commands.add_parser(
        "collect", parents=[common], help="fetch everything that is paid for and not yet fetched, or one job; waits for what still runs"
    )
    which = collect.add_mutually_exclusive_group()
    which.add_argument("job", nargs="?", metavar="ID", help=_JOB)
    which.add_argument(
        "--from-service", action="store_true", help="also find what another machine bought, by its name in the service's list"
    )
    _add_filters(collect)
    collect.add_argument(
        "--output-dir",
        type=Path,
        metavar="DIR",
        help="where films go whose own output folder is not on this machine; below it, in lipsync/",
    )
    collect.add_argument("--wait-limit", type=_seconds, default=0.0, metavar="S", help="stop waiting after so many seconds; 0: never")

    forget = commands.add_parser("forget", parents=[common], help="take a job out of the journal, if nothing is lost by it")
    forget.add_argument("job", metavar="ID", help=_JOB)
    forget.add_argument("--yes", action="store_true", help="also if something is lost by it")

    doctor = commands.add_parser("doctor", parents=[common], help="check folders, journal, keys, services and jobs, and say what to do")
    doctor.add_argument(
        "--bundle", type=Path, metavar="FILE", help="also write what support needs into FILE: without keys, links and names"
    )
    return top


def _add_filters(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", default="", metavar="TEXT", help="only jobs with TEXT in their name")
    command.add_argument(
        "--since", type=_moment, default=0.0, metavar="DATE", help="only jobs from then on: 2026-08-01, or with T14:30 behind it"
    )


def _moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-08-01 or 2026-08-01T14:30") from None


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 on")
    return int(text)


def _seconds(text: str) -> float:
    return float(_count(text))
