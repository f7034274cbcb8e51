"""What can become of a job. `job` is always our own short id."""

from __future__ import annotations

from .tree import Billed, LipsyncError


class JobFailed(LipsyncError):
    """The service ran the job and failed. Both services bill on completion only."""

    def __init__(self, *, job: str, service: str, sentence: str) -> None:
        super().__init__(f"Job {job} failed at {service}: {sentence} Queue its graph again to try again as a new job.")


class JobRejected(LipsyncError):
    def __init__(self, *, job: str, service: str, sentence: str) -> None:
        super().__init__(f"Job {job} was rejected by {service} and did not run: {sentence}")


class OutcomeUnknown(LipsyncError):
    """A paid call whose outcome cannot be found out by asking."""

    billed = Billed.UNKNOWN

    def __init__(self, *, job: str, service: str, where: str) -> None:
        super().__init__(
            f"It is not known whether {service} accepted job {job}: the connection broke during the paid call, and the service's list does "
            f"not settle it. Look at {where}. If it is not there, a higher 'take' buys anew; "
            "queueing the same again only asks again."
        )


class StillRunning(LipsyncError):
    billed = Billed.UNKNOWN

    def __init__(self, *, job: str) -> None:
        super().__init__(f"Job {job} is still running. Nothing is lost: queue again to go on waiting.")


class ResultGone(LipsyncError):
    billed = Billed.YES

    def __init__(self, *, job: str, service: str) -> None:
        super().__init__(
            f"Job {job} was paid for, but its file is no longer on this disk and {service} does not have it any more. "
            "A higher 'take' buys it anew."
        )


class ResultNotSaved(LipsyncError):
    """The film is finished and paid for, and could not be written. `why` is the operating system's reason."""

    billed = Billed.YES

    def __init__(self, *, job: str, folder: str, why: str) -> None:
        super().__init__(
            f"Job {job} is finished and paid for, but the film could not be written to {folder}: {why}. "
            "Make room there and queue again: it is only fetched, not bought."
        )


class ResultDamaged(LipsyncError):
    billed = Billed.YES

    def __init__(self, *, job: str, service: str, why: str) -> None:
        super().__init__(
            f"Job {job} is finished and paid for, but what {service} delivered {why}. Queue again: it is only fetched, not bought. "
            f"If it happens again, tell {service}'s support the job id."
        )


class NoSuchJob(LipsyncError):
    def __init__(self, *, job: str, service: str) -> None:
        super().__init__(
            f"There is no job {job} of {service} in this journal. Check the id, and that 'service' is the one it was bought at."
        )


class NeverSent(LipsyncError):
    def __init__(self, *, job: str) -> None:
        super().__init__(f"Job {job} was prepared but never sent, and nothing was bought. Queue the graph that ordered it.")


class BoughtByAnotherKey(LipsyncError):
    billed = Billed.YES

    def __init__(self, *, job: str, service: str, variable: str) -> None:
        super().__init__(
            f"Job {job} was bought with another {service} key. Save that key in ComfyUI's settings, or set {variable} to it, to fetch it."
        )


class BoughtElsewhere(LipsyncError):
    """A job of an origin to which no choice leads now: the base URL is another than it was."""

    billed = Billed.YES

    def __init__(self, *, job: str, service: str, origin: str, variable: str) -> None:
        super().__init__(
            f"Job {job} was bought from {service} at {origin}, and {service} is reached elsewhere now. Start ComfyUI with {variable} as it "
            "was then, to fetch it."
        )


class OverLimit(LipsyncError):
    """A spending limit would be passed. Nothing was sent."""

    def __init__(self, *, price_usd: float, limit: str, cure: str) -> None:
        super().__init__(f"This job would cost about {price_usd:.2f} USD, and {limit}. {cure} Nothing was sent.")


class PriceUnknown(LipsyncError):
    def __init__(self) -> None:
        super().__init__(
            "The price of this job cannot be told beforehand, because the length of its media is not known. Set 'max_cost_usd' to what it "
            "may cost at most, or load the file itself instead of its link. Nothing was sent."
        )


class PaidFramesWaiting(LipsyncError):
    """Generated frames rarely come out twice the same; a paid job of this node waits, made of slightly other pixels."""

    billed = Billed.YES

    def __init__(self, *, job: str, place: str) -> None:
        super().__init__(
            f"This node has already paid for job {job} and not yet received it ({place}); only the pixels of its frames differ from "
            "these. Nothing new was bought. Use that film, or queue again to buy a new one."
        )
