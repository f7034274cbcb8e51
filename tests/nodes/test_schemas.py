"""The nodes' schemas are a public contract, recorded from a real ComfyUI (`python -m tests.comfyui.record_schemas`)."""

from __future__ import annotations

import json
from pathlib import Path

from tests.comfyui_host import Host
from tests.support.schemas import GOLDEN, normalised

PACK = Path(__file__).parents[2]


def test_the_stand_in_says_what_a_real_comfyui_said(tmp_path: Path) -> None:
    assert normalised(Host(PACK, tmp_path).object_info()) == json.loads(GOLDEN.read_text())
