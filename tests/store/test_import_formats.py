"""Excel, Dataset-JSON and XPT by the same maps; and what spreadsheets do to cells."""

import json
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from openpyxl import Workbook

from tests.store.commands import Run, refused
from tests.store.import_tables import EVENTS_MAP, HEAD, ROWS, map_of
from tests.store.test_import import command, shown


@pytest.fixture
def dialect() -> str:
    return "sqlite"


def workbook(path: Path, *rows: list[object], head: str = HEAD, sheets: int = 1) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(head.split(","))
    for row in rows:
        sheet.append(row)
    for number in range(1, sheets):
        book.create_sheet(f"Other {number}")
    book.save(path)
    return path


def cells(row: str = ROWS[0]) -> list[object]:
    """As a spreadsheet has them: numbers and dates, not texts."""
    found: list[object] = [cell or None for cell in row.split(",")]
    found[1] = int(str(found[1]))
    for place in (5, 6):
        if found[place]:
            found[place] = datetime.fromisoformat(str(found[place]))
    return found


def test_a_workbook(run: Run, trial: Path, tmp_path: Path) -> None:
    mapping = map_of(tmp_path)
    file = workbook(tmp_path / "e.xlsx", cells(), cells(ROWS[2]))
    assert run(*command(trial, file, mapping))[0] == 0
    first, third = shown(run, trial, "adverse_event")
    assert (first["name"], third["name"]) == ("P01-AE1", "P01-AE3")
    assert (first["began_on"], first["ended_on"]) == ("2024-03-06", "2024-03-08")
    assert "0 new, 0 changed, 2 the same" in run(*command(trial, file, mapping))[1]


def test_what_spreadsheets_do(run: Run, trial: Path, tmp_path: Path) -> None:
    mapping, file = map_of(tmp_path), tmp_path / "e.xlsx"
    serial = (date(2024, 3, 6) - date(1899, 12, 30)).days
    row = cells()
    row[5] = serial
    workbook(file, row)
    refused(run(*command(trial, file, mapping)), "row 2, column began",
            f"a spreadsheet's number for a date: got '{serial}'", 'date = "excel"')  # fmt: skip
    named = EVENTS_MAP.replace('"began"', '{ column = "began", date = "excel" }')
    out = run(*command(trial, file, map_of(tmp_path, named), "--dry-run", "--json"))
    assert json.loads(out[1])["new"] == {"adverse_event": ["P01-AE1"]}
    assert run(*command(trial, file, map_of(tmp_path, named)))[0] == 0
    assert shown(run, trial, "adverse_event")[0]["began_on"] == "2024-03-06"
    for number in (12, 60, 80_000):
        row[5] = number
        done = run(*command(trial, workbook(file, row), map_of(tmp_path, named)))
        refused(done, "no spreadsheet date", "61 to 73050")
    wrong = cells(ROWS[0].replace(",1,", ",2,"))
    wrong[4] = "#DIV/0!"
    formula = cells(ROWS[2])
    formula[2] = '="Cou"&"gh"'
    mapping = map_of(tmp_path)
    refused(run(*command(trial, workbook(file, cells(), wrong, formula), mapping)),
            "2 problems", "row 3, column severity", "an error of the spreadsheet: #DIV/0!",
            "row 4, column term", "a formula without its value")  # fmt: skip
    refused(run(*command(trial, workbook(file, cells(), sheets=2), mapping)),
            "several sheets", "Sheet, Other 1")  # fmt: skip
    sheet = EVENTS_MAP.replace("[table]", '[table]\nsheet = "Sheet"')
    assert run(*command(trial, file, map_of(tmp_path, sheet), "--dry-run"))[0] == 0
    missing = EVENTS_MAP.replace("[table]", '[table]\nsheet = "Events"')
    refused(run(*command(trial, file, map_of(tmp_path, missing))), "no such sheet: got 'Events'")


def dataset(path: Path, rows: list[str], **changes: object) -> Path:
    document = {
        "datasetJSONCreationDateTime": "2026-01-09T10:30:00", "datasetJSONVersion": "1.1.0",
        "itemGroupOID": "IG.AE", "records": len(rows), "name": "AE", "label": "Adverse Events",
        "columns": [
            {"itemOID": f"IT.AE.{name}", "name": name, "label": name, "dataType": "string"}
            for name in HEAD.split(",")
        ],
        "rows": [[cell or None for cell in row.split(",")] for row in rows],
        **changes,
    }  # fmt: skip
    if path.suffix == ".ndjson":
        lines = document.pop("rows")
        text = "\n".join(json.dumps(one) for one in (document, *lines))  # type: ignore[misc]
    else:
        text = json.dumps(document)
    path.write_text(text)
    return path


@pytest.mark.parametrize("ending", ["json", "ndjson"])
def test_dataset_json(run: Run, trial: Path, tmp_path: Path, ending: str) -> None:
    mapping, file = map_of(tmp_path), tmp_path / f"ae.{ending}"
    assert run(*command(trial, dataset(file, list(ROWS)), mapping))[0] == 0
    assert len(shown(run, trial, "adverse_event")) == 3
    assert "0 new, 0 changed, 3 the same" in run(*command(trial, file, mapping))[1]
    old = dataset(file, list(ROWS), datasetJSONVersion="1.0.0")
    refused(run(*command(trial, old, mapping)), "no Dataset-JSON of version 1.1", "1.0.0")
    cut = dataset(file, list(ROWS), records=4)
    refused(run(*command(trial, cut, mapping)), "has not the rows that it says: got 3", "4")
    file.write_text("{")
    refused(run(*command(trial, file, mapping)), "no Dataset-JSON")


def test_xpt(run: Run, trial: Path, tmp_path: Path) -> None:
    """Numbers and dates that SAS keeps as numbers; the same records as from CSV."""
    frame = pd.DataFrame([row.split(",") for row in ROWS], columns=HEAD.split(","))
    frame["nr"] = frame["nr"].astype(float)
    frame["began"] = [date.fromisoformat(text) for text in frame["began"]]
    file = tmp_path / "ae.xpt"
    pyreadstat.write_xport(
        frame, str(file), file_format_version=5, variable_format={"began": "DATE9."}
    )
    mapping = map_of(tmp_path)
    assert run(*command(trial, file, mapping))[0] == 0
    first = shown(run, trial, "adverse_event")[0]
    assert (first["name"], first["began_on"]) == ("P01-AE1", "2024-03-06")
    assert "0 new, 0 changed, 3 the same" in run(*command(trial, file, mapping))[1]
    file.write_bytes(b"HEADER RECORD*******LIBRARY")
    refused(run(*command(trial, file, mapping)), "can't be read as a SAS transport file")
