"""Tables from elsewhere: text, workbooks, REDCap, CDISC; and the maps that say what they become."""

from hevesy.exchange.cells import Cell, CellFault, cell_text
from hevesy.exchange.import_map import (
    DATE_FORMS,
    ImportMap,
    RecordMap,
    ValueMap,
    parse_import_map,
    read_import_map,
)
from hevesy.exchange.opening import open_table
from hevesy.exchange.source_table import LARGEST_BYTES, SourceTable, TableOptions, require_file

__all__ = [
    "DATE_FORMS",
    "LARGEST_BYTES",
    "Cell",
    "CellFault",
    "ImportMap",
    "RecordMap",
    "SourceTable",
    "TableOptions",
    "ValueMap",
    "cell_text",
    "open_table",
    "parse_import_map",
    "read_import_map",
    "require_file",
]
