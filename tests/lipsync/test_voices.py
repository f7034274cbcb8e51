"""Voices as the widget shows them, and their ids."""

from __future__ import annotations

import pytest

from lipsync.sandbox.sync.voices import BUILT_IN
from lipsync.voices import VOICES, voice_id


def test_every_voice_is_found_again_in_its_own_text() -> None:
    assert [voice_id(voice.shown) for voice in VOICES] == [voice.id for voice in VOICES]
    assert len({voice.id for voice in VOICES}) == len(VOICES)


def test_the_sandbox_has_the_voices_that_are_said_to_be_its() -> None:
    ours = {(voice.name, voice.id) for voice in VOICES if voice.id.startswith("sandbox-")}
    assert ours == {(voice.name, voice.id) for voice in BUILT_IN}


@pytest.mark.parametrize(
    ("shown", "id"),
    [
        ("EXAVITQu4vr4xnSDxMaL", "EXAVITQu4vr4xnSDxMaL"),
        (" My clone (of me) (8f14e45f-ceea-4e7a-9a3d-0123456789ab) ", "8f14e45f-ceea-4e7a-9a3d-0123456789ab"),
        ("Sarah", None),
        ("Sarah (", None),
        ("Sarah EXAVITQu4vr4xnSDxMaL", None),
        ("", None),
    ],
)
def test_names_and_ids(shown: str, id: str | None) -> None:
    assert voice_id(shown) == id
