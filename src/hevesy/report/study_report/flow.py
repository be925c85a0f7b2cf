"""Who was screened, enrolled, treated and analysed, and who left for which reason."""

from hevesy.report.study_report.drawn import draw_section_figure
from hevesy.report.study_report.section import ReportGiven, Section
from hevesy.report.study_report.traced import TracedRow, TracedTable, counted
from hevesy.report.subject_flow import draw_flow, mark_flow
from hevesy.trial import StudyFlow, flow_of_study

__all__ = ["count_flow", "flow_section"]


def count_flow(given: ReportGiven) -> StudyFlow | None:
    """Count the flow in the protocol's unit; None where nobody was screened.

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> [stage.subjects for stage in count_flow(sample_given()).flow.stages]
    [4, 3, 3, 2]
    """
    if not given.material.rows.inclusions:
        return None
    return flow_of_study(given.material.rows, given.material.protocol)


def flow_section(given: ReportGiven) -> Section:
    """Report the flow, as a table and a figure.

    Parameters
    ----------
    given : ReportGiven

    Returns
    -------
    Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> flow_section(sample_given()).tables[0].rows[0].cells[0].text
    '4'
    """
    title = "Flow"
    found = count_flow(given)
    if found is None:
        return Section(name="flow", title=title, missing="nobody was screened")
    kind = "inclusion" if found.unit == "inclusion" else "patient"
    rows = []
    for stage in found.flow.stages:
        names = [(kind, name) for name in found.members[stage.name]]
        rows.append(TracedRow(heading=stage.name, cells=(counted(names),)))
        rows += [
            TracedRow(
                heading=f"left: {one.reason}",
                cells=(counted([(kind, name) for name in found.left[stage.name, one.reason]]),),
            )
            for one in stage.exits
        ]
    figure = draw_section_figure(
        given,
        name="flow",
        title="Flow",
        caption=f"Stages and exits with their reasons. Unit: {found.unit}s. Counts are exact.",
        panels=mark_flow(
            found.flow, unit=f"{found.unit}s", faults=found.faults,
            members={stage: [(kind, name) for name in names]
                     for stage, names in found.members.items()},
            left={place: [(kind, name) for name in names] for place, names in found.left.items()},
        ),
        draw=draw_flow,
    )  # fmt: skip
    says = tuple(f"Rows contradict each other: {fault}." for fault in found.faults)
    return Section(
        name="flow",
        title=title,
        says=says,
        tables=(
            TracedTable(
                name="flow",
                caption="Flow of the study",
                unit=f"{found.unit}s",
                columns=(("n", ""),),
                rows=tuple(rows),
            ),
        ),
        figures=(figure,),
    )
