"""The records of a patient's course by the real command: kept as typed, or refused in one line."""

import json
from pathlib import Path

import pytest

from tests.store import dose_study as d
from tests.store.commands import Run, refused

INCLUSION = "inclusion=P01-1"


@pytest.fixture
def dialect() -> str:
    """Parsing happens before the database, whose two kinds the other tests try."""
    return "sqlite"


def enter(run: Run, study: Path, kind: str, *values: str) -> tuple[int, str, str]:
    sets = [part for value in values for part in ("--set", value)]
    return run("trial", "record", kind, *sets, "--study", study, "--as", "coordinator")


def done(run: Run, study: Path, kind: str, *values: str) -> None:
    code, _, error = enter(run, study, kind, *values)
    assert code == 0, error


EVENT = ("term=Fever", "organ_class=General", "grade=1", "began_on=2024-03-06", INCLUSION)
SIZE = ("lesion=L1", "visit=week 6", "assessed_on=2024-04-16", "role=target", INCLUSION)
VALUE = ("visit=week 6", "measured_on=2024-04-16", "test=neutrophils", INCLUSION)
BAD = [
    ("screening", ["screened_on=45351", INCLUSION], "looks like a spreadsheet's serial number"),
    ("screening", ["screened_on=45351.5", INCLUSION], "looks like a spreadsheet's serial number"),
    ("screening", ["screened_on=2024-02-31", INCLUSION], "a day that the calendar does not have"),
    ("screening", ["screened_on=31.02.2024", INCLUSION], "write it as 2026-01-09"),
    ("screening", ["screened_on=02/03/2024", INCLUSION], "write it as 2026-01-09"),
    ("screening", ["screened_on=2024-02-28T09:00", INCLUSION], "is a day, without a time"),
    ("screening", ["screened_on=2999-02-28", INCLUSION], "in the future"),
    ("screening", ["screened_on=2024-02-28"], "needs `inclusion`"),
    ("screening", ["screened_on=2024-02-28", "inclusion=P09-1"], "no such inclusion"),
    ("screening", ["screened_on=2024-02-28", "age_years=160", INCLUSION], "0 to 120"),
    ("screening", ["screened_on=2024-02-28", "evidence.agee=card", INCLUSION], '"age"'),
    ("screening", ["screened_on=2024-02-28", "waivers.age=frail", INCLUSION], "needs no waiver"),
    ("screening", ["screened_on=2024-02-28", "failure_reason=other", INCLUSION],
     "the inclusion is eligible, and its screening failed"),
    ("visit", ["name=week 6", "visited_on=2024-04-16", "ecog=6", INCLUSION], "ecog"),
    ("departure", ["kind=lost", "left_on=2024-05-01", INCLUSION], "lost to follow-up"),
    ("departure", ["kind=dead", "left_on=2024-02-01", INCLUSION], "before the inclusion"),
    ("departure", ["kind=refused", "left_on=2024-05-01", "reason=Refused subsequent treatment",
                   INCLUSION], "in other letters"),
    ("adverse_event", [*EVENT[:2], "grade=6", *EVENT[3:]], "1 to 5"),
    ("adverse_event", [*EVENT, "related_agent=maybe"], "possible"),
    ("adverse_event", [*EVENT, "outcome=healed"], "recovered"),
    ("adverse_event", [*EVENT, "ended_on=2024-03-05"], "`ended_on` is before `began_on`"),
    ("adverse_event", [*EVENT, "serious=yes"], "contradict each other"),
    ("adverse_event", [*EVENT, "seriousness=death"], "contradict each other"),
    ("adverse_event", [*EVENT, "serious=yes", "seriousness=hospital"], '"hospitalisation"'),
    ("adverse_event", [*EVENT, "outcome=fatal"], "a fatal event has grade 5"),
    ("adverse_event", [*EVENT[:2], "grade=5", *EVENT[3:], "serious=no"], "is serious"),
    ("adverse_event", [*EVENT, "aware_at=2024-03-07T09:00", "reported_at=2024-03-07T08:00"],
     "`reported_at` is before `aware_at`"),
    ("adverse_event", [*EVENT, "aware_at=2024-03-07"], "not a date and time"),
    ("adverse_event", [*EVENT, "administration=A9"], "no such administration"),
    ("measurement", [*VALUE, "value=1,5", "unit=10^9/L"], "has a decimal comma"),
    ("measurement", [*VALUE, "value=<1.5", "unit=10^9/L"], "plain decimal number"),
    ("measurement", [*VALUE, "value=1.5 g/L", "unit=10^9/L"], "without its unit"),
    ("measurement", [*VALUE, "value=1e3", "unit=10^9/L"], "plain decimal number"),
    ("measurement", [*VALUE, "value=1.5", "unit=10^9"], "no unit of a laboratory value"),
    ("measurement", [*VALUE, "value=1.5", "unit=10^9/L", "lower_normal=7", "upper_normal=2"],
     "the wrong way round"),
    ("lesion_assessment", [*SIZE, "status=present", "diameter_mm=-3"], "can't be negative"),
    ("lesion_assessment", [*SIZE, "status=absent", "diameter_mm=3"], "absent with a diameter"),
    ("lesion_assessment", [*SIZE, "status=seen"], "present"),
    ("lesion_assessment", [*SIZE, "status=present", "diameter_mm=4", "too_small=yes"],
     "too small to measure, with a diameter"),
    ("lesion_assessment", [*SIZE, "status=present", "blood_supply=less"], "reduced"),
    ("lesion_assessment", ["lesion=L9", *SIZE[1:], "status=present"], "no such lesion"),
    ("data_query", ["words=why"], "this kind of record is not typed"),
]  # fmt: skip


