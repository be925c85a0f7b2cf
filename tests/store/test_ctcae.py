"""CTCAE's list of terms: a workbook of NCI's shape with made-up terms, and events against it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from hevesy.workflows.study import amend_study
from tests.store.commands import Run, refused
from tests.store.import_tables import EVENTS_MAP, events, map_of
from tests.store.study import PASSPHRASE

NBSP = "\N{NO-BREAK SPACE}"
GRADES = [f"Grade {grade}{NBSP}" for grade in range(1, 6)]
END = ["Definition", "Navigational Note"]
HEADS = {
    "5.0": ["MedDRA Code", "MedDRA SOC", "CTCAE Term", *GRADES, *END, "CTCAE v5.0 Change"],
    "6.0": [
        *(f"CTCAE v6.0 MedDRA 28.0 {word}" for word in ("LLT Code", "SOC", "Term")),
        *GRADES, *END, "CTCAE v6.0 Change",
    ],
}  # fmt: skip
ROWS = [  # made up: code, class, term, which grades
    ("1", "Depot disorders", "Depot ache", "123"),
    ("2", "Depot disorders", "Depot leak", "2345"),
    ("3", "Depot disorders", "Depot disorders - Other, specify", "12345"),
    ("4", "Needle disorders", f"Needle{NBSP}fright ", "12"),
    ("5", "Needle disorders", "Shared ache", "1"),
    ("6", "Depot disorders", "Shared ache", "12"),
]
REPLACE = ("--replace", "--reason", "NCI's errata")
EVENT = ("began_on=2024-03-06", "inclusion=P01-1")


def workbook(
    folder: Path, version: str = "5.0", *, rows: list[tuple[str, ...]] = ROWS,
    head: list[str] | None = None, sheet: str = "",
) -> Path:  # fmt: skip
    book = Workbook()
    book.active.title = sheet or f"CTCAE v{version} Clean Copy"
    book.active.append(head or HEADS[version])
    for number, (code, organ_class, term, grades) in enumerate(rows):
        absent = ("-", None, f" -{NBSP}")[number % 3]
        cells = ["made up" if str(g) in grades else absent for g in range(1, 6)]
        book.active.append([int(code), organ_class, term, *cells, "made up", "-", None])
    book.create_sheet("Errata").append(["nothing"])
    path = folder / f"CTCAE_{version}.xlsx"
    book.save(path)
    return path


def pin(trial: Path, version: str) -> None:
    toml = trial / "study.toml"
    text = toml.read_text()
    for old in ('[events]\nctcae = "5.0"\n', '[events]\nctcae = "6.0"\n'):
        text = text.replace(old, "")
    toml.write_text(f'{text}\n[events]\nctcae = "{version}"\n')
    amend_study(trial, user="ada", passphrase=PASSPHRASE, reason="the version of CTCAE")


def bring(run: Run, trial: Path, path: Path, *more: str) -> tuple[int, str, str]:
    return run("trial", "ctcae", "import", path, "--study", trial, "--as", "ada", *more)


def enter(run: Run, trial: Path, *values: str, verb: str = "record", name: str = "AE1"):
    sets = [part for value in values for part in ("--set", value)]
    more = ("--reason", "source") if verb == "correct" else ()
    return run("trial", verb, "adverse_event", name, *sets, "--study", trial, "--as",
               "coordinator", *more)  # fmt: skip


def shown(run: Run, trial: Path) -> dict[str, dict[str, object]]:
    out = run("trial", "show", "adverse_event", "--study", trial, "--json")[1]
    return {one["name"]: one for one in json.loads(out)["records"]}


def recorded(run: Run, trial: Path) -> list[dict[str, Any]]:
    """Every version of the list, with who recorded it and why."""
    show = ("trial", "show", "term_list", "CTCAE", "--history", "--study", trial, "--json")
    code, out, _ = run(*show)
    return json.loads(out)["records"] if code == 0 else []


def test_a_list_is_imported_once(run: Run, trial: Path, tmp_path: Path) -> None:
    path = workbook(tmp_path)
    refused(bring(run, trial, path), "pins no version of CTCAE", "[events]")
    old = ("term=Fever", "organ_class=General", "grade=1", *EVENT)
    assert enter(run, trial, *old, name="AE0")[0] == 0
    pin(trial, "5.0")
    refused(
        run("trial", "ctcae", "import", path, "--study", trial, "--as", "coordinator"),
        "coordinator may not amend the protocol",
    )
    code, out, error = bring(run, trial, path, "--json")
    assert (code, error) == (0, "")
    found = json.loads(out)
    assert (found["version"], found["terms"], found["written"]) == ("5.0", 6, True)
    assert found["sha256"] in found["warnings"][0]
    assert [one["event"] for one in found["unfit"]] == ["AE0"]  # of no version, before the list
    kept = recorded(run, trial)
    assert [one["workbook_sha256"] for one in kept] == [found["sha256"]]
    assert kept[0]["written"]["by"] == "ada"
    assert "made up" not in kept[0]["content"]  # no definition is kept
    assert "Nothing was written." in bring(run, trial, path)[1]
    assert recorded(run, trial) == kept
    other = workbook(tmp_path, rows=ROWS[:3])
    refused(bring(run, trial, other), "another list", "--replace")
    refused(bring(run, trial, other, "--replace"), "a correction needs a reason")
    assert recorded(run, trial) == kept
    assert bring(run, trial, other, *REPLACE)[0] == 0
    both = recorded(run, trial)
    assert [len(json.loads(one["content"])["terms"]) for one in both] == [6, 3]
    assert both[1]["written"]["reason"] == "NCI's errata"
    assert run("trial", "check", trial, "--audit")[0] == 0


def test_a_backup_holds_the_list(
    run: Run, listed: Path, tmp_path: Path, place: Callable[..., str | Path]
) -> None:
    saved, again = tmp_path / "saved.zip", tmp_path / "again"
    assert run("trial", "backup", listed, "--to", saved, "--as", "ada")[0] == 0
    target = place()
    store = "study.db" if isinstance(target, Path) else target
    assert run("trial", "restore", saved, "--to", again, "--store", store)[0] == 0
    assert recorded(run, again) == recorded(run, listed)
    refused(
        enter(run, again, "term=Depot aches", "grade=1", *EVENT), "not in the list of CTCAE 5.0"
    )
    assert "Nothing was written." in bring(run, again, tmp_path / "CTCAE_5.0.xlsx")[1]


def test_a_list_of_an_earlier_hevesy_is_imported_again(
    run: Run, trial: Path, tmp_path: Path
) -> None:
    pin(trial, "5.0")
    old = trial / "ctcae-terms.json"
    old.write_text("{}")
    good = ("term=Depot ache", "grade=1", *EVENT)
    refused(enter(run, trial, *good), "a file of an earlier hevesy", "import the workbook again")
    assert bring(run, trial, workbook(tmp_path))[0] == 0
    assert not old.exists()
    assert enter(run, trial, *good)[0] == 0


def test_versions_never_mix(run: Run, trial: Path, tmp_path: Path) -> None:
    pin(trial, "5.0")
    refused(bring(run, trial, workbook(tmp_path, "6.0")), "not of the version", "got '6.0'")
    assert recorded(run, trial) == []
    assert bring(run, trial, workbook(tmp_path))[0] == 0
    pin(trial, "6.0")
    done = enter(run, trial, "term=Depot ache", "grade=1", *EVENT)
    refused(done, "not of the version", "allowed: 6.0")
    assert bring(run, trial, workbook(tmp_path, "6.0"), *REPLACE)[0] == 0
    assert enter(run, trial, "term=Depot ache", "grade=1", *EVENT)[0] == 0
    assert shown(run, trial)["AE1"]["ctcae"] == "6.0"
    refused(enter(run, trial, "ctcae=5.0", verb="correct"), "versions do not mix")


BAD_BOOKS = [
    ({"sheet": "Sheet1"}, ["not NCI's workbook", "CTCAE v5.0 Clean Copy"]),
    ({"sheet": "CTCAE v4.0 Clean Copy"}, ["not NCI's workbook"]),
    ({"head": HEADS["5.0"][:10]}, ["other columns"]),
    ({"head": [HEADS["5.0"][1], HEADS["5.0"][0], *HEADS["5.0"][2:]]}, ["other columns"]),
    ({"rows": [*ROWS, ("7", "", "A term", "1"), ("8", "A class", "B term", "")]},
     ["row 8: no class; row 9: no grade at all", "nothing was imported"]),
    ({"rows": [*ROWS, ("7", "DEPOT disorders", "depot  ACHE", "1")]}, ["twice in its class"]),
    ({"rows": []}, ["has none"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), BAD_BOOKS)
def test_a_workbook_of_another_shape(
    run: Run, trial: Path, tmp_path: Path, changes: dict[str, object], words: list[str]
) -> None:
    pin(trial, "5.0")
    refused(bring(run, trial, workbook(tmp_path, **changes)), *words)  # type: ignore[arg-type]
    assert recorded(run, trial) == []


@pytest.fixture
def listed(run: Run, trial: Path, tmp_path: Path) -> Path:
    pin(trial, "5.0")
    assert bring(run, trial, workbook(tmp_path))[0] == 0
    return trial


BAD_EVENTS = [
    (["term=Depot aches", "grade=1"], ["not in the list of CTCAE 5.0", "Depot ache", "Other"]),
    (["term=Zzz", "grade=1"], ["not in the list of CTCAE 5.0", "CLASS - Other, specify: WORDS"]),
    (["term=Depot ache", "grade=4"], ["`grade` does not exist", "allowed: 1, 2, 3"]),
    (["term=Depot leak", "grade=1"], ["`grade` does not exist", "allowed: 2, 3, 4, 5"]),
    (["term=Depot ache", "grade=1", "organ_class=Needle disorders"],
     ["`organ_class` is not that of the term", "allowed: Depot disorders"]),
    (["term=Shared ache", "grade=1"],
     ["in several", "allowed: Needle disorders or Depot disorders"]),
    (["term=Depot disorders - Other, specify", "grade=1"], ["nothing is specified"]),
    (["term=Depot disorders - Other, specify: ", "grade=1"], ["nothing is specified"]),
    (["term=Depot ache: bad", "grade=1"], ["not in the list"]),
    (["term=Depot ache", "grade=1", "ctcae=6.0"], ["versions do not mix"]),
]  # fmt: skip


@pytest.mark.parametrize(("values", "words"), BAD_EVENTS)
def test_an_event_that_does_not_fit(
    run: Run, listed: Path, values: list[str], words: list[str]
) -> None:
    refused(enter(run, listed, *values, *EVENT), *words)
    assert shown(run, listed) == {}


def test_events_that_fit(run: Run, listed: Path) -> None:
    good = {
        "A": (("term=depot  ACHE", "grade=3"), ("Depot ache", "Depot disorders")),
        "B": (("term=Needle fright", "grade=2"), ("Needle fright", "Needle disorders")),
        "C": (("term=Shared ache", "organ_class=depot disorders", "grade=2"),
              ("Shared ache", "Depot disorders")),
        "D": (("term=depot disorders - other, SPECIFY:  blue  hands", "grade=5"),
              ("Depot disorders - Other, specify: blue hands", "Depot disorders")),
    }  # fmt: skip
    for name, (values, _) in good.items():
        code, _, error = enter(run, listed, *values, *EVENT, name=name)
        assert code == 0, error
    kept = shown(run, listed)
    assert {n: (kept[n]["term"], kept[n]["organ_class"]) for n in good} == {
        name: wanted for name, (_, wanted) in good.items()
    }
    # another term brings its class; one of another class and too high a grade are refused
    assert enter(run, listed, "term=needle fright", "grade=2", verb="correct", name="A")[0] == 0
    assert shown(run, listed)["A"]["organ_class"] == "Needle disorders"
    refused(enter(run, listed, "grade=3", verb="correct", name="A"), "`grade` does not exist")
    done = enter(run, listed, "organ_class=General", verb="correct", name="A")
    refused(done, "`organ_class` is not that of the term")


NO_CLASS = EVENTS_MAP.replace('organ_class = "class"\n', "")


@pytest.mark.parametrize("text", [EVENTS_MAP, NO_CLASS])
def test_imported_rows_are_held_against_it(
    run: Run, listed: Path, tmp_path: Path, text: str
) -> None:
    command = ["--map", map_of(tmp_path, text), "--study", listed, "--as", "coordinator"]
    rows = ["P01,1,depot ache,,mild,2024-03-06,2024-03-08,possible",
            "P01,2,Needle Fright,needle disorders,moderate,2024-03-06,ND,unrelated"]  # fmt: skip
    wrong = ["P01,3,Depot aches,,mild,2024-03-06,,", "P01,4,Depot leak,,mild,2024-03-06,,"]
    done = run("trial", "import", events(tmp_path, *rows, *wrong), *command)
    refused(done, "2 problems", "row 4, column term", "Depot ache", "row 5, column severity",
            "nothing was imported")  # fmt: skip
    assert shown(run, listed) == {}
    file = events(tmp_path, *rows)
    assert run("trial", "import", file, *command)[0] == 0
    kept = shown(run, listed)
    assert [(one["term"], one["organ_class"]) for one in kept.values()] == [
        ("Depot ache", "Depot disorders"), ("Needle fright", "Needle disorders"),
    ]  # fmt: skip
    assert "0 new, 0 changed, 2 the same" in run("trial", "import", file, *command)[1]
