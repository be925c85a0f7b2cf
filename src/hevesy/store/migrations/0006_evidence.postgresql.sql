CREATE TABLE threshold_rule (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  content TEXT COLLATE "C" NOT NULL,
  content_sha256 TEXT COLLATE "C" NOT NULL,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_threshold_rule PRIMARY KEY (id, version),
  CONSTRAINT ck_threshold_rule_version CHECK (version >= 1),
  CONSTRAINT ck_threshold_rule_first CHECK (first_version = 1),
  CONSTRAINT ck_threshold_rule_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_threshold_rule_audit FOREIGN KEY(audit) REFERENCES audit (seq)
)
--;
CREATE TRIGGER threshold_rule_no_update BEFORE UPDATE ON threshold_rule
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER threshold_rule_no_delete BEFORE DELETE ON threshold_rule
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER threshold_rule_no_truncate BEFORE TRUNCATE ON threshold_rule
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER threshold_rule_insert BEFORE INSERT ON threshold_rule
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE unblinding (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_unblinding PRIMARY KEY (id, version),
  CONSTRAINT ck_unblinding_version CHECK (version >= 1),
  CONSTRAINT ck_unblinding_first CHECK (first_version = 1),
  CONSTRAINT ck_unblinding_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_unblinding_audit FOREIGN KEY(audit) REFERENCES audit (seq)
)
--;
CREATE TRIGGER unblinding_no_update BEFORE UPDATE ON unblinding
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER unblinding_no_delete BEFORE DELETE ON unblinding
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER unblinding_no_truncate BEFORE TRUNCATE ON unblinding
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER unblinding_insert BEFORE INSERT ON unblinding
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
