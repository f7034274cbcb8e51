"""Voices: a few that are built in, and the organisation's clones. Source: sync-api.md 2.9."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from ..core import Sandbox
from ..door import Call
from ..render.tones import pitch_of
from ..store import Document, Json
from .errors import not_found, refused


@dataclass(frozen=True)
class Voice:
    """A built-in voice. Its name says what it is; its pitch is in Hz."""

    id: str
    name: str
    pitch_hz: float


BUILT_IN = (
    Voice("sandbox-tone-alto", "Sandbox Alto (tones)", 330.0),
    Voice("sandbox-tone-tenor", "Sandbox Tenor (tones)", 196.0),
    Voice("sandbox-tone-bass", "Sandbox Bass (tones)", 110.0),
)


def voice_pitch(sandbox: Sandbox, org: str, id: str) -> float:
    """The pitch of a voice that the organisation may use. Raises SyncError."""
    for voice in BUILT_IN:
        if voice.id == id:
            return voice.pitch_hz
    clone = sandbox.store.document("voice", id)
    if clone is None or clone.org != org:
        raise refused("voice_not_found")
    return pitch_of(clone.id)


def voice_json(id: str, name: str) -> Json:
    """A voice as it is answered."""
    return {"id": id, "internalVoiceId": id, "voiceId": id, "name": name, "provider": "elevenlabs", "previewUrl": None}


async def listed(call: Call) -> web.Response:
    clones = call.sandbox.store.documents("voice", org=call.org)
    ours = [voice_json(clone.id, clone.body["name"]) for clone in clones]
    return web.json_response([*ours, *(voice_json(voice.id, voice.name) for voice in BUILT_IN)])


async def get(call: Call) -> web.Response:
    for voice in BUILT_IN:
        if voice.id == call.id:
            return web.json_response(voice_json(voice.id, voice.name))
    clone = _find_clone(call)
    return web.json_response(voice_json(clone.id, clone.body["name"]))


def _find_clone(call: Call) -> Document:
    clone = call.sandbox.store.document("voice", call.id)
    if clone is None or clone.org != call.org:
        raise not_found("voice_not_found")
    return clone


async def delete(call: Call) -> web.Response:
    call.sandbox.store.remove_document("voice", _find_clone(call).id)
    return web.json_response(True)
