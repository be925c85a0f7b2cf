"""Deviations from the protocol: waivers, visits and scans out of time, overdue reports, batches."""

from collections.abc import Sequence

from hevesy.report.study_report.section import ReportGiven, Section
from hevesy.report.study_report.traced import TracedRow, TracedTable, counted, said
from hevesy.trial import DataFinding, check_rows

__all__ = ["DEVIATION_CHECKS", "deviations_section", "find_faults"]

DEVIATION_CHECKS = (
    "eligibility", "criterion-limit", "ecog-at-treatment", "visit", "sae-overdue",
)  # fmt: skip
"""Data checks whose findings are deviations from the protocol, not faults of the records."""


def find_faults(given: ReportGiven) -> tuple[DataFinding, ...]:
    """Run every data check as of the report's date.

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> {finding.check for finding in find_faults(sample_given())} >= {"lesion-baseline"}
    False
    """
    material = given.material
    return check_rows(material.rows, material.protocol, now=material.made_at, scans=material.scans)


def deviations_section(given: ReportGiven) -> Section:
    """Report waivers and deviations.

    Parameters
    ----------
    given : ReportGiven

    Returns
    -------
    Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> [table.name for table in deviations_section(sample_given()).tables]
    ['deviations_summary', 'deviations']
    """
    material = given.material
    found = [one for one in find_faults(given) if one.check in DEVIATION_CHECKS]
    rows = [(row.inclusion, name, reason) for row in material.rows.inclusions
            for name, reason in row.waivers.items()]  # fmt: skip
    batches = [one for one in material.batches if one.deviations or one.step_notes]
    lines = [
        TracedRow(heading="inclusions with a waiver", cells=(
            counted(dict.fromkeys(("inclusion", name) for name, _, _ in rows)),)),
        *(
            TracedRow(heading=name, cells=(
                counted(dict.fromkeys(key for one in found if one.check == name
                                      for key in one.records[:1])),))
            for name in DEVIATION_CHECKS
        ),
        TracedRow(heading="batches with a deviation", cells=(
            counted([("batch", one.batch) for one in batches]),)),
    ]  # fmt: skip
    summary = TracedTable(
        name="deviations_summary",
        caption="Deviations from the protocol",
        unit="records",
        columns=(("records", ""),),
        rows=tuple(lines),
        notes=(f"as of {material.made_at:%Y-%m-%d %H:%M} UTC; batches: see production quality",),
    )
    return Section(
        name="deviations",
        title="Deviations",
        tables=(summary, _listing(rows, found)),
    )


def _listing(waivers: Sequence[tuple[str, str, str]], found: Sequence[DataFinding]) -> TracedTable:
    lines = [
        TracedRow(
            heading=name, group="waiver",
            cells=(said(f"criterion '{criterion}' waived: {reason}", ("inclusion", name)),),
        )
        for name, criterion, reason in waivers
    ]  # fmt: skip
    lines += [
        TracedRow(
            heading=", ".join(name for _, name in one.records), group=one.check,
            cells=(said(one.words, *one.records),),
        )
        for one in found
    ]  # fmt: skip
    return TracedTable(
        name="deviations",
        caption="Every deviation",
        unit=f"waivers and deviations, N = {len(lines)}",
        columns=(("what", "text"),),
        rows=tuple(lines),
        notes=() if lines else ("none is on record, and none was found",),
    )
