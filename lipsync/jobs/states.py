"""The states of a job in the journal, and what may follow what."""

from __future__ import annotations

from enum import Enum


class Stage(Enum):
    """Where a job stands."""

    PREPARED = "PREPARED"  # frozen and reserved; nothing of the paid call has been sent
    SENDING = "SENDING"  # committed just before the first byte of the paid call
    UNKNOWN = "UNKNOWN"  # the paid call was made, and what came of it is not known
    SUBMITTED = "SUBMITTED"  # accepted: the service's id is known
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"  # finished at the service, not yet on this disk
    DONE = "DONE"  # the film is on this disk
    FAILED = "FAILED"  # ended without a film; not billed
    REJECTED = "REJECTED"  # refused without running; not billed

    @property
    def dead(self) -> bool:
        """Whether asking for the same thing again is a new attempt."""
        return self in (Stage.FAILED, Stage.REJECTED)

    @property
    def paid_call_made(self) -> bool:
        """Whether a process goes on with such a job by itself."""
        return self in (Stage.SENDING, Stage.UNKNOWN, Stage.SUBMITTED, Stage.PROCESSING, Stage.COMPLETED)


_ENDED = {Stage.COMPLETED, Stage.FAILED, Stage.REJECTED}
FOLLOWS: dict[Stage, set[Stage]] = {
    Stage.PREPARED: {Stage.SENDING},
    Stage.SENDING: {Stage.PREPARED, Stage.UNKNOWN, Stage.SUBMITTED, Stage.FAILED},
    Stage.UNKNOWN: {Stage.SENDING, Stage.SUBMITTED, Stage.FAILED},
    Stage.SUBMITTED: {Stage.PROCESSING, *_ENDED},
    Stage.PROCESSING: {Stage.SUBMITTED, *_ENDED},
    Stage.COMPLETED: {Stage.DONE, Stage.FAILED, Stage.REJECTED},
    Stage.DONE: {Stage.COMPLETED},  # its file has gone: it is fetched again, not bought
    Stage.FAILED: set(),
    Stage.REJECTED: set(),
}
