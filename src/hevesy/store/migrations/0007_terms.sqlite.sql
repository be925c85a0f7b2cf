CREATE TABLE term_list (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  ctcae TEXT NOT NULL,
  workbook_sha256 TEXT NOT NULL,
  content TEXT NOT NULL,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_term_list PRIMARY KEY (id, version),
  CONSTRAINT ck_term_list_version CHECK (version >= 1),
  CONSTRAINT ck_term_list_first CHECK (first_version = 1),
  CONSTRAINT ck_term_list_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_term_list_audit FOREIGN KEY(audit) REFERENCES audit (seq)
)
 STRICT
--;
CREATE TRIGGER term_list_no_update BEFORE UPDATE ON term_list BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of term_list are added, never changed or taken away');
END
--;
CREATE TRIGGER term_list_no_delete BEFORE DELETE ON term_list BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of term_list are added, never changed or taken away');
END
--;
CREATE TRIGGER term_list_insert BEFORE INSERT ON term_list BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a term_list is there already') WHERE EXISTS (
    SELECT 1 FROM term_list WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a term_list follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM term_list WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a term_list needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'term_list' AND record = NEW.id
    AND record_version = NEW.version);
END
