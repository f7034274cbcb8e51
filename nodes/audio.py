"""SyncAudio: what is to be spoken, from a file, a wire, the sound of a video, a URL or the account."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..lipsync.errors import InputRefused
from ..lipsync.media.sources import AudioFile, Speech, SpeechSource
from ._comfy import io
from ._files import AUDIO_SUFFIXES, NO_FILE, NONE, choices, chosen_file, problem_of_choice, source_of, state_of_inputs
from ._sources import Sources
from ._wires import ALIASES, CATEGORY, SyncSpeech

TITLE = "Speech from Audio (Sync)"


class SyncAudio(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SyncAudio",
            display_name=TITLE,
            category=CATEGORY,
            description="What is to be spoken. Exactly one of: a file (its bytes go up untouched where the service takes them), an AUDIO, "
            "the sound of a VIDEO, "
            "a public URL or an asset id.",
            search_aliases=[*ALIASES, "speech", "voice"],
            inputs=[
                io.Combo.Input(
                    "file",
                    options=[NONE, *choices(AUDIO_SUFFIXES)],
                    default=NONE,
                    optional=True,
                    tooltip="A sound file of ComfyUI's input folder or its subfolders.",
                ),
                io.Audio.Input("audio", optional=True, tooltip="Any AUDIO of the graph."),
                io.Video.Input("video", optional=True, tooltip="A VIDEO whose sound is spoken; its picture is not decoded."),
                io.String.Input(
                    "source",
                    default="",
                    optional=True,
                    tooltip="A path inside ComfyUI's input, output or temp folder or a folder named in SYNC_MEDIA_FOLDERS, a public URL, "
                    "or an asset id.",
                ),
                io.String.Input(
                    "name", default="", optional=True, tooltip="By this name Speech Segments calls the speech. Otherwise not needed."
                ),
            ],
            outputs=[
                SyncSpeech.Output("speech", display_name="speech", tooltip="The speech, for Lip Sync, Submit Lip Sync and Speech Segments.")
            ],
        )

    @classmethod
    def validate_inputs(cls, file: str = NONE) -> bool | str:
        return problem_of_choice(file) or True

    @classmethod
    def fingerprint_inputs(cls, file: str = NONE, source: str = "", **others: object) -> str:
        return state_of_inputs(file, source)

    @classmethod
    def execute(cls, file: str = NONE, audio: Any = None, video: Any = None, source: str = "", name: str = "") -> io.NodeOutput:
        given = {"file": file not in NO_FILE, "audio": audio is not None, "video": video is not None, "source": bool(source.strip())}
        if sum(given.values()) != 1:
            chosen = " and ".join(input for input, used in given.items() if used)
            raise InputRefused(node=TITLE, input="speech", value=chosen, allowed="exactly one of file, audio, video and source")
        return io.NodeOutput(Speech(source=_source(file, audio, video, source), name=name.strip()))


def _source(file: str, audio: Any, video: Any, source: str) -> SpeechSource:
    sources = Sources(TITLE)
    if audio is not None:
        return sources.samples(audio)
    if video is not None:
        return sources.sound_of(video)
    found = chosen_file(file) if file not in NO_FILE else source_of(source, node=TITLE)
    return AudioFile(path=found) if isinstance(found, Path) else found
