"""Data checks and the queries that are open."""

from hevesy.report.study_report.deviations import DEVIATION_CHECKS, find_faults
from hevesy.report.study_report.section import ReportGiven, Section
from hevesy.report.study_report.traced import TracedRow, TracedTable, counted, said
from hevesy.trial import DATA_CHECKS, DataFinding

__all__ = ["checks_section"]


def checks_section(given: ReportGiven) -> Section:
    """Report what the data checks find, and which queries are open.

    Parameters
    ----------
    given : ReportGiven

    Returns
    -------
    Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> [table.name for table in checks_section(sample_given()).tables]
    ['data_checks', 'findings', 'queries']
    """
    found = [one for one in find_faults(given) if one.check not in DEVIATION_CHECKS]
    by_check: dict[str, list[DataFinding]] = {
        name: [] for name in DATA_CHECKS if name not in DEVIATION_CHECKS
    }
    for one in found:
        by_check[one.check].append(one)
    checks = TracedTable(
        name="data_checks",
        caption="Data checks",
        unit="findings, and the records that they name",
        columns=(("looks for", "text"), ("findings", ""), ("records", "")),
        rows=tuple(
            TracedRow(
                heading=name,
                cells=(
                    said(DATA_CHECKS[name]),
                    said(str(len(own))),
                    counted(dict.fromkeys(key for one in own for key in one.records)),
                ),
            )
            for name, own in by_check.items()
        ),
        notes=("checks whose findings are deviations from the protocol stand there",),
    )
    findings = TracedTable(
        name="findings",
        caption="Every finding",
        unit=f"findings, N = {len(found)}",
        columns=(("what", "text"),),
        rows=tuple(
            TracedRow(
                heading=", ".join(name for _, name in one.records), group=one.check,
                cells=(said(one.words, *one.records),),
            )
            for one in found
        ),
        notes=() if found else ("nothing was found",),
    )  # fmt: skip
    queries = given.material.queries
    asked = TracedTable(
        name="queries",
        caption="Queries that are not closed",
        unit=f"queries, N = {len(queries)}",
        columns=(("about", "text"), ("question", "text"), ("state", "text"), ("check", "text")),
        rows=tuple(
            TracedRow(
                heading=one.query,
                cells=(
                    said(f"{one.kind} {one.record}", (one.kind, one.record)),
                    said(one.words), said(one.state, ("data_query", one.query)), said(one.check),
                ),
            )
            for one in queries
        ),
        notes=() if queries else ("none is open",),
    )  # fmt: skip
    return Section(
        name="checks",
        title="Data checks and open queries",
        tables=(checks, findings, asked),
    )
