"""`hevesy trial import`: rows become records, all or none; a second import changes nothing."""

import json
from pathlib import Path

import pytest

from tests.store import dose_study as d
from tests.store.commands import Run, refused
from tests.store.import_tables import EVENTS_MAP, HEAD, ROWS, events, map_of, write


@pytest.fixture
def dialect() -> str:
    """The bulk path is tried on both databases by test_bulk; parsing happens before either."""
    return "sqlite"


def shown(run: Run, trial: Path, kind: str) -> list[dict[str, object]]:
    return json.loads(run("trial", "show", kind, "--study", trial, "--json")[1])["records"]


def command(trial: Path, file: Path, mapping: Path, *more: object) -> list[object]:
    base = ["trial", "import", file, "--map", mapping, "--study", trial, "--as", "coordinator"]
    return [*base, *more]


def test_new_same_and_changed_rows(run: Run, trial: Path, tmp_path: Path) -> None:
    file, mapping = events(tmp_path), map_of(tmp_path)
    code, out, error = run(*command(trial, file, mapping, "--dry-run"))
    assert (code, error) == (0, "")
    assert "adverse_event: 3 new, 0 changed, 0 the same" in out
    assert out.endswith("Nothing was written.\n")
    assert shown(run, trial, "adverse_event") == []
    code, out, error = run(*command(trial, file, mapping, "--json"))
    assert (code, error) == (0, "")
    done = json.loads(out)
    assert done["written"] is True
    assert done["new"] == {"adverse_event": ["P01-AE1", "P01-AE2", "P01-AE3"]}
    first, second, third = shown(run, trial, "adverse_event")
    assert (first["grade"], first["began_on"], first["ended_on"]) == (1, "2024-03-06", "2024-03-08")
    assert (second["ended_on"], third["related_agent"]) == (None, None)
    before = run("trial", "check", trial, "--audit", "--json")[1]
    code, out, _ = run(*command(trial, file, mapping))
    assert (code, "0 new, 0 changed, 3 the same" in out) == (0, True)
    assert run("trial", "check", trial, "--audit", "--json")[1] == before  # not one audit record
    file = events(tmp_path, ROWS[0].replace("mild", "severe"), *ROWS[1:])
    out = run(*command(trial, file, mapping, "--dry-run"))[1]
    assert "row 2, adverse_event P01-AE1: grade 1 -> 3" in out
    refused(run(*command(trial, file, mapping)), "1 records would change", "--reason")
    assert run(*command(trial, file, mapping, "--reason", "source verified"))[0] == 0
    history = run(
        "trial", "show", "adverse_event", "P01-AE1", "--history", "--study", trial, "--json"
    )[1]
    old, new = json.loads(history)["records"]
    assert (old["grade"], new["grade"], new["version"]) == (1, 3, 2)
    assert new["written"]["reason"].startswith("source verified (import: table sha256 ")
    proof = json.loads(run("trial", "check", trial, "--audit", "--json")[1])
    assert proof["proved"]


BAD_ROWS = [
    ("P01,4,Fever,General,mild,45357,,", "row 2, column began", "spreadsheet's number for a date"),
    ("P01,4,Fever,General,mild,2024-02-31,,", "column began", "calendar does not have"),
    ("P01,4,Fever,General,mild,2024-03,,", "date without its day", "first-day"),
    ("P01,4,Fever,General,mild,06.03.2024,,", "column began", "no date: got '06.03.2024'"),
    ("P01,4,Fever,General,awful,2024-03-06,,", "a code that the map does not list: got 'awful'",
     "allowed: mild, moderate, severe"),
    ("P01,4,,General,mild,2024-03-06,,", "row 2, column term", "must be given"),
    ("P01,,Fever,General,mild,2024-03-06,,", "name of the adverse event: nothing in column"),
    ("P77,4,Fever,General,mild,2024-03-06,,", "column subject", "no such inclusion"),
    ("P01,4/5,Fever,General,mild,2024-03-06,,", "name of the adverse event", "can't be used"),
    ("P01,4,Fever,General,mild,2024-03-06,2024-03-01,", "is before `began_on`"),
    ("P01,4,Fever,General,mild,2999-03-06,,", "lies in the future"),
    ("P01,4,Fever,General,mild,2024-03-06,,maybe", "not one of the allowed values: got 'maybe'"),
    ("P01,4,Fever,General,mild,2024-03-06,,,x,y", "row 2: 10 cells under 8 columns"),
    ("P01,4,Fever,General,mild,2024-03-06", "row 2: 6 cells under 8 columns"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "words"), [(row, words) for row, *words in BAD_ROWS])
