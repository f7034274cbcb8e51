"""SyncTTS in the stand-in host: words onto the wire, and what is refused before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.comfyui_host import Run
from tests.nodes.conftest import Canvas
from tests.support.sandbox_process import SandboxProcess

ALTO = "Sandbox Alto (tones) (sandbox-tone-alto)"


def spoken(canvas: Canvas, *, order: dict[str, Any] | None = None, **inputs: Any) -> Run:
    words = {"class_type": "SyncTTS", "inputs": {"script": "Good morning.", "voice": ALTO, **inputs}}
    return canvas.lip_sync(audio=["words", 0], nodes={"words": words}, **(order or {}))


def test_the_words_and_the_voice_reach_the_wire(canvas: Canvas, sandbox: SandboxProcess) -> None:
    run = spoken(canvas, script=" Good morning. \n", stability=0.3, similarity_boost=0.9)
    assert run.errors == {}
    assert canvas.files("output")
    text = next(item for item in sandbox.ledger()[-1]["body"]["input"] if item["type"] == "text")
    assert text["provider"] == {
        "name": "elevenlabs",
        "voiceId": "sandbox-tone-alto",
        "script": "Good morning.",
        "stability": 0.3,
        "similarityBoost": 0.9,
    }


@pytest.mark.parametrize("voice", ["sandbox-tone-bass", "Renamed since (sandbox-tone-bass)"])
def test_a_voice_that_is_in_no_list(canvas: Canvas, sandbox: SandboxProcess, voice: str) -> None:
    assert spoken(canvas, voice=voice).errors == {}
    assert sandbox.ledger()[-1]["body"]["input"][-1]["provider"]["voiceId"] == "sandbox-tone-bass"


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        (
            {"script": "  \n"},
            "Speech from Text (Sync): 'script' is '0 characters'. Allowed: 1 to 5000 characters; longer texts go into several segments.",
        ),
        (
            {"script": "a" * 5001},
            "Speech from Text (Sync): 'script' is '5001 characters'. Allowed: 1 to 5000 characters; longer texts go into several segments.",
        ),
        (
            {"voice": "Sarah"},
            "Speech from Text (Sync): 'Sarah' is no voice. Allowed: a voice of the list, or the id of a voice of your account, bare or as "
            "'Name (id)'.",
        ),
        ({"stability": 1.5}, "Value 1.5 of stability is not between 0.0 and 1.0"),
        (
            {"order": {"service": "Segmind", "model": "lipsync-2-pro"}},
            "'audio' is 'a text'. Allowed: not at Segmind; choose service Sync, with ",
        ),
    ],
)
def test_what_is_refused(canvas: Canvas, sandbox: SandboxProcess, inputs: dict[str, Any], sentence: str) -> None:
    assert sentence in " ".join(spoken(canvas, **inputs).errors.values())
    assert sandbox.requests("create") == []


def test_a_voice_that_the_account_has_not(canvas: Canvas, sandbox: SandboxProcess) -> None:
    bought = len(sandbox.ledger())
    message = spoken(canvas, voice="Nobody (nobody-at-all)").errors["order"]
    assert "There is no such voice" in message
    assert "Nothing was billed." in message
    assert len(sandbox.ledger()) == bought


def test_five_thousand_characters_are_taken(canvas: Canvas) -> None:
    run = canvas.host.run(
        {
            "words": {"class_type": "SyncTTS", "inputs": {"script": "a" * 5000}},
            "show": {"class_type": "PreviewAny", "inputs": {"source": ["words", 0]}},
        }
    )
    assert run.errors == {}
    assert (run.outputs["words"][0].source.voice_id, run.outputs["words"][0].name) == ("EXAVITQu4vr4xnSDxMaL", "")
