"""`python -m tests.comfyui.record_schemas`: write what the real ComfyUIs say about the pack's nodes to golden_schemas.json."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.support.comfy_checkout import ABSENT, PACK, ROOT, checkouts
from tests.support.comfy_server import ComfyServer
from tests.support.schemas import GOLDEN, normalised, of_pack


def main() -> None:
    said = {}
    for checkout in checkouts():
        with tempfile.TemporaryDirectory() as base, ComfyServer(checkout, Path(base), packs={PACK: ROOT}, env={}) as comfy:
            said[checkout.version] = normalised(of_pack(comfy.object_info(), PACK))
    if not said:
        sys.exit(ABSENT)
    newest, *others = said
    for version in others:
        if differing := [name for name in said[newest] if said[version].get(name) != said[newest][name]]:
            sys.exit(f"{version} and {newest} say different things about {', '.join(differing)}")
    GOLDEN.write_text(json.dumps(said[newest], indent=1, ensure_ascii=False) + "\n")
    sys.stdout.write(f"{len(said[newest])} nodes as {' and '.join(said)} say: {GOLDEN}\n")


if __name__ == "__main__":
    main()
