CREATE TABLE term_list (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  ctcae TEXT COLLATE "C" NOT NULL,
  workbook_sha256 TEXT COLLATE "C" NOT NULL,
  content TEXT COLLATE "C" NOT NULL,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_term_list PRIMARY KEY (id, version),
  CONSTRAINT ck_term_list_version CHECK (version >= 1),
  CONSTRAINT ck_term_list_first CHECK (first_version = 1),
  CONSTRAINT ck_term_list_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_term_list_audit FOREIGN KEY(audit) REFERENCES audit (seq)
)
--;
CREATE TRIGGER term_list_no_update BEFORE UPDATE ON term_list
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER term_list_no_delete BEFORE DELETE ON term_list
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER term_list_no_truncate BEFORE TRUNCATE ON term_list
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER term_list_insert BEFORE INSERT ON term_list
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
