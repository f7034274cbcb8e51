"""Voices that need no account to be known: ElevenLabs' own, which every account may use, and the sandbox's. Source: sync-api.md 2.1.1, 2.9.

A voice is shown as "Sarah (EXAVITQu4vr4xnSDxMaL)": the id stands in the text, so that a saved graph works wherever it is opened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ID = re.compile(r"[A-Za-z0-9_-]{8,128}")


@dataclass(frozen=True)
class Voice:
    name: str
    id: str

    @property
    def shown(self) -> str:
        return f"{self.name} ({self.id})"


VOICES: tuple[Voice, ...] = (
    Voice("Sarah", "EXAVITQu4vr4xnSDxMaL"),
    Voice("George", "JBFqnCBsd6RMkjVDRZzb"),
    Voice("Alice", "Xb7hH8MSUJpSbSDYk0k2"),
    Voice("Bill", "pqHfZKP75CvOlQylNhV4"),
    Voice("Brian", "nPczCjzI2devNBz1zQrb"),
    Voice("Callum", "N2lVS1w4EtoT3dr4eOWO"),
    Voice("Charlie", "IKne3meq5aSn9XLyUdCD"),
    Voice("Chris", "iP95p4xoKVk53GoZ742B"),
    Voice("Daniel", "onwK4e9ZLuTAKqWW03F9"),
    Voice("Eric", "cjVigY5qzO86Huf0OWal"),
    Voice("Jessica", "cgSgspJ2msm6clMCkdW9"),
    Voice("Laura", "FGY2WhTYpPnrIDTdsKH5"),
    Voice("Liam", "TX3LPaxmHKxFdv7VOQHJ"),
    Voice("Lily", "pFZP5JQG7iQjIQuC4Bku"),
    Voice("Matilda", "XrExE9yKIg1WjnnlVkGX"),
    Voice("Roger", "CwhRBWXzGAHq8TQ4Fs17"),
    Voice("Will", "bIHbv24MWmeRgasZH58o"),
    Voice("Sandbox Alto (tones)", "sandbox-tone-alto"),
    Voice("Sandbox Tenor (tones)", "sandbox-tone-tenor"),
    Voice("Sandbox Bass (tones)", "sandbox-tone-bass"),
)


def voice_id(shown: str) -> str | None:
    """The id in "Name (id)" or in a bare id; None if there is none. Whether the service has that voice, only it knows."""
    text = shown.strip()
    if text.endswith(")"):
        text = text.rpartition("(")[2][:-1]
    return text if _ID.fullmatch(text) else None
