"""REDCap: data dictionary, records with events, instances and checkboxes, and the API."""

import csv
import io
import tomllib
from pathlib import Path

import pytest

from tests.store.commands import Run, refused
from tests.store.import_tables import write
from tests.store.redcap_server import TOKEN, redcap_server
from tests.store.test_import import command, shown

TITLES = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max",
    "Identifier?", "Branching Logic (Show field only if...)", "Required Field?",
    "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
FIELDS = (
    ("record_id", "demographics", "text", "Record", "", "", ""),
    ("initials", "demographics", "text", "Initials", "", "", "y"),
    ("sex", "demographics", "radio", "Sex", "1, Female | 2, Male", "", ""),
    ("dem_birth_year", "demographics", "text", "Born in", "", "integer", ""),
    ("met", "demographics", "checkbox", "Criteria", "1, age | -2, size", "", ""),
    ("visit_date", "visit", "text", "Day", "", "date_dmy", ""),
    ("vis_ecog", "visit", "dropdown", "ECOG", "0, 0 | 1, 1 | 2, 2", "", ""),
    ("ae_term", "adverse_events", "text", "Event", "", "", ""),
    ("ae_class", "adverse_events", "text", "Class", "", "", ""),
    ("ae_grade", "adverse_events", "dropdown", "Grade", "1, mild | 2, moderate", "", ""),
    ("ae_start", "adverse_events", "text", "Start", "", "date_dmy", ""),
    ("ae_serious", "adverse_events", "yesno", "Serious?", "", "", ""),
    ("ae_note", "adverse_events", "notes", "Note", "", "", ""),
    ("hint", "adverse_events", "descriptive", "Read the manual", "", "", ""),
    ("music", "wellbeing", "slider", "Music", "", "", ""),
)  # fmt: skip
RECORDS = """\
record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,initials,sex,dem_birth_year,met___1,met____2,demographics_complete,visit_date,vis_ecog,visit_complete,ae_term,ae_class,ae_grade,ae_start,ae_serious,ae_note,adverse_events_complete
P02,baseline_arm_1,,,XY,1,1961,1,0,2,2024-03-01,1,2,,,,,,,
P02,week_6_arm_1,,,,,,,,,2024-04-12,NI,2,,,,,,,
P02,baseline_arm_1,adverse_events,1,,,,,,,,,,Fever,General,2,2024-03-06,0,,2
P02,baseline_arm_1,adverse_events,2,,,,,,,,,,Pain,General,1,2024-03-07,0,"two
lines",2
"""


def dictionary(folder: Path, *, fields: tuple[tuple[str, ...], ...] = FIELDS) -> Path:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(TITLES)
    for name, form, kind, label, choices, validation, identifier in fields:
        row = dict.fromkeys(TITLES, "")
        row |= dict(zip(TITLES[:2], (name, form), strict=True))
        row |= dict(zip(TITLES[3:6], (kind, label, choices), strict=True))
        row["Identifier?"], row[TITLES[7]] = identifier, validation
        writer.writerow(row.values())
    return write(folder, "dictionary.csv", text.getvalue())


@pytest.fixture
def dialect() -> str:
    return "sqlite"


def completed(draft: str) -> str:
    """What somebody who knows both adds to the draft."""
    return (
        draft.replace("missing = []", 'missing = ["NI"]')
        .replace("# needed: site = ...", 'site = { constant = "S1" }')
        .replace("# needed: name = ...", 'name = "redcap_event_name"')
        + INCLUSION
    )


INCLUSION = """
[[record]]
kind = "inclusion"
name = "{record_id}-1"
unless = { demographics_complete = "" }
[record.values]
patient = "record_id"
at = { text = "{visit_date}T09:00" }
eligible = { constant = "no" }
"criteria.age" = { column = "met___1", codes = { 1 = "yes", 0 = "no" } }
"criteria.size" = { column = "met____2", codes = { 1 = "yes", 0 = "no" } }
"""


