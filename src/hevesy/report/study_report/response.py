"""Response and survival: the study's tables, and its figures."""

from hevesy.report.study_report.section import ReportGiven, Section

__all__ = ["response_section"]

_TABLES = ("responses", "lesions", "density", "follow_up", "survival")
_FIGURES = ("waterfall", "spider", "density", "swimmer", "progression_free", "overall")


def response_section(given: ReportGiven) -> Section:
    """Report response, follow-up and survival.

    Parameters
    ----------
    given : ReportGiven

    Returns
    -------
    Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> [table.name for table in response_section(sample_given()).tables]
    ['responses', 'lesions', 'follow_up', 'survival']
    """
    title = "Response and survival"
    if given.analysis is None:
        return Section(
            name="response", title=title, missing="nobody has been treated: nothing responded"
        )
    rows = given.analysis.rows
    missing = []
    if not rows.assessments:
        missing.append("no lesion was assessed: there is no response, waterfall or spider")
    if not rows.departures:
        missing.append("no departure is on record: everybody is followed to the last contact")
    return Section(
        name="response",
        title=title,
        tables=tuple(given.tables[name] for name in _TABLES if name in given.tables),
        figures=tuple(given.figures[name] for name in _FIGURES if name in given.figures),
        missing="; ".join(missing),
    )
