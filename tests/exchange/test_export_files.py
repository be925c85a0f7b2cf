"""Data sets written and read back by other programs: equal values; formats' limits; same bytes."""

import io
import json
import math
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import dsjson
import pandas as pd
import pyreadstat
import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from odmlib.dataset_json_1_1 import DatasetJSON

from hevesy.errors import TrialError
from hevesy.exchange import (
    TableOptions,
    csv_bytes,
    dataset_json_bytes,
    define_xml_bytes,
    excel_bytes,
    open_table,
    parquet_bytes,
    transport_faults,
    write_transport_file,
)
from hevesy.trial.export import Cell, DataSet, Variable, build_adam, build_sdtm
from hevesy.trial.export.sample import sample_study

AT = datetime(2026, 6, 1, tzinfo=UTC)
SOFTWARE = ("hevesy", "0")


def made() -> tuple[DataSet, ...]:
    rows, protocol = sample_study()
    tabulation = build_sdtm(rows, protocol)
    return (*tabulation.datasets, *build_adam(rows, protocol, tabulation))


SETS = made()
NAMES = [one.name for one in SETS]


def as_json(data: DataSet) -> bytes:
    return dataset_json_bytes(data, study="S", made_at=AT, software=SOFTWARE)


def said(cell: Cell) -> Any:
    return cell.isoformat() if isinstance(cell, date) else cell


@pytest.mark.parametrize("data", SETS, ids=NAMES)
def test_dataset_json_reads_back(data: DataSet, tmp_path: Path) -> None:
    """By pandas, by odmlib's model, by our own reader; dsjson writes the same rows again."""
    file = tmp_path / "x.json"
    file.write_bytes(as_json(data))
    document = json.loads(file.read_text("utf-8"))
    expected = [[said(cell) for cell in row] for row in data.rows]
    assert document["records"] == len(data.rows)
    frame = pd.DataFrame(document["rows"], columns=[c["name"] for c in document["columns"]],
                         dtype=object)  # fmt: skip
    assert frame.where(frame.notna(), None).to_numpy().tolist() == expected
    again = DatasetJSON.from_json(file.read_text("utf-8"))
    assert list(again.column_names) == list(data.names)
    assert again.to_dict()["rows"] == expected
    table = open_table(file, TableOptions())
    for (_, cells), row in zip(table.rows, data.rows, strict=True):
        for cell, value in zip(cells, row, strict=True):
            assert (None if cell is None else type(said(value))(cell)) == said(value)  # type: ignore[arg-type]
    whole = dsjson.to_dataset_json(
        frame, pd.DataFrame(document["columns"]), name=data.name, label=data.label,
        itemGroupOID=document["itemGroupOID"],
    )  # fmt: skip
    empty = {None, "", "nan"}
    for row, other in zip(expected, whole["rows"], strict=True):
        for a, b in zip(row, other, strict=True):
            assert a == b or (a in empty and (b in empty or b != b))


@pytest.mark.parametrize("data", SETS, ids=NAMES)
def test_transport_files_read_back(data: DataSet, tmp_path: Path) -> None:
    file = tmp_path / "x.xpt"
    write_transport_file(data, file, made_at=AT)
    frame, about = pyreadstat.read_xport(str(file))
    assert (about.table_name, about.file_label) == (data.name, data.label)
    assert about.column_labels == [variable.label for variable in data.variables]
    assert about.creation_time == about.modification_time == AT.replace(tzinfo=None)
    for variable in data.variables:
        for cell, value in zip(frame[variable.name].tolist(), data.column(variable.name),
                               strict=True):  # fmt: skip
            if value is None:
                assert cell == "" or cell is None or cell != cell
            else:
                assert cell == value, variable.name