def test_a_draft_completed_and_used(run: Run, trial: Path, tmp_path: Path) -> None:
    code, out, error = run("trial", "import", dictionary(tmp_path), "--draft-map")
    assert (code, error) == (0, "")
    draft = tomllib.loads(out)
    assert [one["kind"] for one in draft["record"]] == ["patient", "visit", "adverse_event"]
    assert draft["table"]["identifying"] == ["initials"]
    assert draft["record"][0]["values"]["sex"]["codes"] == {"1": "F", "2": "M"}
    event = draft["record"][2]["values"]
    assert event["serious"]["codes"] == {"1": "yes", "0": "no"}
    assert (event["began_on"], event["grade"]) == ("ae_start", "ae_grade")
    for line in ("# met____2: size (checkbox)", "# ae_note: Note (notes)", "# needed: site = ...",
                 "# Form wellbeing: no kind", "# music: Music (slider)"):  # fmt: skip
        assert line in out
    assert "hint" not in out
    mapping = write(tmp_path, "map.toml", completed(out))
    file = write(tmp_path, "records.csv", RECORDS.removesuffix("\n"))
    code, out, error = run(*command(trial, file, mapping))
    assert (code, error) == (0, "")
    assert "visit: 2 new" in out
    first, second = shown(run, trial, "adverse_event")
    assert (first["name"], first["grade"], first["serious"]) == ("P02-AE1", 2, False)
    assert second["began_on"] == "2024-03-07"
    assert [one["ecog"] for one in shown(run, trial, "visit")] == [1, None]
    included = next(one for one in shown(run, trial, "inclusion") if one["name"] == "P02-1")
    assert included["criteria"] == {"age": True, "size": False}
    assert "0 new, 0 changed" in run(*command(trial, file, mapping))[1]


def test_dictionaries_that_are_none(run: Run, tmp_path: Path) -> None:
    draft = ("trial", "import", "--draft-map")
    refused(run(*draft, write(tmp_path, "a.csv", "a,b", "1,2")), "not REDCap's data dictionary")
    odd = (("x", "f", "radio", "X", "one | 2, two", "", ""), ("y", "f", "txt", "Y", "", "", ""))
    refused(run(*draft, dictionary(tmp_path, fields=odd)), "row 2: a choice without its code",
            "row 3: field type 'txt'")  # fmt: skip
    refused(run(*draft), "an import needs FILE")


def test_the_api(run: Run, trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = run("trial", "import", dictionary(tmp_path), "--draft-map")[1]
    mapping = write(tmp_path, "map.toml", completed(draft))

    def call(url: str, *more: object) -> tuple[int, str, str]:
        base = ("trial", "import", "--redcap", url, "--map", mapping, "--study", trial)
        done = run(*base, "--as", "coordinator", *more)
        for said in done[1:]:
            assert monkeypatch_token not in said
        return done

    monkeypatch_token = TOKEN
    with redcap_server(RECORDS) as (url, server):
        refused(call(url), "not the token of a REDCap project: got '0 characters'",
                "HEVESY_REDCAP_TOKEN")  # fmt: skip
        monkeypatch.setenv("HEVESY_REDCAP_TOKEN", TOKEN)
        code, out, error = call(url, "--dry-run")
        assert (code, error) == (0, "")
        assert "adverse_event: 2 new" in out
        assert server.asked[0]["token"] == TOKEN
        assert [one["content"] for one in server.asked] == ["metadata", "record"]
        assert shown(run, trial, "adverse_event") == []
        assert call(url)[0] == 0
        assert len(shown(run, trial, "adverse_event")) == 2
        assert "adverse_event: 0 new, 0 changed, 2 the same" in call(url)[1]
        server.records = "<!DOCTYPE html><title>Log in</title>"
        refused(call(url), "no table of records", "a web page")
        server.records, server.elsewhere = RECORDS, url
        asked = len(server.asked)
        refused(call(url), "gave no answer")
        assert len(server.asked) == asked + 1  # the token was not sent on
        server.elsewhere = ""
        monkeypatch_token = TOKEN[::-1]
        monkeypatch.setenv("HEVESY_REDCAP_TOKEN", TOKEN[::-1])
        refused(call(url), "the REDCap server refused", "You do not have permissions")
    refused(call(url), "gave no answer: got 'ConnectionError'")
    refused(call("http://redcap.example.org/api/"), "would travel unencrypted")
    refused(call("https://redcap.example.org/"), "not the address of a REDCap API")
    refused(call(url, tmp_path / "a.csv"), "one source")
    kept = (trial / "study.db").read_bytes()
    wal = trial / "study.db-wal"
    kept += wal.read_bytes() if wal.exists() else b""
    assert TOKEN.encode() not in kept
