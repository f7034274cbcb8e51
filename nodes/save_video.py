"""SyncSaveVideo: a film into the output folder, its picture untouched wherever that is possible."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from ..lipsync.media.sources import Frames, Photo, Samples, VideoFile
from ..lipsync.media.work import Progress
from ._board import Board
from ._comfy import Input, InputImpl, folder_paths, io, metadata_disabled, preview_of, processing_interrupted
from ._inputs import frame_rate_input
from ._sources import Sources
from ._wires import ALIASES, CATEGORY

TITLE = "Save Video (Sync)"


class SyncSaveVideo(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SyncSaveVideo",
            display_name=TITLE,
            category=CATEGORY,
            description="Saves a film to the output folder. A VIDEO is never encoded again: its bytes are copied, and an AUDIO only "
            "replaces the sound. Frames get one "
            "good, colour-correct encode.",
            search_aliases=[*ALIASES, "save video", "replace audio"],
            inputs=[
                io.MultiType.Input("video", [io.Video, io.Image], tooltip="The film: a VIDEO, or frames (IMAGE) with their frame_rate."),
                io.Audio.Input(
                    "audio",
                    optional=True,
                    tooltip="Replaces the sound, without touching the picture. Its first sample lies on the first frame.",
                ),
                io.String.Input(
                    "filename_prefix",
                    default="video/lipsync",
                    optional=True,
                    tooltip="Where in the output folder, and the beginning of the name. %year%, %month%, %day%, %hour% and %minute% are "
                    "filled in.",
                ),
                frame_rate_input("a wrong rate plays them too fast or too slow"),
            ],
            outputs=[io.Video.Output("video", display_name="video", tooltip="The saved film.")],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt, io.Hidden.extra_pnginfo],
            is_output_node=True,
        )

    @classmethod
    async def execute(cls, video: Any, audio: Any = None, filename_prefix: str = "video/lipsync", frame_rate: float = 0.0) -> io.NodeOutput:
        await asyncio.sleep(0)  # ComfyUI takes an item of a list that never suspends for one that is still running
        board = Board(str(cls.hidden.unique_id))
        with Sources(TITLE) as sources:
            film = _film(sources, video, frame_rate)
            sound = None if audio is None else sources.samples(audio)
            target, note = await board.follow(lambda progress: _save(film, sound, filename_prefix, _tags(cls.hidden), progress))
        board.say(f"Saved {target.name}: {note}")
        return io.NodeOutput(InputImpl.VideoFromFile(str(target)), ui=preview_of(target))


def _film(sources: Sources, video: object, frame_rate: float) -> VideoFile | Frames:
    if isinstance(video, Input.Video):
        return sources.film(video)
    film = sources.picture(video, frame_rate)
    if isinstance(film, Photo):
        return Frames(images=film.image.unsqueeze(0), frame_rate=sources.rate(frame_rate))
    assert isinstance(film, Frames)  # what an IMAGE amounts to
    return film


def _save(film: VideoFile | Frames, sound: Samples | None, prefix: str, tags: dict[str, str], progress: Progress) -> tuple[Path, str]:
    from ..lipsync.media.save import save_film  # ComfyUI need not wait for the encoder at its start

    folder, name, counter, _, _ = folder_paths.get_save_image_path(prefix, folder_paths.get_output_directory())
    target = _free(Path(folder), name, counter)
    try:
        note = save_film(film, sound=sound, target=target, tags=tags, progress=progress, cancelled=processing_interrupted)
    except BaseException:
        target.unlink(missing_ok=True)  # the empty file that kept the name
        raise
    return target, note


def _free(folder: Path, name: str, counter: int) -> Path:
    """The next free name, taken by making it: ComfyUI's counter gives the same number to two nodes that ask at the same time."""
    while True:
        target = folder / f"{name}_{counter:05}_.mp4"
        try:
            target.open("xb").close()
            return target
        except FileExistsError:
            counter += 1


def _tags(hidden: Any) -> dict[str, str]:
    """The graph, so that the film dropped onto ComfyUI opens it again. It holds no secret, as keys never enter a graph."""
    if metadata_disabled():
        return {}
    return {"prompt": json.dumps(hidden.prompt), **{key: json.dumps(value) for key, value in (hidden.extra_pnginfo or {}).items()}}
