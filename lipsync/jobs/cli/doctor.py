"""`doctor`: what is well, what is not, and what to do about it."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from ...columns import table
from ..journal import Journal
from . import bundle, check_journal, check_machine, check_services, output
from .exits import Exit
from .finding import Finding, Mark
from .folders import Folders


def run(chosen: argparse.Namespace, folders: Folders) -> Exit:
    """Print one line per finding. Raises FileThere, NotWritten for the bundle."""
    if chosen.bundle is not None:
        bundle.check_free(chosen.bundle)  # before the services are asked
    findings, journal = _findings(folders)
    if chosen.json:
        output.result_json([{"about": one.about, "mark": one.mark.value, "text": one.text} for one in findings])
    else:
        output.result(table([(one.mark.value, one.about, one.text) for one in findings]))
    if chosen.bundle is not None:
        bundle.write(chosen.bundle, findings, journal, folders)
        output.aside(f"Written: {chosen.bundle}. It has no keys, links, folders or names in it; you may look it through.")
    return Exit.NEEDS_YOU if any(one.mark is Mark.LOOK for one in findings) else Exit.DONE


def _findings(folders: Folders) -> tuple[list[Finding], Journal | None]:
    """All of them, and the journal if it is sound."""
    found = [*check_machine.versions(folders), *check_machine.state_folder(folders)]
    sound = list(check_journal.soundness(folders))
    found += sound
    journal = folders.journal() if all(one.mark is not Mark.LOOK for one in sound) else None
    for output_dir in _output_dirs(folders, journal):
        found += check_machine.output_folder(output_dir)
    if journal is not None:
        found += [*check_journal.jobs(journal, folders), *check_journal.spending(journal, folders)]
    found += check_services.webhook(folders)
    return found + asyncio.run(check_services.services(folders)), journal


def _output_dirs(folders: Folders, journal: Journal | None) -> list[Path]:
    """Where films of jobs still go, and where those of new ones would."""
    waiting = [Path(row.output_root) for row in journal.uncollected()] if journal else []
    usual = [folders.usual_output] if folders.usual_output else []
    return list(dict.fromkeys([*usual, *waiting]))
