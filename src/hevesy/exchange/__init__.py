"""Tables from elsewhere: text, workbooks, REDCap, CDISC; and the maps that say what they become."""

from hevesy.exchange.cells import Cell, CellFault, cell_text
from hevesy.exchange.ctcae_workbook import KNOWN_WORKBOOKS, read_ctcae_workbook
from hevesy.exchange.import_map import (
    DATE_FORMS,
    ImportMap,
    RecordMap,
    ValueMap,
    parse_import_map,
    read_import_map,
)
from hevesy.exchange.opening import open_table
from hevesy.exchange.redcap_api import redcap_source
from hevesy.exchange.redcap_dictionary import DictionaryField, read_data_dictionary
from hevesy.exchange.source_table import LARGEST_BYTES, SourceTable, TableOptions, require_file
from hevesy.exchange.table_source import TableSource, file_source, text_source

__all__ = [
    "DATE_FORMS",
    "KNOWN_WORKBOOKS",
    "LARGEST_BYTES",
    "Cell",
    "CellFault",
    "DictionaryField",
    "ImportMap",
    "RecordMap",
    "SourceTable",
    "TableOptions",
    "TableSource",
    "ValueMap",
    "cell_text",
    "file_source",
    "open_table",
    "parse_import_map",
    "read_ctcae_workbook",
    "read_data_dictionary",
    "read_import_map",
    "redcap_source",
    "require_file",
    "text_source",
]
