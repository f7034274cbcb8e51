"""The script and its texts belong together, each text is there once, and the script keeps to what a pack may do in a browser."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.repository import ROOT, files

SCRIPT = (ROOT / "web" / "sync_lipsync.js").read_text(encoding="utf-8")
MAIN, SETTINGS = (json.loads((ROOT / "locales" / "en" / name).read_text(encoding="utf-8")) for name in ("main.json", "settings.json"))
SHOWN = re.findall(r'setting\("(\w+)", "(\w+)"', SCRIPT)


def test_there_is_one_script_and_it_finds_comfyui() -> None:
    assert [path.name for path in files(".js", ".mjs")] == ["sync_lipsync.js"], "ComfyUI loads every script below web/, in no order"
    assert set(re.findall(r'from "(.+?)"', SCRIPT)) == {"../../scripts/app.js", "../../scripts/api.js"}


def test_every_setting_has_its_texts_and_every_text_its_setting() -> None:
    assert SHOWN
    assert set(SETTINGS) == {f"SyncLipsync_{group}_{name}" for group, name in SHOWN}
    assert all(set(texts) == {"name", "tooltip"} and all(texts.values()) for texts in SETTINGS.values())
    assert set(MAIN["settingsCategories"]) == {"SyncLipsync", *(f"SyncLipsync{group}" for group, _ in SHOWN)}


def test_every_text_that_the_script_says_is_there_and_none_more() -> None:
    said = set(re.findall(r'say\("(\w+)"', SCRIPT)) | set(re.findall(r"^ +(\w+): async \(", SCRIPT, re.MULTILINE))
    stems = re.findall(r"say\(`(\w+_)\$\{", SCRIPT)
    sources = {"key_": ("none", "file", "environment")}
    said |= {f"{stem}{source}" for stem in stems for source in sources.get(stem, ("default", "file", "environment"))}
    assert set(MAIN["sync_lipsync"]) == said


def test_nodes_are_described_by_their_schemas_alone() -> None:
    assert sorted(path.name for path in (ROOT / "locales" / "en").iterdir()) == ["main.json", "settings.json"]


FORBIDDEN = (
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write",
    r"\beval\b|new Function",
    r"\bprototype\b",
    r"localStorage|sessionStorage|cookie",
    r"https?://\w",
    r"\bconsole\.",
    r"\bsetter\b",
)


@pytest.mark.parametrize("word", FORBIDDEN)
def test_what_the_script_does_not_do(word: str) -> None:
    assert not re.search(word, SCRIPT)
