"""What need not be touched is not touched on its way either: the service has the very bytes that lie on the disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lipsync.media.digests import sha256_of
from lipsync.media.sources import VideoFile
from tests.lipsync.studio import Studio
from tests.lipsync.test_runner import both
from tests.media.clips import clicks, make_clip


def received(studio: Studio) -> set[str]:
    """The SHA-256 of everything that lies in the sandbox's store."""
    return {hashlib.sha256(file.read_bytes()).hexdigest() for file in (studio.sandbox.state_dir / "objects").iterdir()}


@both
async def test_the_service_has_the_bytes_of_the_file(studio: Studio, tmp_path: Path) -> None:
    for name in ("clip.mp4", "clip.mov"):
        clip = make_clip(tmp_path / name, sound=clicks(1.0), width={"sync": 160, "segmind": 176}[studio.service])  # they share a store
        assert sha256_of(clip) not in received(studio)
        await studio.lip_sync(studio.wish(video=VideoFile(path=clip)))
        assert sha256_of(clip) in received(studio)


@both
async def test_of_a_file_that_must_be_touched_it_has_not_one_tag(studio: Studio, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", sound=clicks(1.0), tags={"location": "+48.1371+011.5754/"})
    await studio.lip_sync(studio.wish(video=VideoFile(path=clip)))
    assert sha256_of(clip) not in received(studio)
    stored = [file.read_bytes() for file in (studio.sandbox.state_dir / "objects").iterdir()]
    assert not any(b"48.1371" in content for content in stored)