def test_refusals(run: Run, trial: Path) -> None:
    for kind, values, words in BAD:
        refused(enter(run, trial, kind, *values), words)


def test_kept_as_typed(run: Run, trial: Path) -> None:
    done(run, trial, "measurement", *VALUE, "value=1.50", "unit=10^9/L", "lower_normal=2.0")
    done(run, trial, "lesion_assessment", *SIZE, "status=present", "diameter_mm=24.50",
         "density_hu=-12.5", "blood_supply=reduced")  # fmt: skip
    done(run, trial, "visit", "name=week 6", "visited_on=2024-04-16", "ecog=1", INCLUSION)
    done(run, trial, "adverse_event", *EVENT, "administration=A1", "serious=yes",
         "seriousness=hospitalisation, life-threatening", "aware_at=2024-03-07T09:00")  # fmt: skip
    done(run, trial, "screening", "screened_on=2024-02-28", "evidence.age=identity card",
         "prior_lines=3", INCLUSION)  # fmt: skip
    shown = {
        kind: json.loads(run("trial", "show", kind, "--study", trial, "--json")[1])["records"][0]
        for kind in ("measurement", "lesion_assessment", "visit", "adverse_event", "screening")
    }
    assert (shown["measurement"]["value"], shown["measurement"]["lower_normal"]) == ("1.50", "2.0")
    assert shown["lesion_assessment"]["diameter_mm"] == "24.50"
    assert shown["lesion_assessment"]["density_hu"] == "-12.5"
    assert shown["visit"]["visited_on"] == "2024-04-16"
    assert shown["adverse_event"]["aware_at"] == "2024-03-07T01:00:00+00:00"  # of Shanghai
    assert shown["screening"]["evidence"] == {"age": "identity card"}


def test_there_is_one_of_each(run: Run, trial: Path) -> None:
    once = {
        "screening": ("screened_on=2024-02-28", INCLUSION),
        "departure": ("kind=lost to follow-up", "left_on=2024-05-01", INCLUSION),
        "lesion_assessment": (*SIZE, "status=present", "diameter_mm=24.50"),
    }
    for kind, values in once.items():
        done(run, trial, kind, *values)
        refused(enter(run, trial, kind, *values), "on record already", "correct that one")
    fix = ("trial", "correct", "departure", "departure-1", "--set", "reason=moved", "--reason",
           "heard", "--study", trial, "--as", "coordinator")  # fmt: skip
    assert run(*fix)[0] == 0  # itself is no second one
    done(run, trial, "patient", "site=S1")
    done(run, trial, "lesion", "patient=patient-2", "organ=liver")
    refused(enter(run, trial, "lesion_assessment", "lesion=lesion-2", *SIZE[1:], "status=present"),
            "a lesion of another patient")  # fmt: skip


def test_a_death_needs_a_grade_or_a_departure(run: Run, trial: Path) -> None:
    fatal = (*EVENT[:2], "grade=4", *EVENT[3:], "outcome=fatal", "serious=yes", "seriousness=death")
    refused(enter(run, trial, "adverse_event", *fatal), "has grade 5")
    done(run, trial, "departure", "kind=dead", "left_on=2024-05-01", INCLUSION)
    done(run, trial, "adverse_event", *fatal)


