"""The pack's own wires; what they carry is in lipsync/wires.py and lipsync/media/sources.py."""

from __future__ import annotations

from ._comfy import io

SyncSpeech = io.Custom("SYNC_SPEECH")
SyncSpeaker = io.Custom("SYNC_SPEAKER")
SyncSegments = io.Custom("SYNC_SEGMENTS")
SyncJob = io.Custom("SYNC_JOB")

CATEGORY = "Lip Sync"
ALIASES = ["lipsync", "lip sync", "dub", "dubbing", "talking head", "sync.so", "segmind"]
