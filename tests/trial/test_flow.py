"""The flow's sums: the paper's Figure 1, and flows that do not add up."""

from dataclasses import replace

import pytest

from hevesy.errors import TrialError
from hevesy.report.style import drawing
from hevesy.report.subject_flow import draw_subject_flow
from hevesy.trial import FlowExit, FlowStage, SubjectFlow, published_flow, read_publication

PAPER = read_publication("imdendrim")


def test_figure_1() -> None:
    """Jin et al. 2025, Figure 1: 51; 4, 4, 1; 42; 4, 2; 36."""
    stages = published_flow(PAPER).stages
    assert [stage.subjects for stage in stages] == [51, 42, 36]
    assert [[one.subjects for one in stage.exits] for stage in stages] == [[4, 4, 1], [4, 2], []]
    assert published_flow(PAPER).faults == ()


def test_a_changed_count_is_a_fault_at_its_stages() -> None:
    facts = tuple(
        {**row, "value": "43"} if row["fact"] == "treated" else row for row in PAPER.tables["facts"]
    )
    flow = published_flow(replace(PAPER, tables={**PAPER.tables, "facts": facts}))
    assert flow.faults == (
        "Screened 51 - 9 = 42, but Enrolled and treated 43",
        "Enrolled and treated 43 - 6 = 37, but Analysed for safety 36",
    )
    with drawing():
        words = [text.get_text() for text in draw_subject_flow(flow).axes[0].texts]
    assert any("51 - 9 = 42, but" in text for text in words)


def test_a_reason_that_nobody_had_is_kept() -> None:
    none = FlowExit(reason="died", subjects=0)
    flow = SubjectFlow(
        stages=(
            FlowStage(name="Treated", subjects=3, exits=(none,)),
            FlowStage(name="Analysed", subjects=3, exits=()),
        )
    )
    assert flow.faults == ()
    with drawing():
        words = [text.get_text() for text in draw_subject_flow(flow).axes[0].texts]
    assert any("died, n = 0" in text for text in words)


def test_refusals() -> None:
    with pytest.raises(TrialError, match="fewer than none"):
        FlowExit(reason="x", subjects=-1)
    with pytest.raises(TrialError, match="more left"):
        FlowStage(name="x", subjects=1, exits=(FlowExit(reason="y", subjects=2),))
    with pytest.raises(TrialError, match="not published"):
        published_flow(replace(PAPER, tables={**PAPER.tables, "facts": ()}))
    with pytest.raises(TrialError, match="needs a stage"):
        published_flow(replace(PAPER, tables={}))
