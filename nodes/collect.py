"""SyncCollect: every film that was paid for and that nobody has received yet, as one list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from ..lipsync import clock
from ..lipsync.catalogue import CHOICES
from ..lipsync.errors import InputRefused, LipsyncError
from ..lipsync.jobs.collecting import Collected, collect_all
from ..lipsync.jobs.journal import Row
from ..lipsync.request import file_name_of
from ..lipsync.services.origins import is_sandbox, origin_id
from . import _freshness
from ._comfy import ExecutionBlocker, InputImpl, io, preview_of
from ._inputs import STOP, chosen_service, service_input, wait_limit_input
from ._run import Run
from ._runners import runner, runner_if_used
from ._wires import ALIASES, CATEGORY

TITLE = "Collect Lip Syncs (Sync, Segmind)"
IF_STOPPED = "Stopped waiting. The jobs go on and are billed when they complete; nothing is lost: queue again to receive all of them."
_MOMENTS = ("%Y-%m-%d", "%Y-%m-%d %H:%M")


class SyncCollect(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SyncCollect",
            display_name=TITLE,
            category=CATEGORY,
            description="Waits for everything that was submitted and whose film nobody has received yet, here or in an earlier session, "
            "and gives the films as a list: what follows runs once for each. It never orders anything.",
            search_aliases=[*ALIASES, "collect", "receive", "resume", "batch"],
            inputs=[
                service_input(),
                io.String.Input("name", default="", optional=True, tooltip="Only jobs with this in their output_name. Empty: all."),
                io.String.Input(
                    "since",
                    default="",
                    optional=True,
                    tooltip="Only jobs ordered on this day or later: 2026-11-27, or 2026-11-27 14:00 by this machine's clock. Empty: all.",
                ),
                wait_limit_input("the beginning of the collecting"),
            ],
            outputs=[
                io.Video.Output(
                    "videos",
                    display_name="videos",
                    is_output_list=True,
                    tooltip="The films, the one ordered first comes first; files in output/lipsync. With none, what follows does not run.",
                ),
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip="What was collected for how much, and what was not and why. A line for each job.",
                ),
            ],
            hidden=[io.Hidden.unique_id],
            is_output_node=True,
            not_idempotent=True,
        )

    @classmethod
    def fingerprint_inputs(
        cls, service: str | None = "", name: str | None = "", since: str | None = "", **others: object
    ) -> tuple[int, tuple[str, ...]]:
        node_id = str(cls.hidden.unique_id)
        try:
            jobs = tuple(row.short_id for row in _uncollected(service, name, since))  # a linked input arrives as None
        except InputRefused:
            jobs = ()  # said when the node runs
        return _freshness.fingerprint(node_id), _freshness.offered(node_id, jobs)

    @classmethod
    async def execute(cls, service: str = CHOICES[0].label, name: str = "", since: str = "", wait_limit_s: int = 0) -> io.NodeOutput:
        await asyncio.sleep(0)  # ComfyUI takes an item of a list that never suspends for one that is still running
        run = Run(cls.hidden, on_failure=STOP, outputs=2)
        try:
            rows = _uncollected(service, name, since)
            if not rows:
                return _nothing(run, service, filtered=bool(name or since))
            work = collect_all(rows, runner(), listener=run.board.tell, wait_limit_s=wait_limit_s)
            return _handed_over(run, await run.follow(work, if_stopped=IF_STOPPED))
        except LipsyncError as error:
            return run.failed(error)


def _uncollected(service: object, name: str | None, since: str | None) -> list[Row]:
    """The jobs that the widgets mean. Raises InputRefused."""
    choice, moment = chosen_service(service, node=TITLE), _moment(since or "")
    used = runner_if_used()
    if used is None:
        return []
    part = file_name_of(name) if name and name.strip() else ""
    return used.journal.uncollected(place=(choice.service, origin_id(choice)), name=part, since=moment)


def _moment(since: str) -> float:
    """Unix seconds of a day or a minute in local time; 0 for no limit. Raises InputRefused."""
    text = since.strip()
    if not text:
        return 0.0
    for form in _MOMENTS:
        try:
            return datetime.strptime(text, form).timestamp()
        except (ValueError, OverflowError, OSError):  # the last two: a day that this machine's clock cannot say
            continue
    raise InputRefused(
        node=TITLE, input="since", value=since, allowed="a day like 2026-11-27 or a minute like 2026-11-27 14:00, or nothing"
    )


def _nothing(run: Run, service: str, *, filtered: bool) -> io.NodeOutput:
    of_these = ", of this name and date" if filtered else ""
    report = (
        f"Nothing to collect from {service}{of_these}: no job waits for its film to be received. Films that were received lie in "
        "output/lipsync, and Wait for Lip Sync gives one again by its job id."
    )
    run.board.say(report)
    return io.NodeOutput(ExecutionBlocker(None), report)  # an empty list would make the next node fail


def _handed_over(run: Run, collected: Sequence[Collected]) -> io.NodeOutput:
    """The films as a list, the report, players on the node, and on it in words what there is to know."""
    without = [one for one in collected if one.finished is None]
    _freshness.run_again(*(maker for one in without for maker in _freshness.makers_of(one.row.short_id)))
    if not all(one.settled for one in collected):
        _freshness.run_again(run.node_id)
    films = [one.finished.film for one in collected if one.finished is not None]
    for film in films:
        _freshness.handed_out(run.node_id, film)
    summary, told = _summary(collected), [_line(one) for one in collected]
    run.board.say("\n".join([summary, *(_line(one) for one in without)]))
    videos = [InputImpl.VideoFromFile(str(film)) for film in films] or ExecutionBlocker(None)
    return io.NodeOutput(videos, "\n".join([summary, *told]), ui=preview_of(*films))


def _summary(collected: Sequence[Collected]) -> str:
    """How many, for how much, and when: ComfyUI shows it until there is something new to collect."""
    rows = [one.finished.row for one in collected if one.finished is not None]
    moment = f"{datetime.fromtimestamp(clock.now()):%Y-%m-%d %H:%M}"
    films = "1 film" if len(collected) == 1 else f"{len(collected)} films"
    return f"{len(rows)} of {films} collected{f' for {_cost(rows)}' if rows else ''}, {moment}."


def _line(one: Collected) -> str:
    row = one.row if one.finished is None else one.finished.row
    outcome = f"{row.path}, for {_cost([row])}." if one.error is None else str(one.error)
    return f"{row.output_name} ({row.short_id}): {outcome}"


def _cost(rows: Sequence[Row]) -> str:
    """What films of one service cost together, as far as it is known."""
    estimated = [row.cost_usd is None for row in rows]
    known = [price for row in rows if (price := row.price_usd if row.cost_usd is None else row.cost_usd) is not None]
    if is_sandbox(rows[0].origin):
        return f"nothing (sandbox; at {rows[0].service.title()} about {sum(known):.2f} USD)"
    if not known:
        return "a price not known yet"
    return f"{'at least ' if len(known) < len(rows) else 'about ' if any(estimated) else ''}{sum(known):.2f} USD"
