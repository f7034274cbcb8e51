"""SyncFrames: a video as frames, for nodes that take IMAGE."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import torch

from ..lipsync.errors import InputRefused
from ..lipsync.errors.media import memory_text
from ..lipsync.host import free_memory_bytes
from ..lipsync.media.sources import Frames
from ._board import Board
from ._comfy import Input, io, processing_interrupted
from ._sources import Sources
from ._wires import ALIASES, CATEGORY

if TYPE_CHECKING:
    from ..lipsync.media.decode import Decoded

TITLE = "Get Frames (Sync)"


class SyncFrames(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SyncFrames",
            display_name=TITLE,
            category=CATEGORY,
            description="Makes frames of a video, all or some, upright and in true colours, with the sound that belongs to them. Says how "
            "much memory they need before it takes it.",
            search_aliases=[*ALIASES, "get frames", "video to images", "decode video", "get video components"],
            inputs=[
                io.Video.Input("video", tooltip="The video. Its frames come at a constant rate, even if its own varies."),
                io.Int.Input("start_frame", default=0, min=0, max=2**31 - 1, optional=True, tooltip="The first frame, counted from 0."),
                io.Int.Input(
                    "frame_count", default=0, min=0, max=2**31 - 1, optional=True, tooltip="At most so many frames. 0: all to the end."
                ),
                io.Int.Input(
                    "every_nth",
                    default=1,
                    min=1,
                    max=1000,
                    optional=True,
                    tooltip="2 leaves out every second frame, and so on. frame_rate becomes smaller by as much, so the speed stays.",
                ),
                io.Int.Input(
                    "longest_side",
                    default=0,
                    min=0,
                    max=16384,
                    optional=True,
                    tooltip="Scale larger pictures down until their longer side has so many pixels. 0: as they are.",
                ),
            ],
            outputs=[
                io.Image.Output("images", display_name="images", tooltip="The frames."),
                io.Audio.Output("audio", display_name="audio", tooltip="The sound of these frames, from the first one on."),
                io.Float.Output("frame_rate", display_name="frame_rate", tooltip="Frames a second, for the node that makes a video again."),
                io.Mask.Output("mask", display_name="mask", tooltip="1 where the video is transparent; all 0 where it has no alpha."),
            ],
            hidden=[io.Hidden.unique_id],
        )

    @classmethod
    async def execute(
        cls, video: Input.Video, start_frame: int = 0, frame_count: int = 0, every_nth: int = 1, longest_side: int = 0
    ) -> io.NodeOutput:
        await asyncio.sleep(0)  # ComfyUI takes an item of a list that never suspends for one that is still running
        if not isinstance(video, Input.Video):
            raise InputRefused(node=TITLE, input="video", value=type(video).__name__, allowed="a VIDEO")
        board = Board(str(cls.hidden.unique_id))
        from ..lipsync.media.decode import Selection, decode, plan_decoding, select_frames  # ComfyUI need not wait for it at its start

        selection = Selection(start_frame=start_frame, frame_count=frame_count, every_nth=every_nth, longest_side=longest_side)
        with Sources(TITLE) as sources:
            source = await asyncio.to_thread(sources.film, video)
            if isinstance(source, Frames):
                film = await asyncio.to_thread(select_frames, source, selection)
            else:
                plan = await asyncio.to_thread(plan_decoding, source, selection)
                board.say(_announced(plan.frame_count, plan.width, plan.height, plan.needed_bytes()))
                film = await board.follow(lambda progress: decode(plan, progress=progress, cancelled=processing_interrupted))
        board.say(_last_line(film))
        audio = None if film.waveform is None else {"waveform": film.waveform.unsqueeze(0), "sample_rate": film.sample_rate}
        return io.NodeOutput(film.images, audio, float(film.frame_rate), _mask(film, ours=not isinstance(source, Frames)))


def _mask(film: Decoded, *, ours: bool) -> torch.Tensor:
    """As ComfyUI has it: the opposite of alpha, in its place if that is `ours`: no more memory was announced. Without alpha one empty
    mask, which stands for every frame."""
    if film.alpha is None:
        return torch.zeros(1, *film.images.shape[1:3])
    return torch.sub(1, film.alpha, out=film.alpha if ours else None)


def _announced(count: int, width: int, height: int, needed_bytes: int) -> str:
    free_bytes = free_memory_bytes()
    free = "" if free_bytes is None else f"; {memory_text(free_bytes)} are free"
    return f"{count} frames of {width}x{height} need {memory_text(needed_bytes)} of memory{free}."


def _last_line(film: Decoded) -> str:
    count, height, width, _ = film.images.shape
    sound = (
        "no sound" if film.waveform is None or film.sample_rate is None else f"{film.waveform.shape[1] / film.sample_rate:.2f} s of sound"
    )
    return f"{count} frames of {width}x{height} at {float(film.frame_rate):.5g} frames a second, {sound}."
