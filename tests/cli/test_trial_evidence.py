"""`hevesy trial evidence|design`: the real command's answers, files and refusals."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hevesy.errors import TrialError
from hevesy.evidence import LesionTruth, ThresholdRule, draw_lesions
from hevesy.files import parse_lesion_outcomes
from hevesy.report.figure_marks import read_figure_csv
from tests.cli.trial_command import answer, refused, run

HEAD = "subject,lesion,dose_gy,dose_uncertainty_gy,response\n"


def table() -> str:
    rows = draw_lesions(
        LesionTruth(half_dose_gy=100.0), patients=36, generator=np.random.default_rng(11)
    )
    lines = [
        f"{row.subject},{row.lesion},{row.dose_gy:.1f},{row.dose_uncertainty_gy:.1f},"
        f"{int(bool(row.responded))}"
        for row in rows
    ]
    return HEAD + "\n".join([*lines, "S900,T1,,,1", "S900,T2,80,9,", "S901,T1,,,"]) + "\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    lesions, rule = tmp_path / "lesions.csv", tmp_path / "rule.toml"
    lesions.write_text(table())
    rule.write_text('name = "Primary"\nresamples = 200\n')
    return lesions, rule


def test_evidence(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lesions, rule = files
    out = tmp_path / "out"
    asked = ["evidence", str(lesions), "--rule", str(rule)]
    found = answer([*asked, "--out", str(out)], capsys)
    assert found["status"] == "exploratory"
    assert {found[key]["status"] for key in ("curve", "threshold", "roc")} == {"exploratory"}
    assert found["roc"]["best_cut_status"] == "exploratory"
    threshold = found["threshold"]
    assert threshold["low_gy"] < threshold["dose_gy"] < threshold["high_gy"]
    assert found["counts"]["outcome_without_dose"] == 1
    assert found["without"]["outcome"] == [
        {"subject": "S900", "administration": "", "lesion": "T2"}
    ]
    assert sum(found["counts"].values()) == found["lesions"]
    assert sorted(found["files"]) == sorted(path.name for path in out.iterdir())
    assert (out / "dose-response.png").read_bytes()[1:4] == b"PNG"
    for name in ("dose-response", "roc", "control"):  # each picture has its data beside it
        data = (out / f"{name}.csv").read_text()
        assert read_figure_csv(data)[0].marks
        assert (out / f"{name}.svg").is_file()
    listing = (out / "lesions.csv").read_text().splitlines()
    assert len(listing) == found["lesions"] + 1
    assert listing[-1].endswith(",neither")
    sha = ThresholdRule(name="Primary", resamples=200).sha256
    assert found["rule_sha256"] == sha
    fixed = answer([*asked, "--fixed", sha], capsys)
    assert fixed["threshold"]["status"] == "pre-specified"
    assert fixed["threshold"]["dose_gy"] == threshold["dose_gy"]
    text = run(asked, capsys)[1]
    assert "exploratory" in text
    assert "S900/T1" in text
    assert "not the rule that was fixed" in refused([*asked, "--fixed", "0" * 64], capsys)


def test_too_few_outcomes_are_shown(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lesions, rule = files
    lesions.write_text(
        HEAD + "".join(f"S{i},T1,{50 + i},5,0\n" for i in range(12)) + "S1,T2,90,9,1\n"
    )
    out = tmp_path / "out"
    asked = ["evidence", str(lesions), "--rule", str(rule), "--out", str(out)]
    text = run(asked, capsys)[1]
    assert "nothing was fitted: too few outcomes: 1 lesions with and 12 without" in text
    assert "S1/T2: 90 Gy, outcome 1" in text
    assert "threshold:" not in text
    assert not list(out.glob("roc.*"))
    assert (out / "dose-response.svg").exists()
    assert answer(asked[:-2], capsys)["threshold"] is None


def test_separation_is_said(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    lesions, rule = files
    lesions.write_text(HEAD + "".join(f"S{i},T1,{50 + i},5,{int(i > 9)}\n" for i in range(20)))
    found = answer(["evidence", str(lesions), "--rule", str(rule)], capsys)
    assert found["separated"] == "complete"
    assert any("separation" in note for note in found["notes"])


def notes_of(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str], rows: list[str], more: str = ""
) -> tuple[str, dict[str, Any]]:
    lesions, rule = files
    lesions.write_text(HEAD + "\n".join(rows) + "\n")
    rule.write_text(f'name = "x"\nresamples = 120\n{more}')
    found = answer(["evidence", str(lesions), "--rule", str(rule)], capsys)
    return "; ".join([*found["notes"], *found["further"]["notes"]]), found


def plain_rows(scale: float = 1.0, falls: bool = False, apart: bool = False) -> list[str]:
    """24 patients' doses of 50 to 165; the outcome rises with dose, with exceptions or without."""
    rows = []
    for i in range(24):
        reached = i > 11 if apart else (i * 7) % 24 < i
        dose = scale * (50 + 5 * i)
        rows.append(f"S{i},T1,{dose:g},{0.1 * dose:g},{int(reached != falls)}")
    return rows


