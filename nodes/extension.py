"""All nodes of the pack."""

from __future__ import annotations

from ._comfy import ComfyExtension, PromptServer, io
from ._routes import add_routes
from ._runners import resume
from .audio import SyncAudio
from .collect import SyncCollect
from .estimate_cost import SyncEstimateCost
from .frames import SyncFrames
from .generate import SyncGenerate
from .lip_sync import SyncLipSync
from .load_video import SyncLoadVideo
from .poll import SyncPoll
from .sample import SyncSample
from .save_video import SyncSaveVideo
from .speaker_select import SyncSpeakerSelect
from .tts import SyncTTS

NODES: list[type[io.ComfyNode]] = [
    SyncLoadVideo,
    SyncAudio,
    SyncTTS,
    SyncSpeakerSelect,
    SyncLipSync,
    SyncGenerate,
    SyncPoll,
    SyncCollect,
    SyncEstimateCost,
    SyncFrames,
    SyncSaveVideo,
    SyncSample,
]


class LipsyncExtension(ComfyExtension):
    async def on_load(self) -> None:
        add_routes(PromptServer.instance.routes)
        resume()

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return list(NODES)
