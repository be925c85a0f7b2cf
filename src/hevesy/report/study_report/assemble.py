"""All sections of a study's report, in order, from its material."""

from collections.abc import Callable

from hevesy.report.study_report.baseline import baseline_section
from hevesy.report.study_report.biodistribution import biodistribution_section
from hevesy.report.study_report.checks import checks_section
from hevesy.report.study_report.deviations import deviations_section
from hevesy.report.study_report.dose import dose_section
from hevesy.report.study_report.evidence import evidence_section
from hevesy.report.study_report.exposure import exposure_section
from hevesy.report.study_report.flow import flow_section
from hevesy.report.study_report.material import StudyMaterial
from hevesy.report.study_report.production import production_section
from hevesy.report.study_report.provenance import provenance_section
from hevesy.report.study_report.response import response_section
from hevesy.report.study_report.safety import safety_section
from hevesy.report.study_report.section import ReportGiven, Section
from hevesy.report.study_report.synopsis import synopsis_section
from hevesy.report.study_report.traced import TracedTable, traced_csv
from hevesy.report.trial_csv import table_csv
from hevesy.report.trial_figures import draw_study
from hevesy.trial.tables import StudyTable, TableOptions, prepare_analysis, tabulate_study

__all__ = ["SECTIONS", "assemble_sections", "report_csv"]

SECTIONS: tuple[Callable[[ReportGiven], Section], ...] = (
    synopsis_section,
    flow_section,
    baseline_section,
    exposure_section,
    production_section,
    biodistribution_section,
    dose_section,
    safety_section,
    response_section,
    evidence_section,
    deviations_section,
    checks_section,
    provenance_section,
)


def assemble_sections(
    material: StudyMaterial, *, options: TableOptions, drawn: bool = True, png: bool = False
) -> tuple[Section, ...]:
    """Make every section.

    Parameters
    ----------
    material : StudyMaterial
    options : TableOptions
        Of the tables over the safety set.
    drawn : bool
        With figures.
    png : bool
        Figures also as PNG.

    Returns
    -------
    tuple of Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_material
    >>> made = assemble_sections(sample_material(), options=TableOptions(), drawn=False)
    >>> [section.name for section in made][:4]
    ['synopsis', 'flow', 'baseline', 'exposure']
    """
    if not material.rows.administrations:
        given = ReportGiven(material=material, drawn=drawn, png=png)
        return tuple(make(given) for make in SECTIONS)
    analysis = prepare_analysis(material.rows, options=options)
    given = ReportGiven(
        material=material,
        analysis=analysis,
        tables={table.name: table for table in tabulate_study(analysis)},
        figures={one.name: one for one in draw_study(analysis, png=png, drawn=drawn)},
        drawn=drawn,
        png=png,
    )
    return tuple(make(given) for make in SECTIONS)


def report_csv(table: StudyTable | TracedTable) -> str:
    """Give a table of either kind as CSV.

    Examples
    --------
    >>> report_csv(TracedTable(name="t", caption="", unit="", columns=(), rows=()))[:5]
    'table'
    """
    return traced_csv(table) if isinstance(table, TracedTable) else table_csv(table)