def test_a_bad_row(run: Run, trial: Path, tmp_path: Path, row: str, words: list[str]) -> None:
    file, mapping = events(tmp_path, row, *ROWS), map_of(tmp_path)
    done = run(*command(trial, file, mapping))
    refused(done, *words, "nothing was imported")
    assert "P77" not in done[2]
    assert shown(run, trial, "adverse_event") == []


def test_all_problems_at_once(run: Run, trial: Path, tmp_path: Path) -> None:
    bad = [f"P01,{n},Fever,General,awful,2024-03-06,," for n in range(4, 44)]
    done = run(*command(trial, events(tmp_path, *ROWS, *bad), map_of(tmp_path)))
    refused(done, "40 problems", "row 5, column severity", "row 29, ", "and 15 more")
    twice = run(*command(trial, events(tmp_path, *ROWS, ROWS[0]), map_of(tmp_path)))
    refused(twice, "row 5: the adverse event of row 2 once more")
    repeats = EVENTS_MAP.replace('name = "', 'repeats = true\nname = "')
    other = ROWS[0].replace("mild", "severe")
    done = run(*command(trial, events(tmp_path, *ROWS, other), map_of(tmp_path, repeats)))
    refused(done, "row 5: the adverse event of row 2, with other values")
    done = run(*command(trial, events(tmp_path, *ROWS, ROWS[0]), map_of(tmp_path, repeats)))
    assert done[0] == 0
    assert len(shown(run, trial, "adverse_event")) == 3


BAD_MAPS = [
    ('kind = "adverse_event"', 'kind = "adverse_evnt"', "did you mean 'adverse_event'"),
    ("organ_class = ", "organ_clas = ", "did you mean `organ_class`"),
    ('"began"', '"begun"', "column 'begun' is not in events.csv (did you mean 'began'?)"),
    ("[table]", "[tables]", "tables is unknown (did you mean `table`?)"),
    ("missing =", "mising =", "table.mising is unknown"),
    ('"{subject}-AE{nr}"', '"AE"', "needs a column in braces"),
    ('"ended"', '{ column = "ended", format = "x" }', "format is unknown"),
    ('"ended"', '{ column = "ended", date = "D.M.Y" }', "date must be one of iso, excel"),
    ('"ended"', '{ column = "ended", constant = "2024-03-07" }', "one of column, text, constant"),
    ('"term"', '{ column = "term", unit = "mm" }', "this value has no unit"),
    ('"term"', '{ column = "term", date = "excel" }', "this value is no day"),
    ('kind = "adverse_event"', 'kind = "account"', "is not a kind that is imported"),
    ('kind = "adverse_event"', 'kind = "scan"', "is not a kind that is imported"),
    ("mild = \"1\"", "mild = 1", "must give texts"),
    ("[[record]]", "[[record", "is not valid TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words"), BAD_MAPS)
