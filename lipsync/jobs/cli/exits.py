"""How the command line ends: one table for the code, `--help`, the README and the tests."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from ...errors import (
    FileThere,
    InputRefused,
    JobFailed,
    JobHeld,
    JobRejected,
    JournalTrouble,
    LipsyncError,
    NeverSent,
    NoOutputChosen,
    NoStateFolder,
    NoSuchJob,
    NotAStateFolder,
    NotForgotten,
    NotInJournal,
    NotWritten,
    ResultGone,
)


class Exit(IntEnum):
    """The exit codes. 1 is Python's own, for a mistake of this program."""

    DONE = 0
    WRONG_USE = 2
    UNKNOWN_JOB = 3
    NOT_YET = 4
    NO_FILM = 5
    NOT_FORGOTTEN = 6
    NO_JOURNAL = 7
    NEEDS_YOU = 8
    INTERRUPTED = 130


MEANINGS: dict[Exit, str] = {
    Exit.DONE: "done, also where there was nothing to do",
    Exit.WRONG_USE: "wrong use, a folder or setting that cannot be used, or a file that is there already",
    Exit.UNKNOWN_JOB: "no such job",
    Exit.NOT_YET: "not everything could be fetched: what is paid for stays so, and the same command goes on",
    Exit.NO_FILM: "a job has ended without a film, or its film is gone for good",
    Exit.NOT_FORGOTTEN: "not forgotten: something would be lost, or another program is at work on the job",
    Exit.NO_JOURNAL: "the journal cannot be used: another program holds it, or it is damaged",
    Exit.NEEDS_YOU: "`doctor` has found something that you should see to",
    Exit.INTERRUPTED: "stopped by Ctrl-C; paid jobs go on at the service",
}

_EXITS: dict[type[LipsyncError], Exit] = {
    FileThere: Exit.WRONG_USE,
    InputRefused: Exit.WRONG_USE,
    NoOutputChosen: Exit.WRONG_USE,
    NoStateFolder: Exit.WRONG_USE,
    NotAStateFolder: Exit.WRONG_USE,
    NotWritten: Exit.WRONG_USE,
    NoSuchJob: Exit.UNKNOWN_JOB,
    NotInJournal: Exit.UNKNOWN_JOB,
    JournalTrouble: Exit.NO_JOURNAL,
    JobFailed: Exit.NO_FILM,
    JobRejected: Exit.NO_FILM,
    NeverSent: Exit.NO_FILM,
    ResultGone: Exit.NO_FILM,
    JobHeld: Exit.NOT_FORGOTTEN,
    NotForgotten: Exit.NOT_FORGOTTEN,
}


def exit_of(error: LipsyncError) -> Exit:
    """How a command ends that `error` has stopped; what is not in the table is trouble that passes."""
    return next((code for kind, code in _EXITS.items() if isinstance(error, kind)), Exit.NOT_YET)


def exit_of_all(errors: Iterable[LipsyncError]) -> Exit:
    """How a command ends after several jobs: NOT_YET goes before every other, as the same command has something left to do."""
    exits = {exit_of(error) for error in errors}
    return Exit.NOT_YET if Exit.NOT_YET in exits else max(exits, default=Exit.DONE)
