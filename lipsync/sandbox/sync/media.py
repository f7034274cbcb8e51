"""The media of a create: found, really fetched, really probed. Sources: sync-api.md 2.1.1, 4.3."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from yarl import URL

from ..core import Sandbox
from ..fetch import Unreachable, fetch, is_loopback
from ..objects import StoredObject, TooLarge
from ..probe import AUDIO_CONTAINERS, IMAGE_CODECS, VIDEO_CONTAINERS, MediaFacts, Unreadable, probe
from ..render.tones import speak
from ..store import Document, Json
from ..threads import in_thread
from .errors import SyncError, refused
from .fields import is_uuid
from .voices import voice_pitch

_MAX_SIDE, _MAX_AREA, _MIN_SIDE = 4096, 4096 * 2160, 16


@dataclass(frozen=True, kw_only=True)
class Source:
    """An input item and the file that it stands for."""

    item: Json
    object_id: str
    facts: MediaFacts

    @property
    def duration_s(self) -> float:
        """Seconds; 0 for an image."""
        return self.facts.duration_s or 0.0


async def find_source(sandbox: Sandbox, org: str, item: Json, uploads: Mapping[str, Document]) -> Source:
    """The media of one input item; `uploads` are the files that came with the request. Raises SyncError."""
    if item["type"] == "text":
        return await _spoken(sandbox, org, item)
    found = await _find(sandbox, org, item, uploads)
    if found.size > sandbox.settings.max_file_bytes:
        raise refused("file_size_exceeds_plan_limit")
    facts = await probed(sandbox, found, item["type"])
    _CHECKS[item["type"]](sandbox, facts)
    return Source(item=item, object_id=found.id, facts=facts)


async def probed(sandbox: Sandbox, found: StoredObject, kind: str) -> MediaFacts:
    try:
        return await in_thread(probe, sandbox.objects.file(found.id))
    except Unreadable as problem:
        raise _unusable(kind, str(problem)) from problem


async def _find(sandbox: Sandbox, org: str, item: Json, uploads: Mapping[str, Document]) -> StoredObject:
    if item.get("assetId") is not None:
        asset = uploads.get(item["assetId"]) or find_asset(sandbox, org, item["assetId"])
        if asset.body["type"] != item["type"].upper():
            raise refused("generation_input_asset_type_mismatch")
        found = sandbox.objects.get(asset.body["object"])
        assert found is not None  # the asset was registered on it, and objects are never removed
        return found
    return await object_behind(sandbox, org, item["url"], refused(f"generation_input_{item['type']}_inaccessible"))


def find_asset(sandbox: Sandbox, org: str, id: str) -> Document:
    """The organisation's asset. Raises SyncError."""
    if not is_uuid(id):
        raise refused("invalid_asset_id_format")
    asset = sandbox.store.document("asset", id)
    if asset is None:
        raise refused("asset_not_found")
    if asset.org != org:
        raise refused("asset_forbidden")
    return asset


async def object_behind(sandbox: Sandbox, org: str, link: str, unreachable: SyncError) -> StoredObject:
    """What `link` leads to, in the storage: what lies there already, or what is fetched now."""
    own = sandbox.objects.at(urlsplit(link).path)
    if own is not None and own.stored and own.public and is_loopback(URL(link)):
        return own
    name = urlsplit(link).path.rpartition("/")[2] or "fetched"
    made = sandbox.objects.declare(org=org, name=name, content_type="application/octet-stream", public=False)
    try:
        await fetch(sandbox.session, link, sandbox.objects, made.id, limit_bytes=sandbox.settings.max_file_bytes)
    except Unreachable as problem:
        raise unreachable from problem
    except TooLarge as problem:
        raise refused("file_size_exceeds_plan_limit") from problem
    found = sandbox.objects.get(made.id)
    assert found is not None
    return found


async def _spoken(sandbox: Sandbox, org: str, item: Json) -> Source:
    provider = item["provider"]
    made = await speak_object(sandbox, org, provider["script"], provider["voiceId"])
    return Source(item=item, object_id=made.id, facts=await probed(sandbox, made, "audio"))


async def speak_object(sandbox: Sandbox, org: str, script: str, voice: str) -> StoredObject:
    """`script` in the tones of `voice`, stored. Raises SyncError for a voice that the organisation does not have."""
    pitch_hz = voice_pitch(sandbox, org, voice)
    made = sandbox.objects.declare(org=org, name=f"{hashlib.sha256(script.encode()).hexdigest()[:12]}.wav", content_type="audio/wav")
    part = sandbox.objects.part(made.id)
    await in_thread(partial(speak, script, pitch_hz=pitch_hz, target=part))
    sandbox.objects.keep(made.id, part)
    return made


def _unusable(kind: str, why: str) -> SyncError:
    if kind == "image":
        return refused("generation_input_validation_failed", f"The image cannot be read: {why}.")
    return refused(f"generation_input_{kind}_invalid", f"The {kind} cannot be read: {why}.")


def _check_video(sandbox: Sandbox, facts: MediaFacts) -> None:
    if facts.kind != "video":
        raise _unusable("video", "it has no moving picture")
    if facts.container not in VIDEO_CONTAINERS:
        raise _unusable("video", f"{facts.container} is not supported")
    if facts.duration_s is None or facts.frame_rate is None:
        raise refused("generation_media_metadata_missing")
    if not facts.has_sound and sandbox.settings.silent_video == "refused":
        raise refused("generation_media_metadata_missing", "The video has no sound stream.")
    _check_size(facts)


def _check_image(_: Sandbox, facts: MediaFacts) -> None:
    if facts.kind != "image" or facts.codec not in IMAGE_CODECS:
        raise _unusable("image", "JPEG, PNG and WebP are supported")
    _check_size(facts)


def _check_audio(_: Sandbox, facts: MediaFacts) -> None:
    if facts.kind != "audio" or not facts.has_sound:
        raise _unusable("audio", "it is not a sound file")
    if facts.container not in AUDIO_CONTAINERS:
        raise _unusable("audio", f"{facts.container} is not supported")
    if not facts.duration_s:
        raise refused("generation_media_metadata_missing")


def _check_size(facts: MediaFacts) -> None:
    """Portrait 4K passes, as Comfy's own node has it: sync-api.md 4.3."""
    sides = (facts.width, facts.height)
    if max(sides) > _MAX_SIDE or facts.width * facts.height > _MAX_AREA or min(sides) < _MIN_SIDE:
        raise refused("generation_input_resolution_unsupported", f"{facts.width}x{facts.height} is not supported.")


_CHECKS = {"video": _check_video, "image": _check_image, "audio": _check_audio}
