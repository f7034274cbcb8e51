"""The roots of the tree: what is common to every failure."""

from __future__ import annotations

from enum import Enum

from ..redact import redact


class Billed(Enum):
    """What a failure cost."""

    NO = "Nothing was billed."
    YES = "This job is paid for."
    UNKNOWN = "Whether it was billed is not known."


class LipsyncError(Exception):
    """A failure with a sentence for the user. The sentence may quote a service or a path, so it is redacted."""

    billed = Billed.NO

    def __init_subclass__(cls) -> None:
        # ComfyUI shows an exception's module, which for a custom node is the absolute path of its folder.
        cls.__module__ = "sync_lipsync"

    def __init__(self, sentence: str) -> None:
        super().__init__(redact(sentence))


class InputRefused(LipsyncError):
    """An input that cannot be used, said before anything is sent. Nothing was billed."""

    def __init__(self, *, node: str, input: str, value: object, allowed: str) -> None:
        self.input, self.allowed = input, allowed
        self.sentence = f"'{input}' is {_shown(value)}. Allowed: {allowed}."
        super().__init__(f"{node}: {self.sentence}")


def _shown(value: object) -> str:
    if value is None or value == "":
        return "empty"
    text = str(value)
    return repr(text if len(text) <= 80 else f"{text[:77]}...")
