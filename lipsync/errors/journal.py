"""What can be wrong with the journal. Nothing is bought without it: an account that is not kept cannot be settled."""

from __future__ import annotations

from .tree import Billed, LipsyncError

_SAFE = "Nothing is bought as long as that is so, and nothing that was bought is lost."


class JournalTrouble(LipsyncError):
    """Whatever keeps the journal from being read or written."""


class JournalBusy(JournalTrouble):
    def __init__(self, name: str) -> None:
        super().__init__(f"The journal {name} is held by another program. Close what has it open, and queue again. {_SAFE}")


class JournalNotWritten(JournalTrouble):
    """`why` is the reason that the system gave."""

    def __init__(self, name: str, *, why: str) -> None:
        super().__init__(f"The journal {name} cannot be written: {why}. Mend that, and queue again. {_SAFE}")


class JournalDamaged(JournalTrouble):
    """Damage that shows while the journal is open: it is set aside by the next process that opens it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The journal {name} has become unreadable. Restart ComfyUI, which sets it aside and begins a new one. {_SAFE}")


class JournalReplaced(JournalTrouble):
    def __init__(self, name: str) -> None:
        super().__init__(f"The journal {name} was moved, deleted or replaced while it was in use. Restart ComfyUI. {_SAFE}")


class JournalWasDamaged(LipsyncError):
    """Said once, before the first purchase from a service that cannot be asked what a lost journal had bought."""

    billed = Billed.UNKNOWN

    def __init__(self, *, service: str, aside: str, history: str) -> None:
        super().__init__(
            f"The journal was damaged and has been set aside as {aside}. What it had bought from {service} cannot be found again, as "
            f"{service} keeps no names: look at {history} for this film before you pay for it. Queue again to buy it. Nothing was sent."
        )


class AcceptedNotWritten(LipsyncError):
    """The worst moment for a full disk: the service has the job, and its id could not be kept."""

    billed = Billed.YES

    def __init__(self, *, job: str, service: str, service_job_id: str, why: str) -> None:
        super().__init__(
            f"{service} has accepted job {job} as {service_job_id}, but that could not be written down. {why} Then queue again: the job is "
            "looked up, not bought. Should that fail, paste this id into Wait for Lip Sync."
        )


class TakenOver(LipsyncError):
    """Two processes were at work on one job, which only lock files that were deleted allow; one of them stops here."""

    billed = Billed.UNKNOWN

    def __init__(self, *, job: str) -> None:
        super().__init__(f"Another ComfyUI has gone on with job {job}. Nothing was bought twice: queue again to receive its film.")