@pytest.mark.parametrize("data", SETS, ids=NAMES)
def test_transport_files_read_back_in_pandas(data: DataSet, tmp_path: Path) -> None:
    """A second reader, which shares no code with the writer; dates are days since 1960."""
    file = tmp_path / "x.xpt"
    write_transport_file(data, file, made_at=AT)
    frame = pd.read_sas(file, format="xport", encoding="ascii")
    assert list(frame.columns) == list(data.names)
    assert len(frame) == len(data.rows)
    for variable in data.variables:
        for cell, value in zip(frame[variable.name].tolist(), data.column(variable.name),
                               strict=True):  # fmt: skip
            if value is None:
                assert cell == "" or cell is None or cell != cell
            elif isinstance(value, date) and not isinstance(cell, str):
                days = (value - date(1960, 1, 1)).days
                assert cell == days, variable.name
            elif isinstance(value, float | int):
                # pandas drops the last bit at times, and reads 0 as SAS's least number
                assert cell == pytest.approx(float(value), rel=3e-16, abs=1e-78), variable.name
            else:
                assert cell == str(value), variable.name


@pytest.mark.parametrize("order", ["ntu", "tnu", "tun"])
@pytest.mark.parametrize("rows", [1, 2, 7, 26, 27, 80])
def test_short_records_keep_every_row(order: str, rows: int, tmp_path: Path) -> None:
    """Records of 10 bytes that end in blanks: pandas would count too few, were they not longer."""
    kinds = {"n": "float", "t": "text", "u": "text"}
    cells = [
        tuple(float(i + 1) if one == "n" else (one if i % 2 else None) for one in order)
        for i in range(rows)
    ]
    data = DataSet(
        name="XX", standard="sdtm", label="A", group="EVENTS", structure="One",
        variables=tuple(Variable(name=one.upper(), label=one, kind=kinds[one]) for one in order),
        rows=tuple(cells),
    )  # fmt: skip
    file = tmp_path / "x.xpt"
    write_transport_file(data, file, made_at=AT)
    assert file.stat().st_size % 80 == 0
    for frame in (pd.read_sas(file, format="xport", encoding="ascii"),
                  pyreadstat.read_xport(str(file))[0]):  # fmt: skip
        assert frame["N"].tolist() == [i + 1.0 for i in range(rows)]
        for one in "tu":
            texts = [cell if cell == one else None for cell in frame[one.upper()].tolist()]
            assert texts == [one if i % 2 else None for i in range(rows)]


@pytest.mark.parametrize("data", SETS, ids=NAMES)
def test_plain_files_read_back(data: DataSet, tmp_path: Path) -> None:
    frame = pd.read_csv(io.BytesIO(csv_bytes(data)), dtype=str, keep_default_na=False)
    assert list(frame.columns) == list(data.names)
    for row, cells in zip(data.rows, frame.to_numpy().tolist(), strict=True):
        for value, cell in zip(row, cells, strict=True):
            if isinstance(value, int | float):
                assert float(cell) == value
            else:
                assert cell == ("" if value is None else str(said(value)))
    (tmp_path / "x.parquet").write_bytes(parquet_bytes(data))
    stored = pd.read_parquet(tmp_path / "x.parquet", dtype_backend="pyarrow")
    for variable in data.variables:
        cells = [None if cell is pd.NA or cell != cell else cell
                 for cell in stored[variable.name].tolist()]  # fmt: skip
        assert cells == list(data.column(variable.name))


