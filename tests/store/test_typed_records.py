"""`hevesy trial record`, `correct`, `show`: what is typed is kept, or refused in one line."""

import json
from pathlib import Path

from tests.store import dose_study as d
from tests.store.commands import Run, refused


def test_a_record_and_its_history(run: Run, trial: Path) -> None:
    study = ("--study", trial, "--as", "coordinator")
    done = run("trial", "record", "lesion", *d.sets(patient="P01", organ="lung"), *study, "--json")
    assert json.loads(done[1]) == {"kind": "lesion", "name": "lesion-2", "version": 1}
    fix = ("trial", "correct", "lesion", "lesion-2", *study)
    assert run(*fix, "--set", "longest_diameter=3.1 cm", "--reason", "measured")[0] == 0
    refused(run(*fix, "--set", "organ=liver", "--reason", "x", "--version", "1"), "meanwhile")
    refused(run(*fix, "--set", "organ=lung", "--reason", "x"), "changes nothing")
    refused(run(*fix, "--set", "organ=liver", "--reason", " "), "needs a reason")
    done = run("trial", "show", "lesion", "lesion-2", "--history", "--study", trial, "--json")
    old, new = json.loads(done[1])["records"]
    assert (old["version"], new["version"]) == (1, 2)
    assert (old["longest_diameter_mm"], new["longest_diameter_mm"]) == (None, 31.0)
    assert (new["written"]["by"], new["written"]["reason"]) == ("coordinator", "measured")
    given = run("trial", "show", "administration", "A1", "--study", trial, "--json")[1]
    (record,) = json.loads(given)["records"]
    assert record["activity_bq"] == 1.5e9
    assert record["at"] == "2024-03-05T02:00:00+00:00"  # Shanghai is 8 h ahead
    assert (record["agent"], record["nuclide"]) == ("ImDendrim", "Re-188")  # the protocol's
    shown = run("trial", "show", "patient", "P01", "--study", trial)  # needs no name
    assert shown[1] == "P01, version 1  site=S1  sex=F  birth_year=1960\n"
    assert "passphrase" not in run("trial", "show", "account", "--study", trial, "--json")[1]


BAD = [
    ("lesion", ["organ"], "--set needs a key and a value"),
    ("lesion", ["patient=P01", "organ=lung", "longest_diameter=31"], "unit"),
    ("lesion", ["patient=P01", "organ=lung", "longest_diameter=0 mm"], "must be above 0"),
    ("lesion", ["patient=P01", "organ=lung", "organs=x"], "did you mean `organ`"),
    ("lesion", ["patient=P09", "organ=lung"], "no such patient"),
    ("lesion", ["patient=P01"], "a lesion needs `organ`"),
    ("lesion", ["patient=P01", "organ=a", "organ=b"], "given twice"),
    ("leson", ["organ=lung"], 'did you mean "lesion"'),
    ("batch", ["agent=x"], "this kind of record is not typed"),
    ("dose", ["region=x"], "this kind of record is not typed"),
    ("patient", ["site=S1", "sex=w"], "allowed: None, F, M, other"),
    ("patient", ["site=S1", "birth_year=60"], "no year of birth"),
    ("patient", ["site=S1", "birth_year=old"], "whole number"),
    ("inclusion", ["patient=P01", "at=2024-03-01", "eligible=yes"], "not a date and time"),
    ("inclusion", ["patient=P01", "at=2999-03-01T09:00", "eligible=yes"], "in the future"),
    ("inclusion", ["patient=P01", "at=2024-03-01T09:00", "eligible=maybe"], "yes or no"),
    ("inclusion", ["patient=P01", "at=2024-03-01T09:00", "eligible=yes", "criteria.age=no"],
     "a criterion says otherwise"),
    ("inclusion", ["patient=P01", "at=2024-03-01T09:00", "eligible=yes", "criteria.aje=no"],
     'did you mean "age"'),
    ("inclusion", ["patient=P01", "at=2024-03-01T09:00", "eligible=yes", "ecog=7"], "ecog"),
    ("site", ["name=Shanghai Xinhua Hospitl", "timezone=Asia/Shanghai"], "did you mean"),
    ("administration", ["inclusion=P01-1", "at=2024-03-09T10:00", "kind=net", "activity=40 MBq",
      "operator=investigator"], "not usual in the study"),
    ("administration", ["inclusion=P01-1", "at=2024-03-09T10:00", "kind=nett",
      "activity=40 mCi", "operator=investigator"], 'did you mean "net"'),
    ("administration", ["inclusion=P01-1", "at=2024-02-09T10:00", "kind=net",
      "activity=40 mCi", "operator=investigator"], "before inclusion P01-1"),
    ("administration", ["inclusion=P01-1", "at=2024-03-09T10:00", "kind=net",
      "activity=40 mCi", "operator=eve"], "no such account"),
    ("scan", ["administration=A1", "at=2024-03-05T18:00", "spect=../x"], "no such file"),
    ("scan", ["administration=A1", "at=2024-03-05T18:00", "spect=study.toml"],
     "does not lie in the study"),
    ("scan", ["administration=A1", "at=2024-03-05T18:00", "spect=dicom/1/spect.nii.gz"],
     "scan[1].unit is missing"),
    ("scan", ["administration=A1", "at=2024-03-05T18:00", "spect=dicom/1/spect.nii.gz",
      "unit=kBq/mL"], "images of another scan: got 'N1'"),
    ("scan", ["administration=A1", "at=2024-03-05T18:00"], "spect is missing"),
]  # fmt: skip


def test_refusals(run: Run, trial: Path) -> None:
    for kind, values, words in BAD:
        sets = [part for value in values for part in ("--set", value)]
        role = {"site": "ada", "scan": "physicist", "administration": "investigator"}
        user = role.get(kind, "coordinator")
        refused(run("trial", "record", kind, *sets, "--study", trial, "--as", user), words)
    little = d.sets(
        inclusion="P01-1", at="2024-03-09T10:00", kind="net", activity="40 MBq",
        operator="investigator",
    )  # fmt: skip
    meant = ("trial", "record", "administration", "--study", trial, "--as", "investigator")
    refused(run(*meant, *little, "--unusual"), "needs a reason")
    assert run(*meant, *little, "--unusual", "--reason", "tracer course")[0] == 0
    name = ("trial", "record", "patient", "--set", "site=S1", "--study", trial)
    refused(run(*name, "a/b", "--as", "coordinator"), "name can't be used")
    refused(run(*name, "P01", "--as", "coordinator"), "there already")
    refused(run("trial", "show", "patient", "--history", "--study", trial), "of one record")