def test_a_bad_map(run: Run, trial: Path, tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in EVENTS_MAP
    mapping = map_of(tmp_path, EVENTS_MAP.replace(old, new, 1))
    refused(run(*command(trial, events(tmp_path), mapping)), words)


def test_encodings_and_separators(run: Run, trial: Path, tmp_path: Path) -> None:
    text = "\n".join([HEAD, *ROWS]).replace("Fever", "Fièvre") + "\n"
    file = tmp_path / "events.csv"
    file.write_bytes(b"\xef\xbb\xbf" + text.replace(",", ";").encode())
    assert run(*command(trial, file, map_of(tmp_path)))[0] == 0
    assert shown(run, trial, "adverse_event")[0]["term"] == "Fièvre"
    for encoding in ("cp1252", "utf-16", "gb18030"):
        if encoding == "gb18030":
            text = text.replace("Fièvre", "发热")
        file.write_bytes(text.encode(encoding))
        word = "UTF-16" if encoding == "utf-16" else "line 2 of events.csv is not in UTF-8"
        refused(run(*command(trial, file, map_of(tmp_path))), word, "encoding = ")
        named = EVENTS_MAP.replace("[table]", f'[table]\nencoding = "{encoding}"')
        code, out, _ = run(*command(trial, file, map_of(tmp_path, named), "--dry-run"))
        changed = 1 if encoding == "gb18030" else 0
        assert (code, f"{changed} changed" in out) == (0, True)
    unknown = EVENTS_MAP.replace("[table]", '[table]\nencoding = "utf-88"')
    refused(run(*command(trial, file, map_of(tmp_path, unknown))), "encoding of [table] is unknown")


def test_files_that_are_no_tables(run: Run, trial: Path, tmp_path: Path) -> None:
    mapping = map_of(tmp_path)
    refused(run(*command(trial, tmp_path / "none.csv", mapping)), "could not be read")
    refused(run(*command(trial, events(tmp_path), tmp_path / "none.toml")), "map could not be read")
    refused(run(*command(trial, write(tmp_path, "a.pdf", "x"), mapping)), "kind of file")
    refused(run(*command(trial, write(tmp_path, "a.xlsx", "x"), mapping)), "no workbook")
    refused(run(*command(trial, write(tmp_path, "a.csv", ""), mapping)), "a.csv is empty")
    quote = events(tmp_path, ROWS[0].replace("Fever", '"Fever'))
    refused(run(*command(trial, quote, mapping)), "row 2", "quotation mark")
    refused(run(*command(trial, events(tmp_path, head=HEAD.replace("nr", "term")), mapping)),
            "column 'term' stands twice")  # fmt: skip
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(200_000_000)
    refused(run(*command(trial, large, mapping)), "large.csv, 200 MB", "up to 64 MB")


def test_who_may_import(run: Run, trial: Path, tmp_path: Path) -> None:
    file, mapping = events(tmp_path), map_of(tmp_path)
    refused(run(*command(trial, file, mapping, "--as", "statistician")), "statistician")
    refused(run(*command(trial, file, mapping, "--as", "nobody")), "nobody of this name")
    refused(run(*command(trial, file, mapping, "--as", " ")), "needs somebody")
    assert shown(run, trial, "adverse_event") == []


WIDE = """
[table]
decimal = ","

[[record]]
kind = "patient"
name = "{patient}"
repeats = true
values = { site = { constant = "S1" }, sex = { column = "sex", codes = { 1 = "F", 2 = "M" } }, birth_year = "born" }

[[record]]
kind = "lesion"
name = "{patient}-L1"
repeats = true
[record.values]
patient = "patient"
organ = { constant = "liver" }
longest_diameter = { column = "size", unit = "cm" }

[[record]]
kind = "inclusion"
name = "{patient}-1"
repeats = true
[record.values]
patient = "patient"
at = { text = "{included}T09:00" }
eligible = { constant = "no" }
"criteria.age" = { column = "adult", codes = { 1 = "yes", 0 = "no" } }

[[record]]
kind = "visit"
name = "{patient}-1-{visit}"
values = { inclusion = "{patient}-1", name = "visit", visited_on = { column = "day", date = "DD.MM.YYYY" }, ecog = "ecog" }

[[record]]
kind = "measurement"
name = "{patient}-1-{visit}-N"
unless = { neutrophils = "" }
[record.values]
inclusion = "{patient}-1"
visit = "visit"
measured_on = { column = "day", date = "DD.MM.YYYY" }
test = { constant = "neutrophils" }
value = "neutrophils"
unit = { constant = "10^9/L" }
"""  # noqa: E501


def test_several_records_of_a_row(run: Run, trial: Path, tmp_path: Path) -> None:
    mapping = write(tmp_path, "wide.toml", WIDE)
    head = "patient;sex;born;size;included;adult;visit;day;ecog;neutrophils"
    start = "P02;1;1961;3,15;2024-03-01;1;"
    rows = [f"{start}week 1;08.03.2024;1;2,50", f"{start}week 6;12.04.2024;0;"]
    file = write(tmp_path, "wide.csv", head, *rows)
    code, out, error = run(*command(trial, file, mapping, "--json"))
    assert (code, error) == (0, "")
    made = json.loads(out)["new"]
    assert {kind: len(names) for kind, names in made.items()} == {
        "patient": 1, "inclusion": 1, "lesion": 1, "visit": 2, "measurement": 1,
    }  # fmt: skip
    patient = next(one for one in shown(run, trial, "patient") if one["name"] == "P02")
    assert (patient["sex"], patient["birth_year"]) == ("F", 1961)
    included = next(one for one in shown(run, trial, "inclusion") if one["name"] == "P02-1")
    assert included["at"] == "2024-03-01T01:00:00+00:00"  # Shanghai's morning
    assert included["criteria"] == {"age": True}
    lesion = next(one for one in shown(run, trial, "lesion") if one["name"] == "P02-L1")
    assert lesion["longest_diameter_mm"] == 31.5
    (value,) = shown(run, trial, "measurement")
    assert (value["value"], value["measured_on"]) == ("2.50", "2024-03-08")
    assert "0 new, 0 changed" in run(*command(trial, file, mapping))[1]
    points = write(tmp_path, "wide.csv", head, rows[0].replace("3,15", "3.15"))
    refused(run(*command(trial, points, mapping)), "a point where the map says a decimal comma")
    commas = write(tmp_path, "wide.toml", WIDE.replace('decimal = ","', ""))
    file = write(tmp_path, "wide.csv", head, *rows)
    refused(run(*command(trial, file, commas)), "row 2, column size", "a comma in a number",
            "column neutrophils")  # fmt: skip
    year = write(tmp_path, "wide.csv", head, rows[0].replace("08.03.2024", "08.03.24"))
    mapping = write(tmp_path, "wide.toml", WIDE)
    refused(run(*command(trial, year, mapping)), "no date as the map says: got '08.03.24'")


def test_signed_records_ask_for_the_passphrase(run: Run, trial: Path, tmp_path: Path) -> None:
    from hevesy.store import open_store
    from hevesy.store.tables import AdverseEvent
    from tests.store.study import PASSPHRASE

    file, mapping = events(tmp_path), map_of(tmp_path)
    assert run(*command(trial, file, mapping))[0] == 0
    store = open_store(trial / "study.db", clock=lambda: d.GIVEN)
    with store.writing("coordinator", passphrase=PASSPHRASE) as writer:
        writer.sign(AdverseEvent, "P01-AE2", meaning="reviewed")
    store.close()
    file = events(tmp_path, ROWS[0], ROWS[1].replace("moderate", "severe"), ROWS[2])
    again = command(trial, file, mapping, "--reason", "source verified")
    refused(run(*again), "1 records that would change are signed", "row 3", "passphrase")
    secret = write(tmp_path, "secret", PASSPHRASE)
    assert run(*again, "--passphrase-file", secret)[0] == 0
    signatures = shown(run, trial, "signature")
    assert [one["record_version"] for one in signatures if one["record"] == "P01-AE2"] == [1, 2]


LESIONS = """
[[record]]
kind = "lesion_assessment"
name = "{subject}-{nr}"
[record.values]
inclusion = "{subject}-1"
lesion = "lesion"
visit = "visit"
assessed_on = "day"
role = { constant = "target" }
status = { constant = "present" }
diameter_mm = "mm"
"""


def test_lesions_and_events_that_do_not_fit(run: Run, trial: Path, tmp_path: Path) -> None:
    """A target measured twice is refused; what may be right is found by the data checks."""
    mapping = map_of(tmp_path, LESIONS)
    head = "subject,nr,lesion,visit,day,mm"
    twice = ("P01,1,L1,week 6,2024-04-16,24.5", "P01,2,L1,week 6,2024-04-16,25.5")
    done = run(*command(trial, write(tmp_path, "l.csv", head, *twice), mapping))
    refused(done, "2 problems", "row 2, lesion assessment: an assessment of this lesion at this",
            "got '(row 3)'", "got '(row 2)'")  # fmt: skip
    assert "P01" not in done[2]
    other = write(tmp_path, "l.csv", head, twice[0].replace("L1", "L9"))
    refused(run(*command(trial, other, mapping)), "row 2, column lesion: no such lesion")
    comma = write(tmp_path, "l.csv", head.replace(",", ";"), twice[0].replace(",", ";"))
    comma.write_text(comma.read_text().replace("24.5", "24,5"))
    refused(run(*command(trial, comma, mapping)), "row 2, column mm", "a comma in a number")
    unit = map_of(tmp_path, LESIONS.replace('"mm"', '{ column = "mm", unit = "inch" }'))
    refused(run(*command(trial, other, unit)), "unit 'inch' is unknown (allowed: mm, cm)")
    mapping = map_of(tmp_path, LESIONS)
    values = d.sets(patient="P01", organ="lung")
    run("trial", "record", "lesion", "L2", *values, "--study", trial, "--as", "coordinator")
    first = "P01,1,L1,baseline,2024-03-02,31"
    late = write(tmp_path, "l.csv", head, first, twice[1].replace("L1", "L2"))
    code, out, _ = run(*command(trial, late, mapping, "--dry-run"))
    assert (code, "CHECK lesion-baseline: L2 has no baseline" in out) == (0, True)
    assert run(*command(trial, late, mapping))[0] == 0
    assert "CHECK" not in run(*command(trial, late, mapping))[1]  # found before, and not new


def test_an_event_of_somebody_who_was_never_treated(run: Run, trial: Path, tmp_path: Path) -> None:
    study = ("--study", trial, "--as", "coordinator")
    run("trial", "record", "patient", "P02", *d.sets(site="S1"), *study)
    values = d.sets(patient="P02", at="2024-03-01T09:00", eligible="no")
    run("trial", "record", "inclusion", "P02-1", *values, *study)
    file = events(tmp_path, ROWS[0].replace("P01", "P02"))
    out = run(*command(trial, file, map_of(tmp_path), "--json"))[1]
    (found,) = [one for one in json.loads(out)["findings"] if one["check"] == "event-untreated"]
    assert {"kind": "adverse_event", "name": "P02-AE1"} in found["records"]