def test_separation_says_which_limit_counts(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    said, _ = notes_of(files, capsys, plain_rows(apart=True))
    assert "without error" in said
    assert "only its lower limit" in said
    said, found = notes_of(files, capsys, plain_rows(apart=True, falls=True))
    assert "only its upper limit" in said
    assert "slope interval below 0" in said
    assert found["curve"]["slope_interval"][1] < 0
    rows = plain_rows(apart=True)
    rows[11] = rows[11].replace(",105,", ",110,")  # as dose as the first with the outcome
    said, found = notes_of(files, capsys, rows)
    assert found["separated"] == "quasi-complete"
    assert "but for ties" in said
    assert "without error" not in said


def test_units_confused_and_uncertainties_above_the_dose_are_said(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    said, _ = notes_of(files, capsys, plain_rows())
    assert "in Gy" not in said
    assert "above the dose" not in said
    assert "not in cGy?" in notes_of(files, capsys, plain_rows(scale=100))[0]
    rows = plain_rows()
    rows[3] = "S3,T1,6500,650,0"
    rows[4] = "S4,T1,70,90,0"
    said, _ = notes_of(files, capsys, rows)
    assert "1 of 24 doses lie more than 20 times" in said
    assert "1 of 24 doses have an uncertainty above the dose itself (S4/T1)" in said


def test_a_slope_is_named_after_its_link(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    for link, words in (("logit", "log odds"), ("probit", "probit"), ("loglog", "-log(-log")):
        _, found = notes_of(files, capsys, plain_rows(), f'link = "{link}"\n')
        assert words in found["curve"]["scale"]
        said = run(["evidence", str(files[0]), "--rule", str(files[1])], capsys)[1]
        assert f"slope of the {words}" in said


def test_a_common_error_widens_youdens_cut(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Doses that all share 40 %: the cut's limits are at least exp(0.385) = 1.47 farther apart."""
    plain = notes_of(files, capsys, plain_rows(), 'method = "youden"\n')[1]["threshold"]
    said, found = notes_of(
        files, capsys, plain_rows(), 'method = "youden"\ncommon_dose_share = 0.4\n'
    )
    wide = found["threshold"]
    assert wide["dose_gy"] == plain["dose_gy"]
    assert wide["high_gy"] / wide["low_gy"] > 1.47 * plain["high_gy"] / plain["low_gy"]
    assert "single uncertainty is not undone" in said


def test_nothing_fitted_says_why_and_exploratory(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, _ = notes_of(files, capsys, [f"S{i},T1,80,8,{i % 2}" for i in range(24)])
    assert "control curves: all doses are equal" in said
    out = tmp_path / "out"
    run(["evidence", str(files[0]), "--rule", str(files[1]), "--out", str(out)], capsys)
    assert "exploratory" in (out / "dose-response.svg").read_text()


def test_an_outcome_without_a_dose_keeps_its_outcome(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes_of(files, capsys, [*plain_rows(), "S30,T1,,,1", "S31,T1,,,0"])
    out = tmp_path / "out"
    run(["evidence", str(files[0]), "--rule", str(files[1]), "--out", str(out)], capsys)
    last = (out / "lesions.csv").read_text().splitlines()[-2:]
    assert last == ["S30,,T1,,,1,outcome without dose", "S31,,T1,,,0,outcome without dose"]


def test_a_rule_fixed_with_too_few_resamples_still_counts(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """99 % from 24 patients needs 483 resamples: with 120 it is the interval that they reach."""
    lesions, rule = files
    lesions.write_text(HEAD + "\n".join(plain_rows()) + "\n")
    rule.write_text('name = "x"\nresamples = 120\nconfidence = 0.99\n')
    asked = ["evidence", str(lesions), "--rule", str(rule)]
    assert "resamples can't be used" in refused(asked, capsys)
    sha = ThresholdRule(name="x", resamples=120, confidence=0.99).sha256
    found = answer([*asked, "--fixed", sha], capsys)
    assert found["threshold"]["status"] == "pre-specified"
    assert 0.95 < found["curve"]["confidence"] == found["roc"]["confidence"] < 0.99
    assert any("can't reach the rule's 99 %" in note for note in found["notes"])
    assert f"{100 * found['curve']['confidence']:.4g} %" in run([*asked, "--fixed", sha], capsys)[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "S1,T1,-5,1,1\n", "row 2, column dose_gy: got '-5'"),
        (HEAD + 'S1,T1,"80,5",1,1\n', "a number with a decimal point"),
        (HEAD + "S1,T1,0,1,1\n", "a dose above 0 and up to"),
        (HEAD + "S1,T1,80,nan,1\n", "column dose_uncertainty_gy: got 'nan'"),
        (HEAD + "S1,T1,80,9,yes\n", "column response: got 'yes', allowed 0, 1"),
        (HEAD + "S1,T1,80,9,1\nS1,T1,81,9,1\n", "row 3: the lesion of row 2 again"),
        (HEAD + "S1,T1,,9,1\n", "an uncertainty without a dose"),
        (HEAD + ",T1,80,9,1\n", "row 2, column subject"),
        (HEAD + "S1,T1,1e9,9,1\n", "above 0 and up to 100000 Gy"),
        (HEAD + "".join(f"S{i},T1,80,9,1\n" for i in range(10_001)), "got 10001, allowed: up to"),
        (HEAD.replace("response", "time_days,event") + "S1,T1,80,9,40,1\n", "the rule's outcome"),
        (HEAD + "S1,T1,80,9,\n", "has the rule's outcome: got 'response'"),
        (HEAD, "a heading and no rows"),
        ("", "is empty"),
        ("subject,lesion,dose_gy,response\nS1,T1,80,1\n", "column dose_uncertainty_gy is missing"),
        (HEAD.replace("response", "respons") + "S1,T1,80,9,1\n", "(meant response?)"),
        ("subject,lesion,dose_gy,dose_uncertainty_gy\nS1,T1,80,9\n", "has no outcome"),
        (HEAD.replace("response", "event") + "S1,T1,80,9,1\n", "an event without its time"),
    ],
)
def test_a_table_is_refused(
    text: str, said: str, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    lesions, rule = files
    lesions.write_text(text)
    assert said in refused(["evidence", str(lesions), "--rule", str(rule)], capsys)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "x"\nprobability = 1.5\n', "probability can't be used: got 1.5"),
        ('name = "x"\nprobabilty = 0.5\n', "did you mean `probability`?"),
        ("probability = 0.5\n", "name"),
        ('name = "x"\nresamples = 5\n', "allowed: 100 to 100000"),
        ('name = "x"\nresamples = 115\n', "116 or more: an interval of 95 % from 10 patients"),
        ('name = "x"\nmetric = "v100_percent"\n', "no logarithm and no stated uncertainty"),
        ('name = "x"\nendpoint = "local-control"\n', "horizon_d"),
        ('name = "x"\nfewest_each = 2\n', "fewest_each can't be used"),
        ('name = "x"\nlink = "cauchit"\n', "logit, probit, loglog"),
        ("name = \n", "not valid TOML"),
        ('name = "a\\nb"\n', "name can't be used: got \"'a\\\\nb'\", allowed: a line of up to 100"),
    ],
)
def test_a_rule_is_refused(
    text: str, said: str, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    lesions, rule = files
    rule.write_text(text)
    assert said in refused(["evidence", str(lesions), "--rule", str(rule)], capsys)


def test_missing_files_and_nothing_half_written(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lesions, rule = files
    assert "could not be read" in refused(["evidence", "no.csv", "--rule", str(rule)], capsys)
    assert "can't be read" in refused(["evidence", str(lesions), "--rule", "no.toml"], capsys)
    blocked = tmp_path / "file"
    blocked.write_text("x")
    refused(["evidence", str(lesions), "--rule", str(rule), "--out", str(blocked)], capsys)
    assert blocked.read_text() == "x"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "lesions.csv", "rule.toml"]


def test_local_control(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    lesions, rule = files
    rule.write_text(
        'name = "x"\nendpoint = "local-control"\nhorizon_d = 180\nresamples = 120\n'
        'metric = "d70_gy"\n'
    )
    head = "subject,lesion,dose_gy,dose_uncertainty_gy,time_days,event,d70_gy\n"
    rows = [f"S{i},T1,{60 + i},9,{200 if i % 3 else 90},{int(not i % 3)},{50 + i}"
            for i in range(20)]  # fmt: skip
    lesions.write_text(head + "\n".join([*rows, "S30,T1,90,9,100,0,80"]) + "\n")
    found = answer(["evidence", str(lesions), "--rule", str(rule)], capsys)
    assert found["counts"] == {"complete": 20, "dose_without_outcome": 1,
                               "outcome_without_dose": 0, "neither": 0}  # fmt: skip
    assert found["curve"]["responders"] == 13
    assert found["further"]["status"] == "exploratory"
    assert found["further"]["hazard"]["events"] == 7
    assert [one["kind"] for one in found["further"]["control"]] == ["logistic", "poisson"]
    assert "does not carry from one agent to another" in found["published_warning"]
    assert found["curve"]["doses_range_gy"] == [50.0, 69.0]


def test_designs(capsys: pytest.CaptureFixture[str]) -> None:
    three = answer(["design", "3+3", "--truth", "0.4,0.5"], capsys)
    assert three["selected"][0] == pytest.approx(0.256, abs=5e-4)
    table = answer(["design", "boin", "--target", "0.3"], capsys)
    assert [row["deescalate_at_least"] for row in table["boundaries"]] == [
        2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    ]  # fmt: skip
    assert table["operating"] is None
    crm = answer(["design", "crm", "--target", "0.3", "--skeleton", "0.1,0.3", "--truth",
                  "0.1,0.3", "--trials", "20"], capsys)  # fmt: skip
    assert sum(crm["selected"]) == pytest.approx(1)
    lesions = ["design", "lesions", "--half-dose", "100", "--patients", "36", "--studies", "10"]
    found = answer(lesions, capsys)
    assert found["checks"][0]["studies"] == 10
    assert found["checks"][0]["truth_gy"] == pytest.approx(100)
    few = run([*lesions[:4], "--patients", "5", "--studies", "10"], capsys)[1]
    assert "nan" not in few
    assert few.splitlines()[2].split()[1:3] == ["-", "-"]
    boin = ["design", "boin", "--target", "0.3", "--truth", "0.1,0.3", "--trials", "20"]
    said = run(boin, capsys)[1]
    assert "20 trials, seed 1" in said
    assert "lowest: end at >=" in said
    assert " +/- " in said


def test_designs_rules_and_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    boin = ["design", "boin", "--target", "0.25", "--truth", "0.04,0.12,0.25,0.43,0.63", "--stay",
            "--enough", "9", "--lowest", "0.9", "--figure", str(tmp_path / "a.svg")]  # fmt: skip
    found = answer(boin, capsys)
    assert found["boundaries"][0]["deescalate_at_least"] == 2
    assert found["boundaries"][0]["stop_lowest_at_least"] == 2
    assert found["operating"]["mean_patients"] < 27  # 30 without an early end
    assert len(found["operating"]["selected_uncertainty"]) == 5
    text = (tmp_path / "a.svg").read_text("utf-8")
    assert "trials that take the level (%)" in text
    assert "target 25 %" in text
    crm = ["design", "crm", "--target", "0.2", "--skeleton", "0.1,0.2,0.4", "--truth",
           "0.5,0.6,0.7", "--trials", "50"]  # fmt: skip
    assert answer(crm, capsys)["none_share"] == 0
    safe = answer([*crm, "--toxic", "0.3", "--certainty", "0.8", "--start", "2",
                   "--prior-variance", "0.75", "--coherence", "share"], capsys)  # fmt: skip
    assert safe["none_share"] > 0.5
    assert safe["patients"][1] >= 3  # begins there
    lesions = ["design", "lesions", "--half-dose", "100", "--patients", "20", "--studies", "10",
               "--figure", str(tmp_path / "b.svg")]  # fmt: skip
    answer(lesions, capsys)
    assert "interval that holds the true threshold" in (tmp_path / "b.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["3+3", "--truth", "0.3,0.1"], "do not fall"),
        (["3+3", "--truth", "a"], "numbers split by commas"),
        (["boin", "--target", "nan"], "target"),
        (["boin", "--target", "0.3", "--cohorts", "0"], "1 to 200 cohorts"),
        (["crm", "--target", "0.3", "--skeleton", "0.1", "--truth", "0.1,0.2"], "do not fit"),
        (
            ["crm", "--target", "0.3", "--skeleton", "0.1", "--truth", "0.1", "--model", "x"],
            "power",
        ),
        (
            ["crm", "--target", "0.3", "--skeleton", "0.1,0.1", "--truth", "0.1,0.2"],
            "rise from level to level",
        ),
        (
            [
                "crm",
                "--target",
                "0.3",
                "--skeleton",
                "0.1,0.3",
                "--truth",
                "0.1,0.2",
                "--start",
                "3",
            ],
            "allowed: 1 to 2",
        ),
        (
            [
                "crm",
                "--target",
                "0.3",
                "--skeleton",
                "0.1,0.3",
                "--truth",
                "0.1,0.2",
                "--toxic",
                "0.4",
            ],
            "give both",
        ),
        (["boin", "--target", "0.3", "--truth", "0.1,0.3", "--seed", "-1"], "negative"),
        (["boin", "--target", "0.3", "--truth", "0.1,0.3", "--enough", "0"], "1 or more"),
        (["boin", "--target", "0.3", "--lowest", "0.99"], "0.5 to 0.95"),
        (["boin", "--target", "0.3", "--figure", "a.svg"], "nothing is simulated"),
        (["boin", "--target", "0.3", "--truth", "0.1,0.3", "--figure", "a.gif"], ".png, .pdf"),
        (["lesions", "--half-dose", "100", "--figure", "a.gif"], ".png, .pdf"),
        (["lesions", "--half-dose", "100", "--patients", "9", "--seed", "-1"], "seed 0 or more"),
        (["lesions", "--half-dose", "-1", "--patients", "9"], "half_dose_gy"),
        (["lesions", "--half-dose", "100", "--ratio", "1"], "got 'ratio 1.0, 100 studies', all"),
        (["lesions", "--half-dose", "100", "--patients", "0"], "2 to 5000 patients"),
        (["lesions", "--half-dose", "100", "--probability", "1", "--patients", "9"], "probability"),
    ],
)
def test_a_design_is_refused(
    asked: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refused(["design", *asked], capsys)


def test_whole_numbers_as_a_table_with_gaps_writes_them() -> None:
    """pandas and spreadsheets write 1 as 1.0 in a column that has an empty cell."""
    head = "subject,lesion,dose_gy,dose_uncertainty_gy,response,time_days,event\n"
    plain = parse_lesion_outcomes(head + "S1,T1,80,9,1,181,0\nS2,T1,80,9,,,\n", name="l.csv")
    spelt = parse_lesion_outcomes(head + "S1,T1,80,9,1.0,181.0,0.0\nS2,T1,80,9,,,\n", name="l.csv")
    assert spelt == plain
    for cells in ("1,181.5,0", "1.5,181,0", "1,181,.0", "1,-1.0,0"):
        with pytest.raises(TrialError, match="row 2"):
            parse_lesion_outcomes(f"{head}S1,T1,80,9,{cells}\n", name="l.csv")
