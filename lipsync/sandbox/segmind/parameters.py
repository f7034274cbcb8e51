"""What the two slugs take, and how a bad value is refused. Sources: segmind-api.md 2.1, 2.2, 4.2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yarl import URL

from ..settings import Settings
from ..store import Json
from .errors import SegmindError

LIPSYNC_2_PRO, REACT_1 = "sync.so-lipsync-2-pro", "sync.so-react-1"


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One of `choices`, or a JSON type `kind`; numbers from 0 to 1 are all there are."""

    kind: str  # "uri", "choice", "number" or "boolean"
    default: Any = None
    choices: tuple[str, ...] = ()
    required: bool = False


_MEDIA = {"video_url": Parameter(kind="uri", required=True), "audio_url": Parameter(kind="uri", required=True)}
_SHARED = {
    **_MEDIA,
    "sync_mode": Parameter(kind="choice", default="bounce", choices=("loop", "bounce", "cut_off", "silence", "remap")),
    "temperature": Parameter(kind="number", default=0.5),
    "auto_active_speaker_detection": Parameter(kind="boolean", default=False),
    "occlusion_detection_enabled": Parameter(kind="boolean", default=False),
}
PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    LIPSYNC_2_PRO: _SHARED,
    REACT_1: {
        **_SHARED,
        "model_mode": Parameter(kind="choice", default="face", choices=("lips", "face", "head")),
        "prompt": Parameter(kind="choice", choices=("happy", "sad", "angry", "disgusted", "surprised", "neutral")),
    },
}


def check_slug(settings: Settings, slug: str) -> None:
    """Raise the refusal of a model that is not there, or not for this account."""
    if slug in settings.segmind_retired:
        raise SegmindError(410, f"The model {slug} has been retired")
    if slug not in PARAMETERS:
        raise SegmindError(404, "Model information not found")
    if slug in settings.segmind_forbidden:
        raise SegmindError(403, f"Your account is not allowed to use the model {slug}")


def checked(settings: Settings, slug: str, body: Json) -> str | None:
    """The complaint with which the job is to fail, None if there is none. Raises SegmindError for what is refused at once."""
    known = PARAMETERS[slug]
    if missing := [name for name, parameter in known.items() if parameter.required and body.get(name) in (None, "")]:
        raise SegmindError(400, f"Missing required field: {missing[0]}")
    given = {name: value for name, value in body.items() if name in known}
    if settings.segmind_unknown_parameters == "refused" and len(given) < len(body):
        raise SegmindError(400, f"Unknown parameter: {next(name for name in body if name not in known)}")
    complaints = [_complaint(settings, name, value, known[name]) for name, value in given.items() if _is_checked(settings, slug, name)]
    return _weighed(settings, next((complaint for complaint in complaints if complaint), None))


def _is_checked(settings: Settings, slug: str, name: str) -> bool:
    return slug != REACT_1 or name in _MEDIA or settings.segmind_react_parameters == "checked"


def _complaint(settings: Settings, name: str, value: Any, parameter: Parameter) -> str | None:
    """What is wrong with a value. Raises SegmindError for what the gateway itself looks at: media, nulls and fixed enums."""
    if value is None:
        if settings.segmind_null_parameters == "refused":
            raise SegmindError(400, f"{name} must not be null")
        return None
    if parameter.kind == "uri" and not _is_uri(value, data=settings.segmind_data_url_media == "fetched"):
        raise SegmindError(400, f"{name} must be a valid URI")
    if parameter.kind == "choice" and value not in parameter.choices:
        raise SegmindError(406, f"Invalid value for {name}: {value!r}. Allowed values: {', '.join(parameter.choices)}")
    if parameter.kind == "boolean" and not isinstance(value, bool):
        return f"{name} must be a boolean"
    if parameter.kind == "number" and not _is_share(value):
        return f"{name} must be a number from 0 to 1"
    return None


def _weighed(settings: Settings, complaint: str | None) -> str | None:
    if complaint is None or settings.segmind_bad_value == "as_failed":
        return complaint
    raise SegmindError(400 if settings.segmind_bad_value == "bad_request" else 500, complaint)


def _is_uri(value: object, *, data: bool) -> bool:
    if not isinstance(value, str):
        return False
    if data and value.startswith("data:"):
        return True
    try:
        return URL(value).scheme in ("http", "https") and bool(URL(value).host)
    except ValueError:
        return False


def _is_share(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1
