"""Where the command line finds the journal, and where films go."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ... import keys, settings
from ...errors import JournalBusy, NoOutputChosen, NoOutputFolder, NoStateFolder, NotAStateFolder
from ...workspace import Workspace
from ..database import FILE_NAME, Database
from ..journal import Journal, Row

VARIABLE = "SYNC_LIPSYNC_STATE"
PACK = Path(__file__).parents[3]
_PATIENCE_S = 3.0
_IN_COMFYUI = Path("user", "__sync_lipsync")  # as nodes/_comfy.py has it from ComfyUI
_OURS = (FILE_NAME, keys.FILE_NAME, settings.FILE_NAME, "locks", "sandbox")  # the journal itself may be what was lost


@dataclass(frozen=True, kw_only=True)
class Folders:
    """`state_dir` may not exist yet; `output_dir` is what `--output-dir` says."""

    state_dir: Path
    output_dir: Path | None = None

    @property
    def journal_path(self) -> Path:
        return self.state_dir / FILE_NAME

    def journal(self) -> Journal | None:
        """The journal; None where there has never been one: looking for it makes nothing. Raises as `database` does."""
        return Journal(self.database()) if self.journal_path.exists() else None

    def database(self) -> Database:
        """The journal's file, made where there is none.

        Raises NotAStateFolder for a folder of other things, InputRefused for a journal of a newer release, and JournalTrouble.
        """
        if self.state_dir.exists() and not self.state_dir.is_dir():
            raise NotAStateFolder(folder=str(self.state_dir))
        there = [path.name for path in self.state_dir.iterdir()] if self.state_dir.exists() else []
        if there and not set(there) & set(_OURS):
            raise NotAStateFolder(folder=str(self.state_dir))
        if self.journal_path.exists():
            self._check_free()
        return Database(self.state_dir)

    def _check_free(self) -> None:
        """ComfyUI holds its journal for moments only, and a person at a shell need not wait as long for it as a graph does."""
        try:
            with closing(sqlite3.connect(self.journal_path, timeout=_PATIENCE_S, isolation_level=None)) as connection:
                connection.execute("BEGIN IMMEDIATE")
        except sqlite3.DatabaseError as error:  # all else is for the Database to see to
            if "is locked" in str(error):
                raise JournalBusy(FILE_NAME) from error

    @property
    def comfyui(self) -> Path | None:
        """ComfyUI's own folder, if the state lies where ComfyUI puts it."""
        base = self.state_dir.parents[1] if len(self.state_dir.parts) > 2 else None
        return base if base is not None and base / _IN_COMFYUI == self.state_dir else None

    @property
    def usual_output(self) -> Path | None:
        """Where films go that have no folder of their own on this machine."""
        if self.output_dir is not None:
            return self.output_dir
        beside = self.comfyui / "output" if self.comfyui else None
        return beside if beside is not None and beside.is_dir() else None

    def workspace_of(self, row: Row) -> Workspace:
        """The output folder that the journal notes for `row`, so that ComfyUI finds the film where it expects it; the usual one only
        where there is no such folder, as when the journal came from another machine. Raises NoOutputFolder."""
        noted = Path(row.output_root)
        output_dir = noted if noted.is_dir() else self.usual_output
        if output_dir is None:
            raise NoOutputFolder(job=row.short_id, folder=row.output_root)
        return self._workspace(output_dir)

    def workspace(self) -> Workspace:
        """For jobs that this journal has not known before. Raises NoOutputChosen."""
        if self.usual_output is None:
            raise NoOutputChosen
        return self._workspace(self.usual_output)

    def _workspace(self, output_dir: Path) -> Workspace:
        return Workspace(state_dir=self.state_dir, output_dir=output_dir, temp_dir=Path(tempfile.gettempdir()) / "sync_lipsync")


def find(state_dir: Path | None, output_dir: Path | None) -> Folders:
    """The folders that were named, else those of the ComfyUI in whose custom_nodes this pack lies. Raises NoStateFolder."""
    told = os.environ.get(VARIABLE, "").strip()
    named = state_dir or (Path(told).expanduser() if told else None)
    if named is None:
        named = PACK.parents[1] / _IN_COMFYUI if PACK.parent.name == "custom_nodes" else None
        if named is None or not (named / FILE_NAME).exists():
            raise NoStateFolder(variable=VARIABLE, looked=None if named is None else str(named))
    return Folders(state_dir=named.absolute(), output_dir=None if output_dir is None else output_dir.absolute())
