"""What the runner asks of a service, and what it may get back. Both services fit behind this; what one lacks, `capabilities` says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Protocol

from ..errors import LipsyncError
from ..media.prepared import Prepared
from ..request import LipsyncRequest
from ..voices import Voice
from .origins import Origin

CLOCKS_DIFFER_S = (
    24 * 3600.0
)  # how far the clocks of this machine and a service may be apart: one that shows local time as UTC is off by half a day

BytesDone = Callable[[int, int], None]
"""Told how many bytes of how many have gone over the wire."""


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a service can do beyond lip sync itself."""

    idempotent_create: bool
    """A repeated create under the same key buys nothing twice."""
    list_by_name: bool
    """Jobs can be found again by `outputFileName`, whatever became of our journal."""
    estimate: bool
    credits: bool
    """Prepaid: what is there can be asked before anything is uploaded."""
    long_poll: bool
    """A question for a job may be held until there is news."""


@dataclass(frozen=True)
class MediaRef:
    """Media as the service knows it: an asset id or a URL."""

    asset_id: str | None = None
    url: str | None = None

    def wire(self) -> dict[str, str]:
        """This reference as fields of an input item."""
        return {"assetId": self.asset_id} if self.asset_id is not None else {"url": self.url or ""}


class State(Enum):
    """The state of a job as a service tells it."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    REJECTED = "REJECTED"

    @property
    def terminal(self) -> bool:
        return self in (State.COMPLETED, State.FAILED, State.REJECTED)


@dataclass(frozen=True, kw_only=True)
class JobStatus:
    """One answer about one job."""

    job_id: str
    state: State
    output_url: str | None = None
    output_duration_s: float | None = None
    error: str = ""
    error_code: str | None = None
    name: str | None = None
    model: str | None = None
    created_at: str | None = None
    cost_usd: float | None = None
    body: Mapping[str, object] | None = None
    """What the job was bought with, where the service's history tells it."""

    @property
    def made_at(self) -> float | None:
        """When the service took the job in, in Unix seconds; None where it does not say."""
        try:
            moment = datetime.fromisoformat(str(self.created_at).replace("Z", "+00:00"))
        except ValueError:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


# What can come of one paid call. The runner keeps the journal true to each of them.


@dataclass(frozen=True)
class Created:
    """Accepted: this is the job. It may be older than this call, and finished, if the call was a repetition."""

    status: JobStatus


@dataclass(frozen=True)
class SlotsBusy:
    """Nothing was accepted: as many jobs run as the plan allows."""

    active: int | None
    limit: int | None
    retry_after_s: float | None


@dataclass(frozen=True)
class RateLimited:
    """Nothing was accepted: too many requests."""

    retry_after_s: float | None


@dataclass(frozen=True)
class NotSent:
    """Nothing was accepted: no connection came about. `hop` says where it broke."""

    hop: str


@dataclass(frozen=True)
class Unsettled:
    """It is not known what came of the call. `job_id` is a job that the service named all the same."""

    why: str
    retry_after_s: float | None = None
    job_id: str | None = None


@dataclass(frozen=True)
class BoughtBefore:
    """The key was used with another body: the same wish was bought by another machine, or before the journal was lost."""


@dataclass(frozen=True)
class Refused:
    """Nothing was accepted, and asking again will not help."""

    error: LipsyncError


CreateOutcome = Created | SlotsBusy | RateLimited | NotSent | Unsettled | BoughtBefore | Refused


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is known of a paid call whose answer was lost. `claimed` says whether a job is known to be another one."""

    name: str
    model: str
    body: bytes | None
    since: float
    claimed: Callable[[str], bool]


class Service(Protocol):
    """One service at one origin with one key. All methods run on the engine's loop."""

    origin: Origin
    capabilities: Capabilities

    async def check_key(self) -> None:
        """Ask something free that only a good key is answered. Raises KeyRefused."""

    async def voices(self) -> list[Voice]:
        """The voices that the account may speak with; none where the service turns no text into speech."""

    async def upload(self, media: Prepared, *, progress: BytesDone) -> MediaRef:
        """Bring `media` into the account. Free; repeated at will."""

    def freeze(
        self,
        request: LipsyncRequest,
        *,
        video: MediaRef,
        speeches: Mapping[str, MediaRef],
        name: str,
        webhook_url: str | None = None,
    ) -> bytes:
        """The exact bytes of the paid call. `speeches` has a reference per speech that is not a Script; `webhook_url` is the user's own
        address, left out where the service knows no webhooks."""

    async def create(self, body: bytes, *, model: str, key: str) -> CreateOutcome:
        """The paid call, made once. It never repeats itself: what to do next is the runner's to decide."""

    async def find(self, wanted: Wanted) -> JobStatus | None:
        """The job that a paid call without an answer has made, if the service's own list or history leaves no doubt."""

    async def get(self, job_id: str, *, wait_s: float = 0) -> JobStatus:
        """The job's state; with `wait_s`, the answer may take that long. Raises ServiceRefused if the service does not know it."""

    def failure(self, status: JobStatus) -> LipsyncError:
        """Why a job failed or was rejected, as the user reads it."""

    async def download_url(self, status: JobStatus) -> str | None:
        """A fresh link to the finished film; None while there is none yet."""

    async def asset_url(self, asset_id: str) -> str:
        """Where the bytes of an asset can be fetched. Raises ServiceRefused."""

    async def download(self, url: str, part: Path, *, progress: BytesDone) -> None:
        """Stream `url` into `part`, without the key. Raises OSError if the disk refuses, ServiceTrouble if the service does."""

    async def estimate_usd(self, request: LipsyncRequest, *, duration_s: float, frame_rate: float) -> float | None:
        """The service's own price for a film of that length; None if it does not tell."""

    async def cost_usd(self, status: JobStatus) -> float | None:
        """What the finished job did cost, if the service tells."""

    async def credits_usd(self) -> float | None:
        """What is left of prepaid credits; None where there are none to ask for."""

    def jobs(self) -> AsyncIterator[JobStatus]:
        """Every job of the account, the newest first."""
