"""The threshold's interval: stored studies run again, coverage as stored, and the page."""

import functools
from typing import Any

import pytest
from benchmarks import evidence_page
from benchmarks.evidence_coverage import PAGES, PROBABILITIES, load, run_study
from benchmarks.evidence_truths import HARDER, counted_truth, run_harder, truths_lines

from hevesy.trial import clopper_pearson_percent


@functools.cache
def stored() -> dict[str, Any]:
    return load()


@pytest.mark.parametrize("study", [1, 17, 203])
def test_a_stored_study_comes_out_the_same(study: int) -> None:
    """Limits are quantiles of 200 refits, each settled to 1e-3 of its slope: to 1 %."""
    before = next(r for r in stored()["studies"] if (r["study"], r["patients"]) == (study, 36))
    after = run_study(study, 36)
    for correction in ("calibration", "none"):
        for old, new in zip(before[correction], after[correction], strict=True):
            for a, b in zip(old[:3], new[:3], strict=True):
                assert (a is None) == (b is None)
                assert a is None or b == pytest.approx(a, rel=0.01)
    assert after["slope, simex"] == pytest.approx(before["slope, simex"], rel=0.01)


def test_both_sizes_together_hold_what_is_promised() -> None:
    """1,000 studies know a coverage to 0.7 % (one SD of 95 %): 95 % is in their interval."""
    for k in range(len(PROBABILITIES)):
        low, high = clopper_pearson_percent(*evidence_page.pooled(stored(), k))
        assert low <= 95 <= high


def test_each_interval_holds_the_next_shorter_one() -> None:
    """Of 200 draws: the 5.98th (linear), the 5.03rd (order), and by fewer patients less yet."""
    for row in stored()["studies"]:
        if "limits" not in row:
            continue
        for k in range(len(PROBABILITIES)):
            used = row["calibration"][k][1:3]
            assert row["limits"]["expanded"][k] == used
            last = used
            for name in ("order statistic", "percentile"):
                low, high = row["limits"][name][k]
                assert last[0] is None or (low is not None and last[0] <= low)
                assert last[1] is None or (high is not None and high <= last[1])
                last = [low, high]


def test_stored_coverage_is_no_worse_than_nine_in_ten() -> None:
    """A floor, not the promise: the page says how far from 95 % each is."""
    for patients in (36, stored()["needed"]):
        for k in range(len(PROBABILITIES)):
            found = evidence_page.counted(stored(), patients, "calibration", k)
            assert found["studies"] == 500
            assert clopper_pearson_percent(found["covered"], found["fitted"])[0] > 88
            assert abs(found["bias"]) < 6


def test_the_page_is_what_the_stored_studies_give() -> None:
    written = (PAGES / evidence_page.PAGE).read_text("utf-8")
    assert evidence_page.page(stored()) == written, "run `make validate`"
    assert (PAGES / evidence_page.FIGURE).is_file()


@pytest.mark.parametrize("which", range(len(HARDER)))
def test_a_stored_study_of_a_harder_truth_comes_out_the_same(which: int) -> None:
    """To 1 %, as above."""
    before = stored()["harder"]["truths"][which]["studies"][6]
    after = run_harder(7, which)
    assert before["study"] == 7
    for old, new in zip(before["found"], after["found"], strict=True):
        assert new == [None if a is None else pytest.approx(a, rel=0.01) for a in old]


def test_where_coverage_falls_short_the_page_says_so() -> None:
    said = "\n".join(truths_lines(stored()["harder"]))
    short = 0
    for one, harder in zip(stored()["harder"]["truths"], HARDER, strict=True):
        assert (one["words"], one["patients"]) == (harder.words, harder.patients)
        for k, p in enumerate(PROBABILITIES):
            found = counted_truth(one, k)
            assert found["studies"] == 200
            low, high = clopper_pearson_percent(found["covered"], found["fitted"])
            assert low > 80  # a floor, not the promise
            if high < 95:
                short += 1
                assert f"{one['words']}, {100 * p:g} % threshold" in said.split("Too short")[1]
    assert said.count("**below**") == short
