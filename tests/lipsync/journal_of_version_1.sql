-- As the first version of the journal was made, with a job that is under way.

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
CREATE INDEX jobs_short_id ON jobs (short_id);
CREATE INDEX jobs_service_job_id ON jobs (service_job_id);
CREATE INDEX jobs_stage ON jobs (stage);
CREATE INDEX jobs_kin ON jobs (kin) WHERE kin IS NOT NULL;
CREATE INDEX jobs_spent ON jobs (key_mark, created_at);
CREATE INDEX jobs_waiting ON jobs (service, origin, handed_over_at, created_at);

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
INSERT INTO "jobs" VALUES('abababababababababababababababababababababababababababababababab',1,'abababababab',NULL,'sync','https://service.example','0123456789abcdef','lipsync-2',0,'7','scene-abababababab-1','PROCESSING',0,NULL,'00000000-0000-4000-8000-000000000001',0.05,0.05,NULL,'output',NULL,NULL,NULL,NULL,NULL,NULL,'["a note"]',1795000000.0,1795000001.0,NULL,NULL,NULL);
INSERT INTO "lists_read" VALUES('https://service.example','0123456789abcdef',1795000000.0);
INSERT INTO "uploads" VALUES('https://service.example','0123456789abcdef','cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd','video/mp4','an asset',NULL,1795000000.0);

PRAGMA user_version = 1;
