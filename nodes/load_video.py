"""SyncLoadVideo: a clip from the input folder, from another allowed folder, from a URL or from the account."""

from __future__ import annotations

from pathlib import Path

from ..lipsync.errors import InputRefused
from ._comfy import InputImpl, io
from ._files import NO_FILE, VIDEO_SUFFIXES, choices, chosen_file, problem_of_choice, source_of, state_of_inputs
from ._lazy_video import LazyVideo
from ._wires import ALIASES, CATEGORY

TITLE = "Load Video (Sync)"


class SyncLoadVideo(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SyncLoadVideo",
            display_name=TITLE,
            category=CATEGORY,
            description="Loads a clip without decoding it: a file of the input folder, a path, a public URL or an asset id of your "
            "account. A URL or an asset "
            "is passed on to the service as it is, and only fetched here if another node wants to see it.",
            search_aliases=[*ALIASES, "load video"],
            inputs=[
                io.Combo.Input(
                    "file",
                    options=["", *choices(VIDEO_SUFFIXES)],
                    default="",
                    upload=io.UploadType.video,
                    tooltip="A file of ComfyUI's input folder or its subfolders. Leave it empty to use 'source' instead.",
                ),
                io.String.Input(
                    "source",
                    default="",
                    optional=True,
                    tooltip="Instead of a file: a path inside ComfyUI's input, output or temp folder or a folder named in "
                    "SYNC_MEDIA_FOLDERS, a public URL, or an "
                    "asset id.",
                ),
            ],
            outputs=[io.Video.Output("video", display_name="video", tooltip="The clip, not decoded.")],
        )

    @classmethod
    def validate_inputs(cls, file: str) -> bool | str:
        return problem_of_choice(file) or True

    @classmethod
    def fingerprint_inputs(cls, file: str = "", source: str = "") -> str:
        return state_of_inputs(file, source)

    @classmethod
    def execute(cls, file: str = "", source: str = "") -> io.NodeOutput:
        if (file in NO_FILE) is not bool(source.strip()):
            both = f"{file} and {source}" if source.strip() else ""
            raise InputRefused(node=TITLE, input="file", value=both, allowed="either a file, or a source and no file")
        found = chosen_file(file) if file not in NO_FILE else source_of(source, node=TITLE)
        return io.NodeOutput(InputImpl.VideoFromFile(str(found)) if isinstance(found, Path) else LazyVideo(found))
