"""SyncLipSync: order a film and wait for it, in one node."""

from __future__ import annotations

import asyncio

from ..lipsync.errors import LipsyncError
from . import _freshness
from ._comfy import io
from ._inputs import STOP, model_input, order_widgets, sockets, waiting_widgets
from ._run import OrderInputs, Run, request_from
from ._runners import runner
from ._sources import Sources
from ._wires import ALIASES, CATEGORY

TITLE = "Lip Sync (Sync, Segmind)"


class SyncLipSync(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SyncLipSync",
            display_name=TITLE,
            category=CATEGORY,
            description="Makes the mouth in a clip say the speech, through your own account, and waits for the film. Uploads the "
            "connected media to the "
            "service and bills your account; queueing the same thing again costs nothing. Try it for free with service 'Sync (sandbox)'.",
            search_aliases=ALIASES,
            inputs=[*sockets(), *order_widgets(), *waiting_widgets(), model_input()],
            outputs=[
                io.Video.Output("video", display_name="video", tooltip="The finished film, a file in output/lipsync."),
                io.String.Output("info", display_name="info", tooltip="What happened and what it cost, as JSON."),
            ],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt],
            not_idempotent=True,
            has_intermediate_output=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **inputs: object) -> int:
        return _freshness.fingerprint(str(cls.hidden.unique_id))

    @classmethod
    async def execute(cls, wait_limit_s: int = 0, on_failure: str = STOP, **inputs: object) -> io.NodeOutput:
        await asyncio.sleep(0)  # ComfyUI takes an item of a list that never suspends for one that is still running
        run = Run(cls.hidden, on_failure=on_failure, outputs=2)
        try:
            with Sources(TITLE) as sources:
                request = request_from(OrderInputs(**inputs), sources, node=TITLE, hidden=cls.hidden)
                work = runner().lip_sync(request, node_id=run.node_id, listener=run.board.tell, wait_limit_s=wait_limit_s)
                return run.finished(await run.follow(work))
        except LipsyncError as error:
            return run.failed(error)