def test_a_workbook_reads_back(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(excel_bytes(SETS, made_at=AT))
    sheets = pd.read_excel(tmp_path / "x.xlsx", sheet_name=None, dtype=object,
                           keep_default_na=False)  # fmt: skip
    assert list(sheets) == NAMES
    for data in SETS:
        for row, cells in zip(data.rows, sheets[data.name].to_numpy().tolist(), strict=True):
            for value, cell in zip(row, cells, strict=True):
                if isinstance(value, date):
                    assert cell.date() == value
                else:
                    assert cell == ("" if value is None else value)


def test_a_text_is_no_formula() -> None:
    book = excel_bytes([one_text("=1+1")], made_at=AT)
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"=1+1" in sheet or b"=1+1" in book


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """The clock has gone on between the two: nothing of it is in them."""
    ae = next(one for one in SETS if one.name == "ADAE")
    first = [as_json(ae), csv_bytes(ae), parquet_bytes(ae), excel_bytes([ae], made_at=AT)]
    write_transport_file(ae, tmp_path / "1.xpt", made_at=AT)
    import time

    time.sleep(1.1)  # the least step of a transport file's and a zip's clock is 1 s
    write_transport_file(ae, tmp_path / "2.xpt", made_at=AT)
    assert first == [as_json(ae), csv_bytes(ae), parquet_bytes(ae), excel_bytes([ae], made_at=AT)]
    assert (tmp_path / "1.xpt").read_bytes() == (tmp_path / "2.xpt").read_bytes()


def one_text(*texts: str) -> DataSet:
    return DataSet(
        name="XX", standard="sdtm", label="A", group="FINDINGS", structure="One",
        variables=(Variable(name="QVAL", label="Value", kind="text"),),
        rows=tuple((text,) for text in texts),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x" * 201, "201 bytes of at most 200"),
        ("38 \N{DEGREE SIGN}C", "not ASCII"),
        ("fever ", "a space at the end"),
    ],
)
def test_what_a_transport_file_cannot_keep_is_refused(
    text: str, words: str, tmp_path: Path
) -> None:
    data = one_text("fine", text)
    with pytest.raises(TrialError, match=words):
        write_transport_file(data, tmp_path / "x.xpt", made_at=AT)
    assert not list(tmp_path.iterdir())
    assert transport_faults(data)[0].startswith("XX.QVAL, row 2")
    assert json.loads(as_json(data))["rows"][1] == [text]


def test_names_that_are_too_long_are_refused() -> None:
    data = one_text("a")
    long = replace(data.variables[0], name="NINECHARS")
    assert "more than 8" in transport_faults(replace(data, variables=(long,)))[0]
    labelled = replace(data.variables[0], label="x" * 41)
    assert "40 bytes" in transport_faults(replace(data, variables=(labelled,)))[0]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_numbers_keep_every_bit(values: Sequence[float]) -> None:
    """IBM's 56 bits hold a double's 53, wherever its leading hexadecimal digit begins."""
    import tempfile

    data = DataSet(
        name="XX", standard="sdtm", label="A", group="FINDINGS", structure="One",
        variables=(Variable(name="AVAL", label="Value", kind="float"),),
        rows=tuple((value,) for value in values),
    )  # fmt: skip
    assert [row[0] for row in json.loads(as_json(data))["rows"]] == list(values)
    kept = [v for v in values if not v or 5.4e-79 <= abs(v) <= 7.2e75]
    assert bool(transport_faults(data)) == (len(kept) < len(values))
    if len(kept) == len(values):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "x.xpt"
            write_transport_file(data, file, made_at=AT)
            frame, _ = pyreadstat.read_xport(str(file))
        assert all(math.isclose(a, b, rel_tol=2**-52) for a, b in zip(frame["AVAL"], values,
                                                                      strict=True))  # fmt: skip


@pytest.mark.parametrize("standard", ["sdtm", "adam"])
def test_define_xml_is_of_its_schema(standard: str) -> None:
    own = [one for one in SETS if one.standard == standard]
    text = define_xml_bytes(own, study="S", protocol="P", made_at=AT, software=SOFTWARE,
                            ending="xpt")  # fmt: skip
    place = resources.files("odmlib").joinpath("schemas/define/2.1/define2-1-0.xsd")
    schema = xmlschema.XMLSchema(str(place))
    assert list(schema.iter_errors(text.decode())) == []
    for one in own:
        assert f'OID="IG.{one.name}"'.encode() in text
        for variable in one.variables:
            assert text.count(f' OID="IT.{one.name}.{variable.name}"'.encode()) == 1
            assert text.count(f'ItemOID="IT.{one.name}.{variable.name}"'.encode()) == 1
