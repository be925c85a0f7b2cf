"""A study's database: records that are added and never changed, each with its audit record."""

from hevesy.store import tables
from hevesy.store.connection import connect
from hevesy.store.opening import Store, create_store, open_store
from hevesy.store.passphrases import check_passphrase, hash_passphrase
from hevesy.store.proof import AuditProof, check_audit
from hevesy.store.reading import Reader
from hevesy.store.record import Record, record_kinds, references
from hevesy.store.writing import Writer

__all__ = [
    "AuditProof",
    "Reader",
    "Record",
    "Store",
    "Writer",
    "check_audit",
    "check_passphrase",
    "connect",
    "create_store",
    "hash_passphrase",
    "open_store",
    "record_kinds",
    "references",
    "tables",
]
