"""The whole set."""

from __future__ import annotations

from tests.media.torture import (
    table_colours,
    table_cuts,
    table_kinds,
    table_pairs,
    table_shapes,
    table_sounds,
    table_streams,
    table_times,
)

_TABLES = (table_kinds, table_times, table_shapes, table_colours, table_sounds, table_streams, table_cuts, table_pairs)
CLIPS = tuple(clip for table in _TABLES for clip in table.CLIPS)
BY_ID = {clip.id: clip for clip in CLIPS}
