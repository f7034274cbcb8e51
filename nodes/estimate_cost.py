"""SyncEstimateCost: what a film would cost with each model, and what to beware of, before anything is ordered."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..lipsync.catalogue import CHOICES, models_of
from ..lipsync.errors import LipsyncError
from ..lipsync.jobs.estimate import Estimator
from ..lipsync.preflight import report, summary
from ._comfy import ExecutionBlocker, io, workspace
from ._inputs import STOP, frame_rate_input, service_input, sockets, sync_mode_input
from ._run import OrderInputs, Run, wish_from
from ._sources import Sources
from ._wires import ALIASES, CATEGORY

TITLE = "Estimate Lip Sync Cost (Sync, Segmind)"
MODELS = [model.name for model in models_of(CHOICES[0].service)]


class SyncEstimateCost(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SyncEstimateCost",
            display_name=TITLE,
            category=CATEGORY,
            description="Tells how long the film would be and what it would cost with each model of both services, what would be done to "
            "your media, and what to beware of. It orders and uploads nothing and costs nothing.",
            search_aliases=[*ALIASES, "estimate", "cost", "price", "preflight", "check"],
            inputs=[
                *sockets(),
                service_input(),
                frame_rate_input("the length would be wrong"),
                sync_mode_input(),
                io.Combo.Input(
                    "model",
                    options=MODELS,
                    default=MODELS[0],
                    optional=True,
                    tooltip="The model that 'price' and the warnings are about. The table has all of them.",
                ),
            ],
            outputs=[
                io.Float.Output(
                    "price",
                    display_name="price",
                    tooltip="US dollars with this service and model. With none known, what hangs on it does not run.",
                ),
                io.String.Output(
                    "report", display_name="report", tooltip="Lengths, prices, warnings, and what would be done to your media."
                ),
            ],
            hidden=[io.Hidden.unique_id],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **inputs: object) -> tuple[str, ...]:
        return _estimator().depends_on()

    @classmethod
    async def execute(cls, service: str = CHOICES[0].label, model: str = MODELS[0], **inputs: object) -> io.NodeOutput:
        await asyncio.sleep(0)  # ComfyUI takes an item of a list that never suspends for one that is still running
        run = Run(cls.hidden, on_failure=STOP, outputs=2)
        try:
            with Sources(TITLE) as sources:
                wish = wish_from(OrderInputs(service=service, model=model, **inputs), sources, node=TITLE, hidden=cls.hidden)
                estimate = await run.follow(_estimator().estimate(wish))
        except LipsyncError as error:
            return run.failed(error)
        told = report(estimate)
        run.board.say(summary(estimate))
        usd = estimate.chosen.quote.usd
        return io.NodeOutput(ExecutionBlocker(None) if usd is None else usd, told, ui={"text": (told,)})


_estimators: dict[Path, Estimator] = {}


def _estimator() -> Estimator:
    """The estimator of the folder that ComfyUI uses now."""
    state_dir = workspace().state_dir
    return _estimators.setdefault(state_dir, Estimator(state_dir))
