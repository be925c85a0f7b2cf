"""What the report says of an injection: every share with its uncertainty, and a figure."""

from dataclasses import replace

from hevesy.case import (
    InjectionFindings,
    LeakageCourse,
    LeakagePoint,
    RetainedShare,
    ShareOfInjection,
)
from hevesy.report import render_report
from hevesy.report.leakage import draw_leakage, tabulate_leakage
from hevesy.report.sample import sample_result
from hevesy.report.style import drawing


def leaking(names: tuple[str, ...] = ("lesion 1: needle tract", "liver")):  # type: ignore[no-untyped-def]
    base = sample_result()
    tract = replace(base.regions[0], name="lesion 1: needle tract", kind="needle tract")
    points = tuple(
        LeakagePoint(
            scan=n, hours_after_administration=hours,
            retained_share=0.8, retained_uncertainty_share=0.03,
            leaked_share=0.2, leaked_uncertainty_share=0.03,
            parts=tuple(
                ShareOfInjection(name=name, share=0.05, uncertainty_share=0.01) for name in names
            ),
            rest_share=0.1, rest_uncertainty_share=0.035,
            lesions=(
                RetainedShare(
                    lesion="lesion 1", injected_mbq=500.0, retained_share=0.8,
                    retained_uncertainty_share=0.03,
                ),
            ),
        )
        for n, hours in enumerate((1.0, 24.0), start=1)
    )  # fmt: skip
    course = LeakageCourse(
        course=1, net_injected_mbq=500.0, extravasation_percent=5.0,
        extravasation_uncertainty_percent=1.0, points=points,
    )  # fmt: skip
    return replace(base, injection=InjectionFindings(leakage=(course,)), injection_regions=(tract,))


def test_the_table_holds_every_share_and_the_extravasation() -> None:
    table = tabulate_leakage(leaking())
    assert table is not None
    assert "course 1: 5.0 ± 1.0 %" in table.caption
    texts = [cell.text for cell in table.rows[0].cells]
    assert texts == ["1.0", "80.0 ± 3.0", "20.0 ± 3.0", "5.0 ± 1.0", "5.0 ± 1.0", "10.0 ± 3.5"]


def test_the_report_has_the_section_where_asked() -> None:
    assert "Where the injection went" in render_report(leaking()).html


def test_many_organs_are_drawn_together() -> None:
    many = ("lesion 1: needle tract", *(f"organ {n}" for n in range(9)))
    with drawing():
        assert draw_leakage(leaking(many)) is not None
