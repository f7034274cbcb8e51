"""What a node ordered, where it is bought, and who is told how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..fingerprint import Fingerprint
from ..media.digests import FileDigests
from ..request import LipsyncRequest
from ..workspace import Workspace
from .accounts import Account, Accounts
from .journal import Journal
from .line import Line
from .memory import ListsRead, Uploads
from .progress import Progress


class Teller(Protocol):
    """Who is told how it goes, and who says whether to wait for a slot."""

    def tell(self, progress: Progress) -> None:
        """Pass a line on to everyone who waits."""

    def queued(self) -> bool:
        """All slots are busy: let those go who only wanted to submit. Whether there are any, so that the job is left to this process."""

    @property
    def paid(self) -> bool:
        """Whether the paid call may have been made."""

    @paid.setter
    def paid(self, made: bool) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a node ordered."""

    request: LipsyncRequest
    fingerprint: Fingerprint
    origin: str
    node_id: str


@dataclass(frozen=True, kw_only=True)
class Counter:
    """Where purchases are made: one account, one journal, one workspace, one line of jobs that want a slot."""

    account: Account
    accounts: Accounts
    journal: Journal
    uploads: Uploads
    lists: ListsRead
    digests: FileDigests
    workspace: Workspace
    line: Line
    journal_aside: str | None
    """The journal that was damaged and set aside here, if one was."""

    @property
    def at(self) -> dict[str, str]:
        """The two things by which the journal tells accounts apart."""
        return {"origin": self.account.origin.id, "key_mark": self.account.key.mark}