def test_criteria_are_answered_or_waived(run: Run, trial: Path) -> None:
    """An ECOG of 3 against "2 or less": waived first, in a screening, with its reason."""
    done(run, trial, "patient", "site=S1")
    who = ("patient=patient-2", "at=2024-03-02T09:00", "ecog=3")
    answers = [word for word in d.MET if word != "--set" and "ECOG" not in word]
    refused(enter(run, trial, "inclusion", *who, "eligible=yes", *answers),
            "a criterion has no answer", "ECOG")  # fmt: skip
    refused(enter(run, trial, "inclusion", *who, "eligible=yes", *answers, "criteria.ECOG=no"),
            "a criterion says otherwise", "waive")  # fmt: skip
    done(run, trial, "inclusion", *who, "eligible=no", *answers, "criteria.ECOG=no")
    verdict = ("trial", "correct", "inclusion", "inclusion-2", "--study", trial, "--as",
               "coordinator", "--reason", "waived", "--set")  # fmt: skip
    refused(run(*verdict, "eligible=yes"), "a criterion says otherwise")
    screening = ("inclusion=inclusion-2", "screened_on=2024-03-01")
    refused(enter(run, trial, "screening", *screening, "waivers.EOCG=x"), '"ECOG"')
    done(run, trial, "screening", *screening, "waivers.ECOG=no other treatment is left")
    assert run(*verdict, "eligible=yes")[0] == 0
    taken = ("trial", "correct", "screening", "screening-1", "--study", trial, "--as",
             "coordinator", "--reason", "x", "--set")  # fmt: skip
    refused(run(*taken, "waivers.ECOG="), "a criterion says otherwise")
    refused(run(*taken, "failure_reason=other"), "and its screening failed")


def test_the_studys_ctcae(run: Run, trial: Path) -> None:
    toml = trial / "study.toml"
    toml.write_text(toml.read_text() + '\n[events]\nctcae = "5.0"\n')
    assert run("trial", "amend", trial, "--reason", "pinned", "--as", "ada")[0] == 0
    done(run, trial, "adverse_event", *EVENT)
    refused(enter(run, trial, "adverse_event", *EVENT, "ctcae=6.0"), "versions do not mix")
    shown = json.loads(run("trial", "show", "adverse_event", "--study", trial, "--json")[1])
    assert [event["ctcae"] for event in shown["records"]] == ["5.0"]


def test_the_flow_of_a_study(run: Run, trial: Path, tmp_path: Path) -> None:
    done(run, trial, "patient", "site=S1")
    done(run, trial, "inclusion", "patient=patient-2", "at=2024-03-02T09:00", "eligible=no")
    failed = ("inclusion=inclusion-2", "screened_on=2024-03-01")
    flow = ("trial", "flow", "--study", trial)
    wrong = tmp_path / "wrong.svg"
    code, out, error = run(*flow, "--figure", wrong)
    assert (code, error) == (1, "")
    assert "no reason is recorded" in wrong.read_text()
    assert "FAULT: inclusion-2 is not eligible, and no reason is recorded" in out
    done(run, trial, "screening", *failed, "failure_reason=no appropriate lesion")
    figure = tmp_path / "flow.svg"
    code, out, _ = run(*flow, "--json", "--unit", "person", "--figure", figure)
    assert code == 0
    found = json.loads(out)
    assert [(stage["name"], stage["n"]) for stage in found["stages"]] == [
        ("Screened", 2), ("Enrolled", 1), ("Treated", 1), ("Analysed", 1),
    ]  # fmt: skip
    assert found["stages"][0]["exits"] == [
        {"reason": "no appropriate lesion", "n": 1, "members": ["patient-2"]},
        {"reason": "ineligible examination results", "n": 0, "members": []},
        {"reason": "consent withdrawn by the family", "n": 0, "members": []},
    ]
    assert "Screened, n = 2" in figure.read_text()
    assert "refused subsequent treatment: 0" in run(*flow)[1]
    refused(run(*flow, "--unit", "lesion"), "inclusions or persons")
    refused(run(*flow, "--figure", tmp_path / "flow.gif"), "ending that is not known")
    assert not (tmp_path / "flow.gif").exists()
