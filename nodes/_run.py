"""One run of a node that orders or waits: the board, the interrupt, failures, and what is told at the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from ..lipsync.engine import ENGINE, Interrupted
from ..lipsync.errors import LipsyncError
from ..lipsync.jobs.runner import Finished
from ..lipsync.request import LipsyncRequest, Wish, lipsync_request
from ..lipsync.services.origins import is_sandbox
from . import _freshness
from ._board import Board
from ._comfy import ExecutionBlocker, InputImpl, InterruptProcessingException, io, preview_of
from ._inputs import SKIP, model_choice
from ._sources import Sources

T = TypeVar("T")


@dataclass(frozen=True)
class OrderInputs:
    """The inputs of an ordering node as `execute` got them."""

    video: object = None
    audio: object = None
    speaker: Any = None
    segments: Any = None
    service: str = ""
    frame_rate: float = 0.0
    sync_mode: str = "bounce"
    take: int = 0
    output_name: str = ""
    max_cost_usd: float = 0.0
    project_id: str = ""
    model: object = None


def request_from(inputs: OrderInputs, sources: Sources, *, node: str, hidden: Any) -> LipsyncRequest:
    """The request that a node's inputs amount to. Raises InputRefused or MediaRefused."""
    return lipsync_request(wish_from(inputs, sources, node=node, hidden=hidden))


def wish_from(inputs: OrderInputs, sources: Sources, *, node: str, hidden: Any) -> Wish:
    """The inputs of a node, its media as sources. Raises InputRefused for what is no media."""
    model, options = model_choice(inputs.model if inputs.model is not None else _model_in_prompt(hidden))
    return Wish(
        node=node,
        service=inputs.service,
        model=model,
        video=sources.picture(inputs.video, inputs.frame_rate),
        speech=sources.speech(inputs.audio),
        options={"sync_mode": inputs.sync_mode, **options},
        speaker=inputs.speaker,
        segments=inputs.segments,
        take=inputs.take,
        output_name=inputs.output_name,
        project_id=inputs.project_id,
        max_cost_usd=inputs.max_cost_usd,
    )


def _model_in_prompt(hidden: Any) -> object:
    """ComfyUI drops the value of a dynamic combo that it does not know; the graph still names it."""
    node = (hidden.prompt or {}).get(str(hidden.unique_id), {})
    return node.get("inputs", {}).get("model")


class Run:
    """A node at work. `makers` are the nodes that must run again if this one fails."""

    def __init__(self, hidden: Any, *, on_failure: str, outputs: int) -> None:
        self.node_id = str(hidden.unique_id)
        self.board = Board(self.node_id)
        self.makers = {self.node_id}
        self._on_failure, self._outputs = on_failure, outputs

    async def follow(self, work: Coroutine[Any, Any, T], *, if_stopped: str | None = None) -> T:
        """Await the engine's `work`, showing how it goes. Raises InterruptProcessingException within a second of the interrupt.

        `if_stopped` is what to say then, where it is not about one job."""
        try:
            return await ENGINE.follow(work, self.board.look)
        except Interrupted:
            self.board.say(if_stopped or self._stopped())
            raise InterruptProcessingException from None
        except asyncio.CancelledError:
            self.board.say(if_stopped or self._stopped())
            raise

    def _stopped(self) -> str:
        job = self.board.paid_job
        if not job:
            return "Stopped. Nothing was bought."
        return f"Stopped waiting. Job {job} goes on and is billed when it completes; nothing is lost: queue again to receive it."

    def failed(self, error: LipsyncError) -> io.NodeOutput:
        """What the user chose for failures: raise it, or leave this clip out and say why on the node."""
        _freshness.run_again(*self.makers)
        self.board.say(str(error))
        if self._on_failure != SKIP:
            raise error
        return io.NodeOutput(*[ExecutionBlocker(None)] * self._outputs)

    def finished(self, done: Finished) -> io.NodeOutput:
        """The film as VIDEO, what is known of it as JSON, a player on the node, and one line on what happened and what it cost."""
        _freshness.handed_out(self.node_id, done.film)
        self.board.say(_last_line(done))
        return io.NodeOutput(InputImpl.VideoFromFile(str(done.film)), json.dumps(info_of(done), indent=1), ui=preview_of(done.film))


def info_of(done: Finished) -> dict[str, object]:
    """What a graph may want to know of a finished job. No address, no key, no absolute path."""
    row = done.row
    return {
        "job_id": row.short_id,
        "service": row.service,
        "service_job_id": row.service_job_id,
        "model": row.model,
        "take": row.take,
        "attempt": row.attempt,
        "file": row.path,
        "sha256": row.sha256,
        "cost_usd": row.cost_usd,
        "estimated_usd": row.price_usd,
        "bought_now": done.bought,
        "notes": list(row.notes),
    }


def _last_line(done: Finished) -> str:
    """The outcome and its cost first: the classic canvas shows two lines, and Nodes 2.0 joins all of them."""
    row = done.row
    if not done.bought:
        return f"Already bought, nothing paid again. Job {row.short_id}.\n{row.path}"
    return "\n".join([f"{_cost(done)} Job {row.short_id}.", f"{row.path}.", *row.notes])


def _cost(done: Finished) -> str:
    row = done.row
    if is_sandbox(row.origin):
        price = f" (at {row.service.title()} about {row.price_usd:.2f} USD)" if row.price_usd else ""
        return f"Made in the sandbox for nothing{price}."
    if row.cost_usd is not None:
        return f"Bought for {row.cost_usd:.2f} USD."
    return f"Bought for about {row.price_usd:.2f} USD." if row.price_usd is not None else "Bought; the cost is not known yet."
