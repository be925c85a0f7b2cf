"""Events, laboratory, data checks and queries of a study, by the real command."""

import json
from pathlib import Path

import pytest

from tests.store.commands import Run, refused
from tests.store.test_clinical_records import EVENT, INCLUSION, VALUE, done


@pytest.fixture
def dialect() -> str:
    """The other tests try both databases."""
    return "sqlite"


SERIOUS = (
    "serious=yes", "seriousness=hospitalisation", "expected=no", "related_agent=possible",
    "aware_at=2024-03-07T09:00",
)  # fmt: skip


def test_events_of_a_study(run: Run, trial: Path) -> None:
    done(run, trial, "adverse_event", *EVENT, *SERIOUS)
    done(run, trial, "adverse_event", *EVENT[:3], "began_on=2024-03-02", INCLUSION)
    events = ("trial", "events", "--study", trial)
    code, out, _ = run(*events, "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["denominator"], found["unit"], found["any"]["all"]) == (1, "inclusion", 1)
    assert found["terms"]["Fever"]["grade_1_2"] == 1
    assert found["times"]["day 0-1"]["any"]["all"] == 1  # injected on 5 March, began on 6 March
    assert found["not_counted"] == ["adverse_event-2"]
    assert [(one["report"], one["state"], one["due_at"]) for one in found["deadlines"]] == [
        ("SAE to the sponsor", "overdue", "2024-03-08T01:00:00+00:00"),
        ("SUSAR to the authority", "overdue", "2024-03-22T01:00:00+00:00"),
    ]
    text = run(*events)[1]
    assert "OVERDUE: adverse_event-1 of P01-1: SAE to the sponsor: overdue" in text
    assert "N = 1 inclusions of the safety set" in text
    refused(run("trial", "events"), "of a file or of a study: got 'neither'")
    refused(run(*events, "--denominator", "36"), "leave --denominator out")
    refused(run(*events, "--unit", "lesion"), "inclusions or persons")
    refused(run("trial", "events", trial / "x.csv"), "give it by --denominator")


def test_an_overdue_report_shows_in_every_check(run: Run, trial: Path) -> None:
    check = ("trial", "check", trial)
    code, out, _ = run(*check, "--data", "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["overdue"], found["findings"]) == ([], [])
    assert json.loads(run(*check, "--json")[1])["findings"] is None
    done(run, trial, "adverse_event", *EVENT, *SERIOUS)
    code, out, _ = run(*check)
    assert code == 0
    assert out.count("OVERDUE: adverse_event-1") == 2
    code, out, _ = run(*check, "--data")
    assert code == 1
    assert "sae-overdue: adverse_event-1 of P01-1: SAE to the sponsor: overdue" in out
    assert "2 findings of the data checks." in out
    fix = ("trial", "correct", "adverse_event", "adverse_event-1", "--reason", "sent", "--study",
           trial, "--as", "coordinator", "--set", "reported_at=2024-03-08T08:00",
           "--set", "authority_reported_at=2024-03-22T09:00")  # fmt: skip
    assert run(*fix)[0] == 0
    assert run(*check, "--data")[0] == 0


def test_laboratory_shifts(run: Run, trial: Path) -> None:
    shift = ("trial", "laboratory", "--study", trial)
    refused(run(*shift), "pins no version of CTCAE")
    toml = trial / "study.toml"
    toml.write_text(toml.read_text() + '\n[events]\nctcae = "5.0"\n')
    assert run("trial", "amend", trial, "--reason", "pinned", "--as", "ada")[0] == 0
    done(run, trial, "measurement", *VALUE, "value=1.40", "unit=10^9/L", "lower_normal=2.0")
    code, out, _ = run(*shift, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["tests"][0]["cells"] == [
        {"baseline": "missing", "worst": "2", "n": 1, "inclusions": ["P01-1"]}
    ]
    assert found["haematology"]["verdict"] == "toxicity"
    assert "Neutrophil count decreased: 1 worse" in run(*shift)[1]


def test_a_query_is_raised_answered_and_closed(run: Run, trial: Path) -> None:
    study = ("--study", trial, "--as")
    ask = ("trial", "query", "raise", "lesion", "L1", *study, "monitor")
    refused(run(*ask, "--words", " "), "needs words")
    refused(run(*ask, "--words", "x", "--check", "identical"), 'did you mean "identical-rows"')
    refused(run("trial", "query", "raise", "leson", "L1", *study, "monitor", "--words", "x"),
            'did you mean "lesion"')  # fmt: skip
    refused(run("trial", "query", "raise", "lesion", "L9", *study, "monitor", "--words", "x"),
            "no such lesion")  # fmt: skip
    refused(run(*ask[:-1], "physicist", "--words", "x"), "may not raise, answer and close")
    code, out, _ = run(*ask, "--words", "which lobe?", "--check", "range", "--json")
    assert (code, json.loads(out)) == (0, {"query": "query-1", "state": "open"})
    refused(run(*ask, "--words", "which lobe?", "--check", "range"), "raised already")
    answer = ("trial", "query", "answer", "query-1", *study, "coordinator", "--words")
    assert run(*answer, "the left one")[0] == 0
    close = ("trial", "query", "close", "query-1", *study, "monitor", "--reason")
    refused(run(*close, " "), "needs a reason")
    wrong = trial / "wrong"
    wrong.write_text("not the one\n")
    refused(run(*close, "seen", "--passphrase-file", wrong), "passphrase")
    listed = json.loads(run("trial", "query", "list", "--study", trial, "--json")[1])
    assert [(one["state"], one["answer"]) for one in listed["queries"]] == [
        ("answered", "the left one")
    ]
    assert run(*close, "seen in the source")[0] == 0
    refused(run(*close, "again"), "this query is closed")
    refused(run(*answer, "no"), "this query is closed")
    assert run("trial", "query", "list", "--study", trial)[1] == "No queries.\n"
    every = json.loads(run("trial", "query", "list", "--closed", "--study", trial, "--json")[1])
    assert every["queries"] == [
        {"query": "query-1", "kind": "lesion", "record": "L1", "words": "which lobe?",
         "state": "closed", "check": "range", "answer": "the left one", "signed_by": ["monitor"]}
    ]  # fmt: skip
    history = json.loads(run("trial", "show", "data_query", "query-1", "--history", "--study",
                             trial, "--json")[1])["records"]  # fmt: skip
    assert [one["state"] for one in history] == ["open", "answered", "closed"]
    assert run("trial", "check", trial, "--audit")[0] == 0


def test_the_paper_as_a_study(run: Run, tmp_path: Path) -> None:
    """Jin et al. 2025: Figure 1, two pairs of identical rows in Table 1, an ECOG of 3."""
    study = tmp_path / "paper"
    made = run("trial", "init", study, "--template", "imdendrim", "--with-paper-data")
    assert made[0] == 0, made
    code, out, _ = run("trial", "flow", "--study", study, "--json")
    assert code == 1  # one who was treated does not meet a criterion
    found = json.loads(out)
    assert [(one["n"], [gone["n"] for gone in one["exits"]]) for one in found["stages"]] == [
        (51, [4, 4, 1]), (42, []), (42, [4, 2]), (36, []),
    ]  # fmt: skip
    assert found["faults"] == ["P19-1 was treated and is not eligible"]
    assert found["generated"] == {"inclusions": 15, "administrations": 42, "departures": 6}
    figure = tmp_path / "flow.svg"
    assert "generated, not recorded: 15 inclusions, 42 administrations, 6 departures" in run(
        "trial", "flow", "--study", study, "--figure", figure)[1]  # fmt: skip
    assert "generated, not recorded: 15 inclusions" in figure.read_text()
    events = json.loads(run("trial", "events", "--study", study, "--json")[1])
    assert events["generated"] == events["events"] > 0
    code, out, _ = run("trial", "check", study, "--data", "--json")
    assert code == 1
    by_check: dict[str, list[list[str]]] = {}
    for one in json.loads(out)["findings"]:
        by_check.setdefault(one["check"], []).append([r["name"] for r in one["records"]])
    assert by_check["identical-rows"] == [["P07-1", "P20-1"], ["P22-1", "P23-1"]]
    assert by_check["criterion-limit"] == [["P19-1"]]
