"""A threshold's rule in a study's records: fixed, signed, unblinded, changed, on both databases."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from hevesy.errors import StudyError
from hevesy.evidence import ThresholdRule, reachable_confidence
from hevesy.store import tables as t
from hevesy.workflows.study import open_study
from hevesy.workflows.study_threshold import list_rules
from tests.store.command_calls import rule_file
from tests.store.commands import Run, address_of, refused
from tests.store.study import PASSPHRASE
from tests.store.trial_lesions import HALF_GY, enter_doses, enter_outcomes, people_of


@pytest.fixture
def study(run: Run, dialect: str, place: Callable[..., str | Path], tmp_path: Path) -> Path:
    folder = tmp_path / "trial"
    store = ("--store", place()) if dialect == "postgresql" else ()
    assert run("trial", "init", folder, *store)[0] == 0
    for words in people_of(folder):
        assert run(*words)[0] == 0
    return folder


def fix(run: Run, study: Path, file: Path, *more: object) -> tuple[int, str, str]:
    return run("trial", "threshold", "fix", file, "--study", study, "--as", "stan", *more)


def unblind(run: Run, study: Path, *more: object, who: str = "ines") -> tuple[int, str, str]:
    words = ("trial", "threshold", "unblind", "--study", study, "--reason", "data lock")
    return run(*words, "--as", who, *more)


def statuses(run: Run, study: Path) -> dict[str, tuple[str, str]]:
    said = json.loads(run("trial", "threshold", "list", "--study", study, "--json")[1])
    return {one["name"]: (one["status"], one["why"]) for one in said["rules"]}


def evidence(run: Run, study: Path, *more: object) -> dict[str, Any]:
    code, out, error = run("trial", "evidence", "--study", study, "--json", *more)
    assert code == 0, error
    answer: dict[str, Any] = json.loads(out)
    return answer


def test_from_the_rule_to_the_threshold(
    run: Run, study: Path, dialect: str, tmp_path: Path
) -> None:
    truth = enter_doses(study, patients=36)
    file = rule_file(tmp_path, "primary")
    assert fix(run, study, file)[0] == 0
    refused(run("trial", "evidence", "--study", study), "outcomes are blind", "unblind")
    assert statuses(run, study) == {"primary": ("fixed", "outcomes are blind")}
    enter_outcomes(study, truth)
    refused(run("trial", "evidence", "--study", study, "--out", tmp_path / "e"), "are blind")
    assert not (tmp_path / "e").exists()
    assert unblind(run, study)[0] == 0
    written = ("--out", tmp_path / "e") if dialect == "sqlite" else ()
    found = evidence(run, study, *written)  # drawn once: a figure knows of no database
    assert found["status"] == found["curve"]["status"] == found["threshold"]["status"]
    assert found["status"] == found["fixed"]["status"] == "pre-specified"
    # 72 lesions; one was not seen again, another has two doses: listed, not dropped
    assert found["counts"] == {
        "complete": 70, "dose_without_outcome": 1, "outcome_without_dose": 1, "neither": 0,
    }  # fmt: skip
    assert [row["lesion"] for row in found["without"]["outcome"]] == ["P01-L2"]
    assert [row["lesion"] for row in found["without"]["dose"]] == ["P36-L2"]
    assert found["not_injected"] == [{"subject": "P36", "lesion": "P36-L3"}]
    assert "of 72 sizes of lesions after treatment, 0 were in the records" in str(found["notes"])
    # the truth is in the interval, whose coverage docs/validation/evidence.md measures
    assert found["threshold"]["low_gy"] < HALF_GY < found["threshold"]["high_gy"]
    pairs = {(one["exposure"], one["outcome"]): one for one in found["associations"]}
    liver = pairs["dose to liver", "neutrophils, lowest"]
    assert len(liver["points"]) == 36
    assert liver["slope_interval"][0] < liver["slope"] < liver["slope_interval"][1] < 0
    assert {row["row"] for row in pairs["mean dose", "density change"]["not_counted"]} == {
        "P01-L2 (A-P01)", "P36-L2 (A-P36)",
    }  # fmt: skip
    assert {one["status"] for one in pairs.values()} == {"exploratory"}
    complications = [(one["organ"], one["grade"]) for one in found["complications"]]
    assert complications == [("liver", 2), ("liver", 3)]
    for one in found["complications"]:
        assert one["not_fitted"].startswith("too few: 0 with")
        assert len(one["points"]) == 36
    if written:
        _check_files(tmp_path / "e", found)
    said = run("trial", "evidence", "--study", study)[1]
    assert "pre-specified (signed before the unblinding)" in said
    assert "P01/P01-L2" in said
    assert json.loads(run("trial", "check", study, "--audit", "--json")[1])["proved"]


def _check_files(folder: Path, found: dict[str, Any]) -> None:
    assert len((folder / "lesions.csv").read_text().splitlines()) == 73
    subjects = (folder / "subjects.csv").read_text().splitlines()
    assert len(subjects) == 37
    assert "liver dose_uncertainty_gy" in subjects[0]
    kept = json.loads((folder / "evidence.json").read_text())
    assert kept == {key: value for key, value in found.items() if key != "files"}
    assert sorted(path.name for path in folder.iterdir()) == sorted(found["files"])
    page = (folder / "evidence.html").read_text()
    for words in ("Pre-specified", found["rule_sha256"], found["threshold"]["text"], "P36-L3",
                  "assessed, not injected", "data lock"):  # fmt: skip
        assert words in page
    fitted = sum(one["slope"] is not None for one in found["associations"])
    for words in (f"{len(found['associations'])} pairs, {fitted} fitted; no interval is widened",
                  "Threshold: pre-specified; all else: exploratory",
                  "Intervals of 95 %, none widened for the number of models"):  # fmt: skip
        assert words in page
    for drawing in folder.glob("*.svg"):
        assert "Research use only" in drawing.read_text(), drawing.name
    assert page.count("data:image/svg+xml") == 7
    assert "http" not in page


def test_every_order_of_fixing_changing_and_unblinding(
    run: Run, study: Path, tmp_path: Path
) -> None:
    """Each rule by what was done to it before (b) and after (a) the unblinding."""
    one, two = {}, {}
    for name in ("fixed", "changed-blind", "changed-seen", "back-again", "late"):
        one[name] = rule_file(tmp_path, name).rename(tmp_path / f"{name}-1.toml")
        two[name] = rule_file(tmp_path, name, 0.8)
    because = ("--reason", "the board asked")
    for name in ("fixed", "changed-blind", "changed-seen", "back-again"):
        assert fix(run, study, one[name])[0] == 0
    refused(fix(run, study, one["fixed"]), "is fixed already")
    refused(fix(run, study, two["changed-blind"]), "another rule is fixed", "--reason")
    assert fix(run, study, two["changed-blind"], *because)[0] == 0
    assert unblind(run, study)[0] == 0
    refused(unblind(run, study, who="stan"), "unblinded already")
    assert fix(run, study, two["changed-seen"], *because)[0] == 0
    assert fix(run, study, two["back-again"], *because)[0] == 0
    assert statuses(run, study)["back-again"][0] == "exploratory"
    assert fix(run, study, one["back-again"], *because)[0] == 0
    assert fix(run, study, one["late"])[0] == 0
    before, seen = ("pre-specified", "signed before the unblinding"), "after the unblinding"
    assert statuses(run, study) == {
        "fixed": before, "changed-blind": before, "back-again": before,
        "changed-seen": ("exploratory", f"changed {seen}"),
        "late": ("exploratory", f"fixed {seen}"),
    }  # fmt: skip
    assert json.loads(run("trial", "check", study, "--audit", "--json")[1])["proved"]


@pytest.mark.parametrize("seed", range(3))
def test_random_orders(run: Run, study: Path, tmp_path: Path, seed: int) -> None:
    """Two rules, three texts, in any order around the unblinding, against the plain definition."""
    random = Random(seed)
    now: dict[str, float] = {}
    blind: dict[str, float] | None = None
    at = random.randrange(3, 9)
    for step in range(12):
        if step == at:
            assert unblind(run, study, "--without-rule")[0] == 0
            blind = dict(now)
            continue
        name, text_of = random.choice("ab"), random.choice((0.4, 0.5, 0.6))
        done = fix(run, study, rule_file(tmp_path, name, text_of), "--reason", "x")
        assert done[0] == (2 if now.get(name) == text_of else 0)
        now[name] = text_of
    assert blind is not None
    assert {name: status for name, (status, _) in statuses(run, study).items()} == {
        name: "pre-specified" if blind.get(name) == one else "exploratory"
        for name, one in now.items()
    }


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_late_and_changed_rules_are_exploratory_everywhere(
    run: Run, study: Path, tmp_path: Path
) -> None:
    truth = enter_doses(study, patients=12)
    enter_outcomes(study, truth)
    assert fix(run, study, rule_file(tmp_path, "first"))[0] == 0
    assert unblind(run, study, who="stan")[0] == 0
    assert fix(run, study, rule_file(tmp_path, "first", 0.6), "--reason", "x")[0] == 0
    assert fix(run, study, rule_file(tmp_path, "late"))[0] == 0
    for name in ("first", "late"):
        written = ("--out", tmp_path / name) if name == "first" else ()
        found = evidence(run, study, "--rule", name, *written)
        parts = [found, found["curve"], found["threshold"], found["roc"], found["further"]]
        assert {part["status"] for part in parts} == {"exploratory"}
        assert "of 24 sizes of lesions after treatment, 24 were in the records" in str(
            found["notes"]
        )
        for path in (tmp_path / name).iterdir() if written else ():
            if path.suffix in {".svg", ".json", ".html"}:
                said = path.read_text()
                assert "exploratory" in said, path.name
                assert "pre-specified" not in said, path.name
        said = run("trial", "evidence", "--study", study, "--rule", name)[1]
        assert "pre-specified" not in said
        assert said.count("exploratory") >= 3
    refused(run("trial", "evidence", "--study", study), "several threshold rules", "first, late")
    refused(run("trial", "evidence", "--study", study, "--rule", "frist"), 'did you mean "first"')


def test_what_is_refused(run: Run, study: Path, tmp_path: Path) -> None:
    file = rule_file(tmp_path, "primary")
    for who, word in (("ines", "fix the rule"), ("cora", "fix the rule"), ("ada", "fix the rule")):
        done = run("trial", "threshold", "fix", file, "--study", study, "--as", who)
        refused(done, f"{who} may not {word}")
    for who in ("cora", "yann", "mona", "ada"):
        refused(unblind(run, study, who=who), f"{who} may not unblind")
    refused(unblind(run, study), "no rule of a threshold is fixed", "--without-rule")
    blank = ("trial", "threshold", "unblind", "--study", study, "--reason", " ", "--as", "ines")
    refused(run(*blank), "needs a reason")
    (tmp_path / "bad.toml").write_text('name = "x"\nprobability = 2\n')
    refused(fix(run, study, tmp_path / "bad.toml"), "probability", "0.01 to 0.99")
    refused(fix(run, study, rule_file(tmp_path, "x" * 101)), "name can't be used")
    refused(run("trial", "evidence"), "give a file of lesions or a study")
    refused(run("trial", "evidence", file, "--study", study), "give a file of lesions or a study")
    refused(run("trial", "evidence", file), "needs a rule")
    refused(run("trial", "evidence", "--study", study, "--fixed", "ab"), "for a file of lesions")
    assert statuses(run, study) == {}
    assert unblind(run, study, "--without-rule")[0] == 0
    refused(run("trial", "evidence", "--study", study), "no rule of a threshold is fixed")
    assert fix(run, study, file)[0] == 0
    refused(run("trial", "evidence", "--study", study), "there are no lesions")


def test_a_rule_whose_text_has_another_hash_is_refused(
    run: Run, study: Path, tmp_path: Path
) -> None:
    """Written past the commands, as only somebody with the library could."""
    file = rule_file(tmp_path, "primary")
    assert fix(run, study, file)[0] == 0
    with open_study(study) as (_, store), store.writing("stan") as writer:
        signed = writer.get(t.FixedRule, "primary")
        bare = t.FixedRule(
            id="bare", content=signed.content.replace('"primary"', '"bare"'),
            content_sha256="0" * 64,
        )  # fmt: skip
        writer.add(bare)
    with pytest.raises(StudyError, match="does not have its hash"):
        list_rules(study)


def test_a_rule_changed_in_the_database_is_found(
    run: Run, study: Path, dialect: str, tmp_path: Path
) -> None:
    """Somebody with the database's own tools moves the rule; the audit's proof says so."""
    assert fix(run, study, rule_file(tmp_path, "primary"))[0] == 0
    assert unblind(run, study)[0] == 0
    engine = create_engine(address_of(study))
    with engine.begin() as connection:
        drop = "DROP TRIGGER threshold_rule_no_update"
        on = " ON threshold_rule" if dialect == "postgresql" else ""
        connection.execute(text(drop + on))
        connection.execute(text("UPDATE threshold_rule SET content_sha256 = 'x'"))
    engine.dispose()
    refused(run("trial", "threshold", "list", "--study", study), "does not have its hash")
    code, out, _ = run("trial", "check", study, "--audit", "--json")
    assert code == 1
    assert "threshold_rule" in str(json.loads(out)["faults"])


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_too_few_outcomes_show_the_data_and_fit_nothing(
    run: Run, study: Path, tmp_path: Path
) -> None:
    truth = enter_doses(study, patients=4)
    enter_outcomes(study, truth)
    assert fix(run, study, rule_file(tmp_path, "primary"))[0] == 0
    assert unblind(run, study)[0] == 0
    found = evidence(run, study, "--out", tmp_path / "e")
    assert found["curve"] is found["threshold"] is found["roc"] is None
    assert "too few outcomes" in found["not_fitted"]
    assert (tmp_path / "e" / "dose-response.svg").is_file()
    assert not (tmp_path / "e" / "roc.svg").exists()


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_rule_signed_with_too_few_resamples_stays_readable_and_counts(
    run: Run, study: Path, tmp_path: Path
) -> None:
    """Signed when fewer were allowed: 99 % from 12 patients needs more than its 120 resamples."""
    truth = enter_doses(study, patients=12)
    rule = ThresholdRule(name="old", resamples=120, confidence=0.99)
    file = tmp_path / "old.toml"
    file.write_text('name = "old"\nresamples = 120\nconfidence = 0.99\n')
    refused(fix(run, study, file), "resamples can't be used")
    with open_study(study) as (_, store), store.writing("stan", passphrase=PASSPHRASE) as writer:
        writer.add(t.FixedRule(id="old", content=rule.to_json(), content_sha256=rule.sha256))
        writer.sign(t.FixedRule, "old", meaning="threshold rule fixed")
    assert fix(run, study, rule_file(tmp_path, "other"))[0] == 0
    assert set(statuses(run, study)) == {"old", "other"}
    enter_outcomes(study, truth)
    assert unblind(run, study)[0] == 0
    found = evidence(run, study, "--rule", "old", "--out", tmp_path / "e")
    assert found["threshold"]["status"] == "pre-specified"
    assert found["rule_sha256"] == rule.sha256
    assert found["curve"]["confidence"] == pytest.approx(
        reachable_confidence(0.99, found["curve"]["subjects"], 120)
    )
    assert any("can't reach the rule's 99 %" in note for note in found["notes"])
    page = (tmp_path / "e" / "evidence.html").read_text()
    assert "reach the rule" in page
    assert f"({100 * found['curve']['confidence']:.4g} % interval)" in page
