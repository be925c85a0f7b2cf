CREATE TABLE threshold_rule (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  content TEXT NOT NULL,
  content_sha256 TEXT NOT NULL,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_threshold_rule PRIMARY KEY (id, version),
  CONSTRAINT ck_threshold_rule_version CHECK (version >= 1),
  CONSTRAINT ck_threshold_rule_first CHECK (first_version = 1),
  CONSTRAINT ck_threshold_rule_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_threshold_rule_audit FOREIGN KEY(audit) REFERENCES audit (seq)
)
 STRICT
--;
CREATE TRIGGER threshold_rule_no_update BEFORE UPDATE ON threshold_rule BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of threshold_rule are added, never changed or taken away');
END
--;
CREATE TRIGGER threshold_rule_no_delete BEFORE DELETE ON threshold_rule BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of threshold_rule are added, never changed or taken away');
END
--;
CREATE TRIGGER threshold_rule_insert BEFORE INSERT ON threshold_rule BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a threshold_rule is there already') WHERE EXISTS (
    SELECT 1 FROM threshold_rule WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a threshold_rule follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM threshold_rule WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a threshold_rule needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'threshold_rule' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE unblinding (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  reason TEXT NOT NULL,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_unblinding PRIMARY KEY (id, version),
  CONSTRAINT ck_unblinding_version CHECK (version >= 1),
  CONSTRAINT ck_unblinding_first CHECK (first_version = 1),
  CONSTRAINT ck_unblinding_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_unblinding_audit FOREIGN KEY(audit) REFERENCES audit (seq)
)
 STRICT
--;
CREATE TRIGGER unblinding_no_update BEFORE UPDATE ON unblinding BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of unblinding are added, never changed or taken away');
END
--;
CREATE TRIGGER unblinding_no_delete BEFORE DELETE ON unblinding BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of unblinding are added, never changed or taken away');
END
--;
CREATE TRIGGER unblinding_insert BEFORE INSERT ON unblinding BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a unblinding is there already') WHERE EXISTS (
    SELECT 1 FROM unblinding WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a unblinding follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM unblinding WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a unblinding needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'unblinding' AND record = NEW.id
    AND record_version = NEW.version);
END
