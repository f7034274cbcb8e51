"""SyncGenerate: order a film and go on; Wait for Lip Sync receives it, in this graph or any other."""

from __future__ import annotations

import asyncio

from ..lipsync.errors import LipsyncError
from ..lipsync.wires import Job
from . import _freshness
from ._comfy import io
from ._inputs import STOP, model_input, order_widgets, sockets
from ._run import OrderInputs, Run, request_from
from ._runners import runner
from ._sources import Sources
from ._wires import ALIASES, CATEGORY, SyncJob

TITLE = "Submit Lip Sync (Sync, Segmind)"


class SyncGenerate(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SyncGenerate",
            display_name=TITLE,
            category=CATEGORY,
            description="Orders a lip-synced film through your own account and does not wait for it. Uploads the connected media to the "
            "service and bills your account when the film is finished. Take the film up with Wait for Lip Sync, by wire or by the job id, "
            "or every film with Collect Lip Syncs.",
            search_aliases=[*ALIASES, "submit"],
            inputs=[*sockets(), *order_widgets(), model_input()],
            outputs=[
                SyncJob.Output("job", display_name="job", tooltip="The job, for Wait for Lip Sync."),
                io.String.Output(
                    "job_id", display_name="job_id", tooltip="Our short id of the job, to note down or paste into Wait for Lip Sync."
                ),
            ],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt],
            not_idempotent=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **inputs: object) -> int:
        return _freshness.fingerprint(str(cls.hidden.unique_id))

    @classmethod
    async def execute(cls, **inputs: object) -> io.NodeOutput:
        await asyncio.sleep(0)  # ComfyUI takes an item of a list that never suspends for one that is still running
        run = Run(cls.hidden, on_failure=STOP, outputs=2)
        try:
            with Sources(TITLE) as sources:
                request = request_from(OrderInputs(**inputs), sources, node=TITLE, hidden=cls.hidden)
                order = await run.follow(runner().submit(request, node_id=run.node_id, listener=run.board.tell))
        except LipsyncError as error:
            return run.failed(error)
        _freshness.ordered(run.node_id, order.short_id)
        job = Job(short_id=order.short_id, service=request.choice.label, origin=order.origin, maker=run.node_id)
        run.board.say(f"{order.told}\nJob {order.short_id}")
        return io.NodeOutput(job, order.short_id)
