"""The pack loads without a word, and its nodes look in every version as they were recorded."""

from __future__ import annotations

import json
import re

from tests.support.comfy_checkout import PACK
from tests.support.comfy_server import ComfyServer
from tests.support.schemas import GOLDEN, normalised, of_pack


def test_no_warning_of_ours_at_load(comfy: ComfyServer) -> None:
    complaint = re.compile(r"warning|error|traceback|failed|deprecat", re.I)
    ours = re.compile(rf"{PACK}|lipsync|\bSync[A-Z]", re.I)
    start = comfy.log.partition("To see the GUI go to")[0]
    assert PACK in start
    assert [line for line in start.splitlines() if complaint.search(line) and ours.search(line)] == []


def test_the_schemas_are_the_recorded_ones(comfy: ComfyServer) -> None:
    assert normalised(of_pack(comfy.object_info(), PACK)) == json.loads(GOLDEN.read_text())
