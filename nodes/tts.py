"""SyncTTS: words that the service speaks itself."""

from __future__ import annotations

from ..lipsync.catalogue import SERVICES
from ..lipsync.errors import InputRefused
from ..lipsync.media.sources import Script, Speech
from ..lipsync.voices import VOICES, voice_id
from ._comfy import io
from ._wires import ALIASES, CATEGORY, SyncSpeech

TITLE = "Speech from Text (Sync)"
_ALLOWED_VOICE = "a voice of the list, or the id of a voice of your account, bare or as 'Name (id)'"


class SyncTTS(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SyncTTS",
            display_name=TITLE,
            category=CATEGORY,
            description="Words that Sync speaks itself, with a voice of ElevenLabs or one that your account has cloned. No request is made "
            "here: the words go along with the lip sync.",
            search_aliases=[*ALIASES, "text to speech", "tts", "voice", "elevenlabs"],
            inputs=[
                io.String.Input(
                    "script",
                    default="",
                    multiline=True,
                    tooltip=f"What is spoken, 1 to {SERVICES['sync'].script_max_chars} characters. Longer texts go into several segments.",
                ),
                io.Combo.Input(
                    "voice",
                    options=[voice.shown for voice in VOICES],
                    default=VOICES[0].shown,
                    optional=True,
                    tooltip="Who speaks: the id stands in brackets, so a saved graph works alone. The sandbox knows only its own voices, "
                    "which are tones.",
                ),
                io.Float.Input(
                    "stability",
                    default=0.5,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    round=0.01,
                    optional=True,
                    tooltip="Low: lively, and different from take to take. High: even, and perhaps monotonous.",
                ),
                io.Float.Input(
                    "similarity_boost",
                    default=0.75,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    round=0.01,
                    optional=True,
                    tooltip="How closely the voice keeps to its original. High also keeps the flaws of the recording.",
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
    def validate_inputs(cls, voice: str | None = None) -> bool | str:
        if voice is None or voice_id(voice) is not None:  # a voice of the account is in no list of ours
            return True
        return f"{TITLE}: '{voice}' is no voice. Allowed: {_ALLOWED_VOICE}."

    @classmethod
    def execute(
        cls, script: str, voice: str = VOICES[0].shown, stability: float = 0.5, similarity_boost: float = 0.75, name: str = ""
    ) -> io.NodeOutput:
        words, limit = script.strip(), SERVICES["sync"].script_max_chars or 0
        if not 1 <= len(words) <= limit:
            allowed = f"1 to {limit} characters; longer texts go into several segments"
            raise InputRefused(node=TITLE, input="script", value=f"{len(words)} characters", allowed=allowed)
        chosen = voice_id(voice)
        if chosen is None:
            raise InputRefused(node=TITLE, input="voice", value=voice, allowed=_ALLOWED_VOICE)
        source = Script(script=words, voice_id=chosen, stability=stability, similarity_boost=similarity_boost)
        return io.NodeOutput(Speech(source=source, name=name.strip()))
