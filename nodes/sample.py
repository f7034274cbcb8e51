"""SyncSample: the clip, the speech and the picture that ship with the pack, so that every example runs as it is."""

from __future__ import annotations

from ..lipsync.sample import CLIP
from ..lipsync.sample.load import picture, speech
from ._comfy import InputImpl, io
from ._wires import ALIASES, CATEGORY


class SyncSample(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SyncSample",
            display_name="Sample Clip (Sync)",
            category=CATEGORY,
            description="A small clip of a face, a spoken sentence and a portrait, free to use: for trying things out.",
            search_aliases=[*ALIASES, "example", "test clip"],
            inputs=[],
            outputs=[
                io.Video.Output("video", display_name="video", tooltip="4 seconds of a face, 512x512 at 25 frames a second."),
                io.Audio.Output("audio", display_name="audio", tooltip="A spoken sentence of about 4 seconds."),
                io.Image.Output("image", display_name="image", tooltip="A portrait, for a talking photo."),
            ],
        )

    @classmethod
    def execute(cls) -> io.NodeOutput:
        waveform, sample_rate = speech()
        audio = {"waveform": waveform.unsqueeze(0), "sample_rate": sample_rate}
        return io.NodeOutput(InputImpl.VideoFromFile(str(CLIP)), audio, picture().unsqueeze(0))
