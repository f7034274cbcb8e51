"""Three books compared: what the sandbox sold, what the journals say, and what lies on the disks."""

from __future__ import annotations

import hashlib
import itertools
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.storm import Story
from tests.chaos.world import Home
from tests.support.sandbox_process import SandboxProcess

_SHORT_ID = re.compile(r"-([0-9a-f]{12})-[0-9]+$")
_TOLD = ("OutcomeUnknown", "ResultGone")
_DATABASE = re.compile(r"jobs\.sqlite3(-wal|-shm)?")

Purchase = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What is wrong, each in words that help to find out why; and how many submits nobody could settle."""

    duplicates: list[str]
    lost: list[str]
    unknown_told: list[str]
    unknown_due: int
    undue: list[str]
    """Of `unknown_told`, those that could have been settled."""
    orphan_files: list[str]


def compare(homes: list[Home], story: Story, sandbox: SandboxProcess) -> Findings:
    """Read all three, when nothing runs any more."""
    ledgers = _by_home(homes, sandbox)
    books = [_Books(home, story, ledgers[home.user.name], sandbox) for home in homes]
    due = sandbox.unsettled(*story.interrupted)
    return Findings(
        duplicates=[line for book in books for line in book.duplicates()],
        lost=[line for book in books for line in book.lost()],
        unknown_told=[line for book in books for line in book.unknown_told()],
        unknown_due=len(due),
        undue=[line for book in books for line in book.unknown_told(but=frozenset(due))],
        orphan_files=[line for book in books for line in book.orphans()],
    )


def _by_home(homes: list[Home], sandbox: SandboxProcess) -> dict[str, list[Purchase]]:
    names = {hashlib.sha256(home.key.encode()).hexdigest()[:16]: home.user.name for home in homes}
    found: dict[str, list[Purchase]] = defaultdict(list)
    for purchase in sandbox.ledger():
        found[names[purchase["key_hash"]]].append(purchase)
    return found


class _Books:
    """One user's."""

    def __init__(self, home: Home, story: Story, purchases: list[Purchase], sandbox: SandboxProcess) -> None:
        self._home, self._purchases, self._objects = home, purchases, sandbox.state_dir / "objects"
        with closing(sqlite3.connect(home.journal)) as journal:
            journal.row_factory = sqlite3.Row
            self._rows = journal.execute("SELECT * FROM jobs ORDER BY created_at").fetchall()
        self._told = {id: line for id, line in story.told.items() if story.asked[id][0] == home.user.name}
        speeches = {_sha256(home.speech(wish)): wish.id for name, wish in story.asked.values() if name == home.user.name}
        self._wish_of_speech, self._wish_of_job = speeches, {row["short_id"]: row["node_id"] for row in self._rows}

    def duplicates(self) -> Iterator[str]:
        """Two purchases for one fingerprint and take of which the first neither failed nor was rejected."""
        of_wish: dict[str, list[Purchase]] = defaultdict(list)
        for purchase in self._purchases:
            of_wish[self._key(purchase)].append(purchase)
        for key, purchases in of_wish.items():
            for one, other in itertools.pairwise(purchases):
                if not _ended_for_nothing(one):
                    yield f"{self._name(one)} ({key}) was bought as {one['id']} ({one['status']}) and again as {other['id']}"

    def lost(self) -> Iterator[str]:
        """Accepted, and neither delivered, nor still to be had, nor told."""
        known = {row["service_job_id"]: row for row in self._rows}
        for purchase in self._purchases:
            row = known.get(purchase["id"])
            if _ended_for_nothing(purchase) or (row is not None and self._to_be_had(row)):
                continue
            if self._told.get(self._wish(purchase), {}).get("error") not in _TOLD:
                stage = "not in the journal" if row is None else f"{row['stage']} in the journal"
                yield f"{self._name(purchase)}: {purchase['id']} ({purchase['status']}) is {stage}"

    def unknown_told(self, *, but: frozenset[str] = frozenset()) -> Iterator[str]:
        """Wishes without a film of which the user was told at last that nobody can know; but for those with one of these bodies."""
        bodies = {row["node_id"]: bytes(row["body"] or b"").decode() for row in self._rows}
        done = {row["node_id"] for row in self._rows if row["stage"] == "DONE"}
        for id, line in self._told.items():
            if line.get("error") == "OutcomeUnknown" and id not in done and bodies.get(id) not in but:
                yield f"{id}: {line['sentence']}"

    def orphans(self) -> Iterator[str]:
        """Files that belong to no finished job. The database and the locks are nobody's."""
        owned = {_film(row) for row in self._rows if row["stage"] == "DONE"}
        for folder in (self._home.output, self._home.temp, self._home.state):
            for path in sorted(folder.rglob("*")):
                kept = path in owned or path.suffix == ".lock" or (path.parent == self._home.state and _DATABASE.fullmatch(path.name))
                if path.is_file() and not kept:
                    yield str(path.relative_to(self._home.base.parent))

    def _to_be_had(self, row: sqlite3.Row) -> bool:
        """On the disk as the journal has it, or with the service, which is asked when anybody asks."""
        if row["stage"] != "DONE":
            return row["stage"] in ("SUBMITTED", "PROCESSING", "COMPLETED")
        film = _film(row)
        return film is not None and film.exists() and _sha256(film) == row["sha256"]

    def _key(self, purchase: Purchase) -> str:
        """What tells one fingerprint and take from another: its short id, or the speech that nobody else has."""
        found = _SHORT_ID.search(purchase["outputFileName"] or "")
        return found[1] if found else self._speech_of(purchase)

    def _speech_of(self, purchase: Purchase) -> str:
        name = purchase["body"]["audio_url"].rpartition("/")[2]
        return _sha256(self._objects / name.partition(".")[0])

    def _wish(self, purchase: Purchase) -> str:
        key = self._key(purchase)
        return self._wish_of_job.get(key) or self._wish_of_speech.get(key, "")

    def _name(self, purchase: Purchase) -> str:
        return self._wish(purchase) or f"a wish of {self._home.user.name}"


def _film(row: sqlite3.Row) -> Path | None:
    return Path(row["output_root"]) / row["path"] if row["path"] else None


def _ended_for_nothing(purchase: Purchase) -> bool:
    return purchase["status"] in ("FAILED", "REJECTED")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
