"""Every option a model may take, with its type, range, default and where that is written down."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

Value = str | float | bool


class Kind(Enum):
    """How an option is written on the wire."""

    CHOICE = "choice"
    NUMBER = "number"
    FLAG = "flag"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option under the API's own name.

    `default` is what the services assume when the option is absent; None means "unset" and is never sent.
    """

    name: str
    kind: Kind
    default: Value | None
    tooltip: str
    source: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_chars: int | None = None

    def problem(self, value: object) -> str | None:
        """What is allowed, if `value` is not; None if it is."""
        if self.kind is Kind.CHOICE and value not in self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.kind is Kind.FLAG and not isinstance(value, bool):
            return "true or false"
        if self.kind is Kind.NUMBER:
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not self._in_range(float(value)):  # type: ignore[arg-type]  # `number` says it is one
                return f"a number from {self.minimum:g} to {self.maximum:g}"
        if self.kind is Kind.TEXT and not isinstance(value, str):
            return "text"
        if self.max_chars is not None and isinstance(value, str) and len(value) > self.max_chars:
            return f"at most {self.max_chars} characters, and this has {len(value)}"
        return None

    def _in_range(self, value: float) -> bool:
        low, high = self.minimum, self.maximum
        return (low is None or value >= low) and (high is None or value <= high)


SYNC_MODES: dict[str, str] = {
    "bounce": "the video plays forward, then backward, until the speech ends",
    "cut_off": "the longer of the two is cut",
    "loop": "the video starts again until the speech ends",
    "silence": "nothing is cut: the shorter of the two is padded",
    "remap": "the video is slowed or sped up to the length of the speech",
}

_OPTIONS = (
    Option(
        name="sync_mode",
        kind=Kind.CHOICE,
        default="bounce",
        choices=tuple(SYNC_MODES),
        tooltip="What to do when video and speech differ in length; it also sets the length, and so the price, of the "
        "film. " + "; ".join(f"{mode}: {meaning}" for mode, meaning in SYNC_MODES.items()) + ".",
        source="sync-api.md 3.3",
    ),
    Option(
        name="temperature",
        kind=Kind.NUMBER,
        default=0.5,
        minimum=0.0,
        maximum=1.0,
        tooltip="How far the mouth moves: lower is calmer, higher is more expressive.",
        source="sync-api.md 2.1.2",
    ),
    Option(
        name="occlusion_detection_enabled",
        kind=Kind.FLAG,
        default=False,
        tooltip="Look for hands, microphones and other things in front of the mouth. Slower.",
        source="sync-api.md 2.1.2",
    ),
    Option(
        name="reasoning_enabled",
        kind=Kind.FLAG,
        default=False,
        tooltip="Let the model reason about the scene first. Slower, and Sync charges extra for it.",
        source="sync-api.md 2.1.2, extra price 3.4",
    ),
    Option(
        name="model_mode",
        kind=Kind.CHOICE,
        default="face",
        choices=("lips", "face", "head"),
        tooltip="How much of the person react-1 may move: the lips, the whole face, or the head too.",
        source="sync-api.md 2.1.2",
    ),
    Option(
        name="prompt",
        kind=Kind.CHOICE,
        default=None,
        choices=("happy", "sad", "angry", "disgusted", "surprised", "neutral"),
        tooltip="The emotion that react-1 plays. Left open, it follows the video.",
        source="sync-api.md 2.1.2",
    ),
    Option(
        name="i2v_prompt",
        kind=Kind.TEXT,
        default=None,
        tooltip="Only for a talking photo (one image): how the person should move, for example 'smile and look at the camera'.",
        source="sync-api.md 2.1.2",
    ),
)

OPTIONS: dict[str, Option] = {option.name: option for option in _OPTIONS}
