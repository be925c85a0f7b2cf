"""A study's database: records that are added and never changed, each with its audit record."""

from hevesy.store import tables
from hevesy.store.backup import (
    BackupManifest,
    back_up,
    read_backup,
    restore_backup,
    write_backup,
)
from hevesy.store.connection import connect
from hevesy.store.fields import RecordField, record_fields, record_values
from hevesy.store.jobs import STALE_S, JobState, JobTable
from hevesy.store.opening import Store, create_store, open_store
from hevesy.store.passphrases import check_passphrase, hash_passphrase
from hevesy.store.preview import Preview
from hevesy.store.proof import AuditProof, check_audit
from hevesy.store.reading import Reader
from hevesy.store.record import Record, record_kinds, references
from hevesy.store.upgrading import upgrade_proved
from hevesy.store.writing import Writer

__all__ = [
    "STALE_S",
    "AuditProof",
    "BackupManifest",
    "JobState",
    "JobTable",
    "Preview",
    "Reader",
    "Record",
    "RecordField",
    "Store",
    "Writer",
    "back_up",
    "check_audit",
    "check_passphrase",
    "connect",
    "create_store",
    "hash_passphrase",
    "open_store",
    "read_backup",
    "record_fields",
    "record_kinds",
    "record_values",
    "references",
    "restore_backup",
    "tables",
    "upgrade_proved",
    "write_backup",
]
