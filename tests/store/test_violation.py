"""An inclusion that turns out not to have been eligible, after its treatment, on both databases."""

import json
from pathlib import Path

from tests.store.commands import Run, refused

FOUND = "violation=creatinine of day -2 came on 2024-03-09: above the limit"


def correct(run: Run, trial: Path, *values: str) -> tuple[int, str, str]:
    sets = [word for value in values for word in ("--set", value)]
    return run("trial", "correct", "inclusion", "P01-1", "--study", trial, "--as", "coordinator",
               "--reason", "monitoring visit", *sets)  # fmt: skip


def test_a_violation_is_recorded_and_the_patient_stays(run: Run, trial: Path) -> None:
    before = json.loads(run("trial", "flow", "--study", trial, "--json")[1])
    refused(correct(run, trial, "eligible=no"), "was treated", "deviation from the protocol",
            "violation=")  # fmt: skip
    refused(correct(run, trial, FOUND), "why somebody who was treated was not eligible",
            "eligible=yes")  # fmt: skip
    assert correct(run, trial, "eligible=no", FOUND)[0] == 0
    code, out, _ = run("trial", "flow", "--study", trial, "--json")
    after = json.loads(out)
    assert (code, after["faults"]) == (0, [])
    assert after["stages"] == before["stages"]  # enrolled, treated and analysed as before
    code, said, _ = run("trial", "check", trial, "--data")
    assert code == 1
    assert "P01-1 was treated, and found not eligible later: creatinine of day -2" in said
    refused(correct(run, trial, "violation="), "deviation from the protocol")
    assert correct(run, trial, "note=seen")[0] == 0  # what else is corrected leaves it as it is
    refused(correct(run, trial, "eligible=yes"), "why somebody who was treated")
    assert correct(run, trial, "eligible=yes", "violation=")[0] == 0
    assert run("trial", "check", trial, "--audit")[0] == 0


def test_without_a_treatment_it_is_a_screening_failure(run: Run, trial: Path) -> None:
    enter = ("trial", "record", "--study", trial, "--as", "coordinator")
    assert run(*enter, "patient", "P8", "--set", "site=S1")[0] == 0
    values = ("--set", "patient=P8", "--set", "at=2024-03-02T09:00", "--set", "eligible=no")
    refused(run(*enter, "inclusion", "P8-1", *values, "--set", FOUND), "no administration",
            "failure_reason")  # fmt: skip
    assert run(*enter, "inclusion", "P8-1", *values)[0] == 0
