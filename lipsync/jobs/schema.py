"""The journal's tables. `VERSION` rises with every change, and `MIGRATIONS` brings an older file up to it."""

from __future__ import annotations

VERSION = 2

# Without statistics SQLite takes an index on many columns for a sharp one: no index here may begin with what all rows have alike.
_INDEXES = """
CREATE INDEX jobs_short_id ON jobs (short_id, attempt);
CREATE INDEX jobs_stage ON jobs (stage, key_mark);
CREATE INDEX jobs_created ON jobs (created_at);
CREATE INDEX jobs_waiting ON jobs (created_at) WHERE handed_over_at IS NULL;
"""

_LINE = """
CREATE TABLE line (
    ticket INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL UNIQUE,
    origin TEXT NOT NULL,
    key_mark TEXT NOT NULL
);
CREATE INDEX line_place ON line (origin, key_mark, ticket);

CREATE TABLE slots (
    origin TEXT NOT NULL,
    key_mark TEXT NOT NULL,
    busy INTEGER NOT NULL,
    active INTEGER,
    slots INTEGER,
    ask_at REAL NOT NULL,
    PRIMARY KEY (origin, key_mark)
);
"""

TABLES = (
    """
CREATE TABLE jobs (
    fingerprint TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    short_id TEXT NOT NULL,
    kin TEXT,
    service TEXT NOT NULL,
    origin TEXT NOT NULL,
    key_mark TEXT NOT NULL,
    model TEXT NOT NULL,
    take INTEGER NOT NULL,
    node_id TEXT NOT NULL,
    name TEXT NOT NULL,
    stage TEXT NOT NULL,
    queued INTEGER NOT NULL DEFAULT 0,
    body BLOB,
    service_job_id TEXT,
    price_usd REAL,
    reserved_usd REAL NOT NULL DEFAULT 0,
    cost_usd REAL,
    output_root TEXT NOT NULL,
    path TEXT,
    size_bytes INTEGER,
    mtime_ns INTEGER,
    sha256 TEXT,
    error TEXT,
    error_code TEXT,
    notes TEXT NOT NULL DEFAULT '[]',
    created_at REAL NOT NULL,
    submitted_at REAL,
    ended_at REAL,
    handed_over_at REAL,
    warned_at REAL,
    PRIMARY KEY (fingerprint, attempt)
);
CREATE INDEX jobs_service_job_id ON jobs (service_job_id);
CREATE INDEX jobs_kin ON jobs (kin) WHERE kin IS NOT NULL;
CREATE INDEX jobs_spent ON jobs (key_mark, created_at);

CREATE TABLE uploads (
    origin TEXT NOT NULL,
    key_mark TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    content_type TEXT NOT NULL,
    asset_id TEXT,
    url TEXT,
    created_at REAL NOT NULL,
    PRIMARY KEY (origin, key_mark, sha256, content_type)
);

CREATE TABLE digests (
    file TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL
);

CREATE TABLE lists_read (
    origin TEXT NOT NULL,
    key_mark TEXT NOT NULL,
    read_at REAL NOT NULL,
    PRIMARY KEY (origin, key_mark)
);

CREATE TABLE found_jobs (
    origin TEXT NOT NULL,
    key_mark TEXT NOT NULL,
    short_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    service_job_id TEXT NOT NULL,
    stage TEXT NOT NULL,
    made_at REAL,
    PRIMARY KEY (origin, key_mark, short_id, attempt)
);
"""
    + _INDEXES
    + _LINE
)

MIGRATIONS: dict[int, str] = {1: "DROP INDEX jobs_short_id; DROP INDEX jobs_stage; DROP INDEX jobs_waiting;" + _INDEXES + _LINE}
"""SQL that lifts a journal from the version that is the key to the next."""
