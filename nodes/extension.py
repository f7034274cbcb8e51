"""All nodes of the pack."""

from __future__ import annotations

from ._comfy import ComfyExtension, io
from .audio import SyncAudio
from .generate import SyncGenerate
from .lip_sync import SyncLipSync
from .load_video import SyncLoadVideo
from .poll import SyncPoll
from .sample import SyncSample
from .save_video import SyncSaveVideo

NODES: list[type[io.ComfyNode]] = [SyncLoadVideo, SyncAudio, SyncLipSync, SyncGenerate, SyncPoll, SyncSaveVideo, SyncSample]


class LipsyncExtension(ComfyExtension):
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return list(NODES)
