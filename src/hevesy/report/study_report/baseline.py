"""Baseline of those who were treated."""

from hevesy.report.study_report.section import ReportGiven, Section

__all__ = ["baseline_section"]


def baseline_section(given: ReportGiven) -> Section:
    """Report the baseline.

    Parameters
    ----------
    given : ReportGiven

    Returns
    -------
    Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> [table.name for table in baseline_section(sample_given()).tables]
    ['baseline']
    """
    if "baseline" not in given.tables:
        return Section(name="baseline", title="Baseline", missing="nobody has been treated")
    return Section(name="baseline", title="Baseline", tables=(given.tables["baseline"],))
