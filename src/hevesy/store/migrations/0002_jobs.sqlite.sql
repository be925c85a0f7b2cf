CREATE TABLE job (
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  request TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  state TEXT NOT NULL,
  stage TEXT NOT NULL,
  done INTEGER NOT NULL,
  total INTEGER NOT NULL,
  host TEXT,
  pid INTEGER,
  started_at TEXT,
  heartbeat_at TEXT,
  ended_at TEXT,
  outcome TEXT NOT NULL,
  cancel_asked INTEGER NOT NULL,
  CONSTRAINT pk_job PRIMARY KEY (id),
  CONSTRAINT ck_job_state CHECK (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  CONSTRAINT ck_job_progress CHECK (total >= 0 and done >= 0 and done <= total)
)
 STRICT
