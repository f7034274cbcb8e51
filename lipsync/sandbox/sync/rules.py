"""What a well-formed create must still obey before any media is looked at. Sources: sync-api.md 2.1, 3.2."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from ...catalogue import model_named
from ..core import Sandbox
from ..store import Json
from .errors import refused

VISUAL, VOICES = ("video", "image"), ("audio", "text")
_METHODS = ("auto_detect", "coordinates", "bounding_boxes", "bounding_boxes_url")


def check_rules(sandbox: Sandbox, org: str, body: Json) -> None:
    """Raise the refusal that the service would give."""
    visual = [item for item in body["input"] if item["type"] in VISUAL]
    voices = [item for item in body["input"] if item["type"] in VOICES]
    if model_named("sync", body["model"]) is None:
        raise refused("generation_unsupported_model", f"Unknown model {body['model']}.")
    _check_dubbing(body, voices)
    _check_counts(visual, voices, body.get("segments"))
    if visual[0]["type"] == "image":
        _check_image(body)
    options = body.get("options") or {}
    check_speaker(options.get("active_speaker_detection"), image=visual[0]["type"] == "image")
    if body.get("segments"):
        _check_segments(sandbox, body["segments"], voices)
    project = body.get("projectId")
    if project is not None and not _is_project(sandbox, org, project):
        raise refused("project_not_found")


def _check_dubbing(body: Json, voices: list[Json]) -> None:
    if body.get("dubParams") and voices:
        raise refused("generation_input_dub_audio_conflict")
    if body.get("dubParams") or body.get("dialogueEdit"):
        raise refused("plan_feature_unavailable", "The sandbox has no dubbing and no dialogue edit.")


def _check_counts(visual: list[Json], voices: list[Json], segments: Any) -> None:
    if not visual:
        raise refused("generation_video_missing")
    if len(visual) > 1:
        raise refused("generation_input_too_many_visual")
    if not voices:
        raise refused("generation_audio_missing")
    if len(voices) > 1 and not segments:
        raise refused("generation_input_validation_failed", "Several audio or text inputs need segments.")
    names = [item["refId"] for item in (*visual, *voices) if item.get("refId")]
    if len(set(names)) != len(names):
        raise refused("generation_input_validation_failed", "refId must be unique.")


def _check_image(body: Json) -> None:
    if body["model"] != "sync-3":
        raise refused("generation_unsupported_model", f"{body['model']} cannot take an image.")
    if body.get("segments"):
        raise refused("generation_input_segments_invalid", "Segments need a video.")


def check_speaker(speaker: Json | None, *, image: bool) -> None:
    """Exactly one method, wholly given; by hand for an image."""
    if not speaker:
        return
    methods = [method for method in _METHODS if speaker.get(method)]
    if len(methods) > 1:
        raise refused("generation_input_face_selection_invalid", f"Choose one of {', '.join(methods)}.")
    if (speaker.get("coordinates") is None) != (speaker.get("frame_number") is None):
        raise refused("generation_input_face_selection_invalid", "frame_number and coordinates belong together.")
    if image and speaker.get("auto_detect"):
        raise refused("generation_input_face_selection_invalid", "auto_detect cannot be used with an image.")
    if image and speaker.get("frame_number"):
        raise refused("generation_input_face_selection_invalid", "frame_number must be 0 for an image.")


def _check_segments(sandbox: Sandbox, segments: list[Json], voices: list[Json]) -> None:
    known = [voice.get("refId") for voice in voices]
    if None in known:
        raise refused("generation_input_segments_invalid", "Every audio and text input needs a refId.")
    for segment in segments:
        audio = segment["audioInput"]
        if audio["refId"] not in known:
            raise refused("generation_input_segments_invalid", f"No input has the refId '{audio['refId']}'.")
        if segment["startTime"] > segment["endTime"]:
            raise refused("generation_input_segments_invalid", "startTime must not be after endTime.")
        if (audio.get("startTime") is None) != (audio.get("endTime") is None):
            raise refused("generation_input_segments_invalid", "An audio crop needs startTime and endTime.")
        if audio.get("startTime") is not None and audio["startTime"] > audio["endTime"]:
            raise refused("generation_input_trim_invalid")
        check_speaker((segment.get("optionsOverride") or {}).get("active_speaker_detection"), image=False)
    spans = sorted((segment["startTime"], segment["endTime"]) for segment in segments)
    if sandbox.settings.segment_overlap == "refused" and any(a[1] > b[0] for a, b in pairwise(spans)):
        raise refused("generation_input_segments_invalid", "The segments overlap.")


def _is_project(sandbox: Sandbox, org: str, id: str) -> bool:
    project = sandbox.store.document("project", id)
    return project is not None and project.org == org
