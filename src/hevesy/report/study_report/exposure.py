"""Exposure: what was injected, summarised, and each administration with its lesions."""

from hevesy.report.numbers import format_number
from hevesy.report.study_report.section import ReportGiven, Section
from hevesy.report.study_report.traced import TracedRow, TracedTable, measured, said
from hevesy.units import MBQ_PER_MCI

__all__ = ["exposure_section"]


def exposure_section(given: ReportGiven) -> Section:
    """Report administered activities.

    Parameters
    ----------
    given : ReportGiven

    Returns
    -------
    Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> [table.name for table in exposure_section(sample_given()).tables]
    ['exposure', 'administrations']
    """
    if "exposure" not in given.tables:
        return Section(name="exposure", title="Exposure", missing="nothing was administered")
    return Section(
        name="exposure", title="Exposure", tables=(given.tables["exposure"], _listing(given))
    )


def _listing(given: ReportGiven) -> TracedTable:
    rows = []
    ordered = sorted(
        given.material.rows.administrations, key=lambda one: (one.given_at, one.administration)
    )
    for one in ordered:
        key = ("administration", one.administration)
        unsure, asked = one.activity_uncertainty_mbq, one.prescribed_mbq
        percent = None if not asked else 100 * (one.activity_mbq / asked - 1)
        rows.append(
            TracedRow(
                heading=f"{one.administration}{' †' if one.generated else ''}",
                cells=(
                    said(str(one.given_on)),
                    said(one.inclusion),
                    measured(one.activity_mbq, unsure, key),
                    said(format_number(one.activity_mbq / MBQ_PER_MCI)),
                    said(one.kind),
                    said("" if asked is None else format_number(asked, digits=4)),
                    said("" if percent is None else f"{percent:+.1f}"),
                    said(", ".join(one.lesions) or "not recorded"),
                ),
            )
        )
    generated = any(one.generated for one in ordered)
    return TracedTable(
        name="administrations",
        caption="Every administration",
        unit=f"administrations, N = {len(rows)}",
        columns=(("day", "text"), ("inclusion", "text"), ("activity", "MBq"), ("activity", "mCi"),
                 ("kind", "text"), ("prescribed", "MBq"), ("less prescribed", "%"),
                 ("lesions", "text")),
        rows=tuple(rows),
        notes=("† generated to fit published margins, not recorded",) if generated else (),
    )  # fmt: skip
