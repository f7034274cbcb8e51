"""SyncSaveVideo: a film into the output folder, its picture untouched wherever that is possible."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import torch

from ..lipsync.errors import InputRefused, NotWritten
from ..lipsync.media.formats import FORMATS, MP4, PRORES_4444, FilmFormat
from ..lipsync.media.sources import Frames, Photo, Samples, VideoFile
from ..lipsync.media.work import Progress
from ._board import Board
from ._comfy import Input, InputImpl, folder_paths, io, metadata_disabled, preview_of, processing_interrupted, still_of
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
            "good, colour-correct encode. Also as ProRes for editing, with a MASK as its alpha.",
            search_aliases=[*ALIASES, "save video", "replace audio", "prores", "mov", "alpha"],
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
                io.Combo.Input(
                    "format",
                    options=list(FORMATS),
                    default=MP4.label,
                    optional=True,
                    tooltip="MP4: a VIDEO keeps its picture where an MP4 can hold it, the rest becomes H.264. ProRes 422 (HQ) and 4444: "
                    "MOV for editing, 10 bits, sound as PCM; the files are large, and browsers cannot play them.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="Only for ProRes 4444: where this is 1 the film is transparent. One mask for all frames, or one for each. "
                    "Without it, the film keeps the alpha that it has.",
                ),
            ],
            outputs=[io.Video.Output("video", display_name="video", tooltip="The saved film.")],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt, io.Hidden.extra_pnginfo],
            is_output_node=True,
        )

    @classmethod
    async def execute(
        cls,
        video: Any,
        audio: Any = None,
        filename_prefix: str = "video/lipsync",
        frame_rate: float = 0.0,
        format: str = MP4.label,
        mask: Any = None,
    ) -> io.NodeOutput:
        await asyncio.sleep(0)  # ComfyUI takes an item of a list that never suspends for one that is still running
        board = Board(str(cls.hidden.unique_id))
        film_format = _format(format, mask)
        with Sources(TITLE) as sources:
            film = _film(sources, video, frame_rate)
            sound = None if audio is None else sources.samples(audio)
            saving = partial(_save, film, sound, mask, film_format, filename_prefix, _tags(cls.hidden))
            target, note = await board.follow(saving)
        if not film_format.for_editing:
            board.say(f"Saved {target.name}: {note}")
            return io.NodeOutput(InputImpl.VideoFromFile(str(target)), ui=preview_of(target))
        board.say(f"Saved {target.name}: {note} Browsers cannot play ProRes: this is its first frame.")
        return io.NodeOutput(InputImpl.VideoFromFile(str(target)), ui=still_of(target, await asyncio.to_thread(_first_frame, target)))


def _format(label: str, mask: Any) -> FilmFormat:
    """What the widget means. Raises InputRefused, also where there is a mask and no alpha to keep it."""
    film_format = FORMATS.get(label)
    if film_format is None:
        raise InputRefused(node=TITLE, input="format", value=label, allowed=", ".join(FORMATS))
    if mask is not None and film_format.with_alpha is None:
        raise InputRefused(
            node=TITLE, input="format", value=label, allowed=f"{PRORES_4444.label}, as a mask is connected: no other keeps one"
        )
    return film_format


def _film(sources: Sources, video: object, frame_rate: float) -> VideoFile | Frames:
    if isinstance(video, Input.Video):
        return sources.film(video)
    film = sources.picture(video, frame_rate)
    if isinstance(film, Photo):
        return Frames(images=film.image.unsqueeze(0), frame_rate=sources.rate(frame_rate))
    assert isinstance(film, Frames)  # what an IMAGE amounts to
    return film


def _save(
    film: VideoFile | Frames,
    sound: Samples | None,
    mask: Any,
    film_format: FilmFormat,
    prefix: str,
    tags: dict[str, str],
    progress: Progress,
) -> tuple[Path, str]:
    from ..lipsync.media.save import save_film  # ComfyUI need not wait for the encoder at its start

    try:
        folder, name, counter, _, _ = folder_paths.get_save_image_path(prefix, folder_paths.get_output_directory())
        target = _free(Path(folder), name, counter, film_format.suffix)
    except OSError as error:
        raise NotWritten(prefix, error.strerror or str(error)) from None
    work = {"tags": tags, "progress": progress, "cancelled": processing_interrupted}
    try:
        note = save_film(film, sound=sound, target=target, film_format=film_format, mask=mask, **work)
    except BaseException:
        target.unlink(missing_ok=True)  # the empty file that kept the name
        raise
    return target, note


def _free(folder: Path, name: str, counter: int, suffix: str) -> Path:
    """The next free name, taken by making it: ComfyUI's counter gives the same number to two nodes that ask at the same time."""
    while True:
        target = folder / f"{name}_{counter:05}_{suffix}"
        try:
            target.open("xb").close()
            return target
        except FileExistsError:
            counter += 1


def _first_frame(film: Path) -> torch.Tensor:
    """As an IMAGE."""
    from ..lipsync.media.decode import decode_frame

    return torch.from_numpy(decode_frame(VideoFile(path=film), 0)).unsqueeze(0) / 255


def _tags(hidden: Any) -> dict[str, str]:
    """The graph, so that the film dropped onto ComfyUI opens it again. It holds no secret, as keys never enter a graph."""
    if metadata_disabled():
        return {}
    return {"prompt": json.dumps(hidden.prompt), **{key: json.dumps(value) for key, value in (hidden.extra_pnginfo or {}).items()}}
