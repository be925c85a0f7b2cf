"""Tables from elsewhere, the maps that say what they become; and data sets that go out."""

from hevesy.exchange.cells import Cell, CellFault, cell_text
from hevesy.exchange.ctcae_workbook import KNOWN_WORKBOOKS, read_ctcae_workbook
from hevesy.exchange.dataset_json_out import dataset_json_bytes
from hevesy.exchange.define_xml import define_xml_bytes
from hevesy.exchange.import_map import (
    DATE_FORMS,
    ImportMap,
    RecordMap,
    ValueMap,
    parse_import_map,
    read_import_map,
)
from hevesy.exchange.opening import open_table
from hevesy.exchange.plain_out import csv_bytes, excel_bytes, parquet_bytes
from hevesy.exchange.redcap_api import redcap_source
from hevesy.exchange.redcap_dictionary import DictionaryField, read_data_dictionary
from hevesy.exchange.source_table import LARGEST_BYTES, SourceTable, TableOptions, require_file
from hevesy.exchange.table_source import TableSource, file_source, text_source
from hevesy.exchange.transport_out import transport_faults, write_transport_file

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
    "csv_bytes",
    "dataset_json_bytes",
    "define_xml_bytes",
    "excel_bytes",
    "file_source",
    "open_table",
    "parquet_bytes",
    "parse_import_map",
    "read_ctcae_workbook",
    "read_data_dictionary",
    "read_import_map",
    "redcap_source",
    "require_file",
    "text_source",
    "transport_faults",
    "write_transport_file",
]
