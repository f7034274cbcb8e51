"""Field validation: whether a body has the right shape, field by field. Sources: sync-api.md 2.1 to 2.1.3."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from yarl import URL

from ..store import Json

Rule = tuple[Callable[[Any], bool], str]


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def is_url(value: object) -> bool:
    try:
        return isinstance(value, str) and URL(value).scheme in ("http", "https") and bool(URL(value).host)
    except ValueError:
        return False


def one_of(*choices: str) -> Rule:
    return (lambda value: value in choices, f"must be one of the following values: {', '.join(choices)}")


def between(low: float, high: float) -> Rule:
    return (lambda value: is_number(value) and low <= value <= high, f"must be a number from {low:g} to {high:g}")


def text(least: int, most: int) -> Rule:
    return (
        lambda value: isinstance(value, str) and least <= len(value) <= most,
        f"must be a string of {least} to {most} characters",
    )


def _is_box(value: object) -> bool:
    return value is None or (isinstance(value, list) and len(value) == 4 and all(is_number(edge) for edge in value))


STRING: Rule = (lambda value: isinstance(value, str), "must be a string")
FILLED: Rule = (lambda value: isinstance(value, str) and bool(value), "must be a string and not empty")
BOOLEAN: Rule = (lambda value: isinstance(value, bool), "must be a boolean value")
OBJECT: Rule = (lambda value: isinstance(value, dict), "must be an object")
URL_TEXT: Rule = (is_url, "must be a URL address")
UUID_TEXT: Rule = (is_uuid, "must be a UUID")
SECONDS: Rule = (lambda value: is_number(value) and value >= 0, "must not be less than 0")
POSITIVE: Rule = (lambda value: is_number(value) and value > 0, "must be a positive number")
COUNT: Rule = (is_count, "must be an integer not less than 0")
OBJECTS: Rule = (
    lambda value: isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value),
    "must be an array of objects and not empty",
)
POINT: Rule = (
    lambda value: isinstance(value, list) and len(value) == 2 and all(is_count(part) for part in value),
    "must be an array of two integers",
)
BOXES: Rule = (
    lambda value: isinstance(value, list) and bool(value) and all(_is_box(box) for box in value),
    "must be an array of [x1, y1, x2, y2] or null",
)
FILE_NAME: Rule = (
    lambda value: isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,255}", value) is not None,
    "must be 1 to 255 letters, digits, underscores and hyphens",
)

_OPTIONS: dict[str, Rule] = {
    "sync_mode": one_of("bounce", "loop", "cut_off", "silence", "remap"),
    "temperature": between(0, 1),
    "active_speaker_detection": OBJECT,
    "occlusion_detection_enabled": BOOLEAN,
    "reasoning_enabled": BOOLEAN,
    "model_mode": one_of("lips", "face", "head"),
    "prompt": one_of("happy", "sad", "angry", "disgusted", "surprised", "neutral"),
    "i2v_prompt": STRING,
}
_SPEAKER: dict[str, Rule] = {
    "auto_detect": BOOLEAN,
    "frame_number": COUNT,
    "coordinates": POINT,
    "bounding_boxes": BOXES,
    "bounding_boxes_url": URL_TEXT,
    "v3": BOOLEAN,
}
_PROVIDER: dict[str, Rule] = {
    "name": one_of("elevenlabs"),
    "voiceId": FILLED,
    "script": text(1, 5000),
    "stability": between(0, 1),
    "similarityBoost": between(0, 1),
}
_BODY: dict[str, Rule] = {
    "model": FILLED,
    "input": OBJECTS,
    "options": OBJECT,
    "segments": OBJECTS,
    "webhookUrl": URL_TEXT,
    "projectId": UUID_TEXT,
    "dubParams": OBJECT,
    "dialogueEdit": OBJECT,
}
_KNOWN = {*_BODY, "outputFileName"}


@dataclass(frozen=True)
class Fields:
    """A JSON object under inspection; what is wrong gathers in `problems`. Absent and null are alike."""

    value: Json
    problems: list[str]
    at: str = ""

    def check(self, rules: dict[str, Rule], *, required: tuple[str, ...] = ()) -> None:
        for name in required:
            if self.value.get(name) is None:
                self.say(name, "should not be empty")
        for name, (fits, wording) in rules.items():
            value = self.value.get(name)
            if value is not None and not fits(value):
                self.say(name, wording)

    def say(self, name: str, wording: str) -> None:
        self.problems.append(f"{self.at}{name} {wording}")

    def inside(self, name: str) -> Iterator[Fields]:
        """The object or objects under `name`, as far as they are such."""
        value = self.value.get(name)
        if isinstance(value, dict):
            yield Fields(value, self.problems, f"{self.at}{name}.")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield Fields(item, self.problems, f"{self.at}{name}.{index}.")


def problems_of_create(body: Json, *, unknown_fields: str, output_file_name: str) -> list[str]:
    """Everything that is wrong with the shape of a create body, in the service's wording."""
    fields = Fields(body, [])
    name_rule = FILE_NAME if output_file_name == "checked" else STRING
    fields.check({**_BODY, "outputFileName": name_rule}, required=("model", "input"))
    for item in fields.inside("input"):
        _check_input(item)
    for options in fields.inside("options"):
        _check_options(options)
    for segment in fields.inside("segments"):
        _check_segment(segment)
    if unknown_fields == "refused":
        for name in sorted(set(body) - _KNOWN):
            fields.problems.append(f"property {name} should not exist")
    return fields.problems


def _check_input(item: Fields) -> None:
    item.check({"type": one_of("video", "image", "audio", "text"), "refId": FILLED}, required=("type",))
    if item.value.get("type") == "text":
        item.check({"provider": OBJECT}, required=("provider",))
        for provider in item.inside("provider"):
            provider.check(_PROVIDER, required=("name", "voiceId", "script"))
    elif item.value.get("type") in ("video", "image", "audio"):
        item.check({"url": URL_TEXT, "assetId": STRING})
        if item.value.get("url") is None and item.value.get("assetId") is None:
            item.say("url", "or assetId must be provided")


def _check_options(options: Fields) -> None:
    options.check(_OPTIONS)
    for speaker in options.inside("active_speaker_detection"):
        speaker.check(_SPEAKER)


def _check_segment(segment: Fields) -> None:
    segment.check(
        {"startTime": SECONDS, "endTime": SECONDS, "audioInput": OBJECT, "optionsOverride": OBJECT},
        required=("startTime", "endTime", "audioInput"),
    )
    for audio in segment.inside("audioInput"):
        audio.check({"refId": STRING, "startTime": SECONDS, "endTime": SECONDS}, required=("refId",))
    for options in segment.inside("optionsOverride"):
        _check_options(options)
