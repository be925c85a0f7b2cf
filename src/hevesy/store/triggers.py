"""The rules that the databases themselves keep: rows are added, never changed or taken away."""

__all__ = ["GENESIS", "expected_triggers", "function_names", "trigger_statements"]

GENESIS = "0" * 64
"""What the first audit record has for the hash of the one before."""

_REFUSED = "hevesy: rows of {table} are added, never changed or taken away"
_SQLITE_RECORD = """
CREATE TRIGGER {table}_insert BEFORE INSERT ON {table} BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a {table} is there already') WHERE EXISTS (
    SELECT 1 FROM {table} WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a {table} follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a {table} needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = '{table}' AND record = NEW.id
    AND record_version = NEW.version);
END
"""
_SQLITE_AUDIT = """
CREATE TRIGGER audit_insert BEFORE INSERT ON audit BEGIN
  SELECT RAISE(ABORT, 'hevesy: an audit record follows the last one') WHERE
    NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
    OR NEW.previous <> coalesce((SELECT hash FROM audit WHERE seq = NEW.seq - 1), '{genesis}');
END
"""
_POSTGRESQL_REFUSE = """
CREATE FUNCTION hevesy_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'hevesy: rows of % are added, never changed or taken away', TG_TABLE_NAME;
END $$
"""
_POSTGRESQL_RECORD = """
CREATE FUNCTION hevesy_record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found_before boolean;
BEGIN
  IF NEW.version > 1 THEN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE id = $1 AND version = $2)', TG_TABLE_NAME)
      INTO found_before USING NEW.id, NEW.version - 1;
    IF NOT found_before THEN
      RAISE EXCEPTION 'hevesy: versions of a % follow one another', TG_TABLE_NAME;
    END IF;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = TG_TABLE_NAME
      AND record = NEW.id AND record_version = NEW.version) THEN
    RAISE EXCEPTION 'hevesy: a % needs its audit record', TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$
"""
_POSTGRESQL_AUDIT = """
CREATE FUNCTION hevesy_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
    OR NEW.previous <> coalesce((SELECT hash FROM audit WHERE seq = NEW.seq - 1), '{genesis}') THEN
    RAISE EXCEPTION 'hevesy: an audit record follows the last one';
  END IF;
  RETURN NEW;
END $$
"""


def expected_triggers(table: str, dialect: str) -> tuple[str, ...]:
    """Names of the triggers that an audited table, or the audit, must have.

    Examples
    --------
    >>> expected_triggers("batch", "sqlite")
    ('batch_insert', 'batch_no_delete', 'batch_no_update')
    """
    names = [f"{table}_insert", f"{table}_no_delete", f"{table}_no_update"]
    if dialect == "postgresql":
        names.append(f"{table}_no_truncate")
    return tuple(names)


def function_names(dialect: str) -> tuple[str, ...]:
    """Functions that the triggers of a database call.

    Examples
    --------
    >>> function_names("sqlite")
    ()
    """
    if dialect == "postgresql":
        return ("hevesy_refuse", "hevesy_record", "hevesy_audit")
    return ()


def trigger_statements(table: str, dialect: str) -> list[str]:
    """SQL that makes the triggers of one table; for the audit, their functions before.

    Parameters
    ----------
    table : str
        ``"audit"`` or an audited table.
    dialect : str
        ``"sqlite"`` or ``"postgresql"``.

    Returns
    -------
    list of str

    Examples
    --------
    >>> len(trigger_statements("batch", "sqlite")), len(trigger_statements("batch", "postgresql"))
    (3, 4)
    """
    audit = table == "audit"
    if dialect == "sqlite":
        refused = _REFUSED.format(table=table)
        made = [
            f"CREATE TRIGGER {table}_no_{word} BEFORE {word.upper()} ON {table} BEGIN\n"
            f"  SELECT RAISE(ABORT, '{refused}');\nEND"
            for word in ("update", "delete")
        ]
        insert = _SQLITE_AUDIT if audit else _SQLITE_RECORD
        return [*made, insert.strip().format(table=table, genesis=GENESIS)]
    functions = [_POSTGRESQL_REFUSE, _POSTGRESQL_RECORD, _POSTGRESQL_AUDIT] if audit else []
    called = "hevesy_audit" if audit else "hevesy_record"
    return [
        *(text.strip().replace("{genesis}", GENESIS) for text in functions),
        *(
            f"CREATE TRIGGER {table}_no_{word} BEFORE {word.upper()} ON {table}\n"
            "  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()"
            for word in ("update", "delete")
        ),
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}\n"
        "  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()",
        f"CREATE TRIGGER {table}_insert BEFORE INSERT ON {table}\n"
        f"  FOR EACH ROW EXECUTE FUNCTION {called}()",
    ]
