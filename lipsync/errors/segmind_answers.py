"""What Segmind's answers mean: cause, cure, and what became of the money. Source: segmind-api.md 4.2.

It has no symbolic codes, and one status (406) stands for four things that only its text tells apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from .tree import Billed

MEDIA_LOST = "media_lost"
"""Our word, as Segmind has none: an upload that cannot be fetched any more."""


@dataclass(frozen=True)
class Meaning:
    """What an answer means to the person who reads it; `code` is for what the pack itself does about it."""

    cause: str
    cure: str
    billed: Billed = Billed.NO
    code: str | None = None


_BILLING = "cloud.segmind.com/billing"
_406: tuple[tuple[str, Meaning], ...] = (  # the first whose word stands in the text
    ("content type", Meaning("Segmind did not take the form of the request", "Please report this to the pack's authors.")),
    ("content-type", Meaning("Segmind did not take the form of the request", "Please report this to the pack's authors.")),
    ("spend", Meaning("Your team's spending limit at Segmind is reached", "Ask the owner of the team to raise it.")),
    ("limit", Meaning("Your team's spending limit at Segmind is reached", "Ask the owner of the team to raise it.")),
    ("credit", Meaning("Your credits at Segmind do not suffice", f"Top up at {_BILLING}, then queue again.")),
)
_VALUE = Meaning("Segmind refused a value of the request", "Change the option that it names.")

_BY_STATUS: dict[int, Meaning] = {
    400: Meaning("Segmind refused the request", "Change the input that it names."),
    401: Meaning("Segmind does not accept the key", "Check SEGMIND_API_KEY."),
    403: Meaning("Your account or team may not use this model", "Ask the owner of the team, or choose another model."),
    404: Meaning("Segmind does not know this", "Check the model and the job id."),
    405: Meaning("Segmind did not take the form of the request", "Please report this to the pack's authors."),
    410: Meaning("Segmind has retired this model", "Choose another model or service."),
    413: Meaning("The upload is too large for Segmind", "Trim it or export it smaller, or choose service Sync."),
    422: Meaning("Segmind cannot use these inputs", "Change the input that it names."),
    429: Meaning("Too many requests in a short time", "Wait a minute; the pack does so by itself."),
    504: Meaning("Segmind did not finish in time", "Look at your history there before you buy again.", Billed.UNKNOWN),
}
_TROUBLE = Meaning("Segmind has trouble", "Queue again in some minutes.")

_FAILED = Meaning("The model failed", "Queue again once, then try another clip.")
_UNFETCHED = Meaning(
    "Segmind could not fetch the media", "Queue again: it is uploaded anew. If it was a link, load the file itself.", code=MEDIA_LOST
)
_FAILURES: tuple[tuple[str, Meaning], ...] = (
    ("face", Meaning("The model found no usable face", "Choose a clip in which the face is large and can be seen well.")),
    ("duration", Meaning("The clip has the wrong length for this model", "Trim it.")),
    ("too long", Meaning("The clip has the wrong length for this model", "Trim it.")),
    ("nsfw", Meaning("Segmind's content check refused the clip", "Choose other footage.")),
    ("policy", Meaning("Segmind's content check refused the clip", "Choose other footage.")),
    ("download", _UNFETCHED),
    ("fetch", _UNFETCHED),
)


def meaning_of(status: int, said: str) -> Meaning:
    """What an answer with this status and text means."""
    if status == 406:
        lowered = said.lower()
        return next((meaning for word, meaning in _406 if word in lowered), _VALUE)
    if status in (400, 422) and meaning_of_failure(said) is _UNFETCHED:
        return _UNFETCHED
    return _BY_STATUS.get(status, _TROUBLE)


def meaning_of_failure(said: str) -> Meaning:
    """What the text of a failed job means; failed jobs are not billed."""
    lowered = said.lower()
    return next((meaning for word, meaning in _FAILURES if word in lowered), _FAILED)
