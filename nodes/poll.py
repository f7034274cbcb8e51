"""SyncPoll: wait for a job, of this graph or of the journal, and receive its film."""

from __future__ import annotations

import asyncio
from datetime import datetime

from ..lipsync.catalogue import CHOICES, ServiceChoice, service_choice
from ..lipsync.errors import InputRefused, JournalTrouble, LipsyncError
from ..lipsync.jobs.journal import Row
from ..lipsync.services.origins import origin_id
from ..lipsync.wires import Job
from . import _freshness
from ._comfy import io
from ._inputs import STOP, chosen_service, service_input, waiting_widgets
from ._run import Run
from ._runners import runner, runner_if_used
from ._wires import ALIASES, CATEGORY, SyncJob

TITLE = "Wait for Lip Sync (Sync, Segmind)"
LATEST = "latest not handed over"
_ABSENT = object()


class SyncPoll(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SyncPoll",
            display_name=TITLE,
            category=CATEGORY,
            description="Waits for a job that was submitted before, here or in an earlier session, and gives its film. It never buys "
            "anything.",
            search_aliases=[*ALIASES, "poll", "collect", "resume"],
            inputs=[
                SyncJob.Input(
                    "job", optional=True, tooltip="The job of Submit Lip Sync. Not connected, the widgets below choose one of the journal."
                ),
                service_input(),
                io.Combo.Input(
                    "pick",
                    options=[LATEST, *recent_jobs()],
                    default=LATEST,
                    optional=True,
                    tooltip="A job of the journal: the latest whose film no node has received yet, or one of the newest by time, name and "
                    "model.",
                ),
                io.String.Input("job_id", default="", optional=True, tooltip="A job's id, pasted; it goes before 'pick'."),
                *waiting_widgets(),
            ],
            outputs=[
                io.Video.Output("video", display_name="video", tooltip="The finished film, a file in output/lipsync."),
                io.String.Output("info", display_name="info", tooltip="What happened and what it cost, as JSON."),
            ],
            hidden=[io.Hidden.unique_id],
            not_idempotent=True,
            has_intermediate_output=True,
        )

    @classmethod
    def validate_inputs(cls, pick: str | None = None) -> bool:
        return True  # a job of a graph saved last week is no longer among the newest, and still a job

    @classmethod
    def fingerprint_inputs(
        cls, job: object = _ABSENT, service: str = "", pick: str = LATEST, job_id: str = "", **others: object
    ) -> tuple[int, str | None]:
        wired = job is not _ABSENT  # a linked input arrives as None, one that is not connected does not arrive at all
        choice = service_choice(service)
        latest = None if wired or job_id or pick != LATEST or choice is None else _latest(choice)
        return _freshness.fingerprint(str(cls.hidden.unique_id)), None if latest is None else latest.short_id

    @classmethod
    async def execute(
        cls,
        job: Job | None = None,
        service: str = CHOICES[0].label,
        pick: str = LATEST,
        job_id: str = "",
        wait_limit_s: int = 0,
        on_failure: str = STOP,
    ) -> io.NodeOutput:
        await asyncio.sleep(0)  # ComfyUI takes an item of a list that never suspends for one that is still running
        run = Run(cls.hidden, on_failure=on_failure, outputs=2)
        try:
            choice, short_id = _job_of(job, service, pick, job_id)
            run.makers |= _freshness.makers_of(short_id) | ({job.maker} if job is not None else set())
            work = runner().collect(short_id, choice, listener=run.board.tell, wait_limit_s=wait_limit_s)
            return run.finished(await run.follow(work))
        except LipsyncError as error:
            return run.failed(error)


def _job_of(job: object, service: str, pick: str, job_id: str) -> tuple[ServiceChoice, str]:
    """(service, job id) from whichever of the inputs counts. Raises InputRefused."""
    if job is not None and not isinstance(job, Job):
        raise InputRefused(node=TITLE, input="job", value=job, allowed="a SYNC_JOB from Submit Lip Sync")
    choice = chosen_service(service if job is None else job.service, node=TITLE)
    if job is not None:
        return choice, job.short_id
    if job_id.strip():
        return choice, job_id.strip()
    if pick != LATEST:
        return choice, pick.rpartition(" ")[2]
    latest = _latest(choice)
    if latest is None:
        allowed = (
            f"a job of {choice.label} that was submitted and not received yet; there is none. Choose one of the list, or paste a job_id"
        )
        raise InputRefused(node=TITLE, input="pick", value=pick, allowed=allowed)
    return choice, latest.short_id


def _latest(choice: ServiceChoice) -> Row | None:
    used = runner_if_used()
    found = used.journal.not_handed_over(service=choice.service, origin=origin_id(choice), limit=1) if used else []
    return found[0] if found else None


def recent_jobs() -> list[str]:
    """The newest accepted jobs, one line each; the id stands last, so that a saved choice works alone.

    None of a journal that cannot be read: the pack must load all the same, and the node that next needs it says what is wrong.
    """
    try:
        used = runner_if_used()
        rows = [row for row in used.journal.recent(limit=50) if row.service_job_id] if used else []
    except (InputRefused, JournalTrouble):
        return []
    return [f"{datetime.fromtimestamp(row.created_at):%Y-%m-%d %H:%M} {row.output_name} {row.model} {row.short_id}" for row in rows]
