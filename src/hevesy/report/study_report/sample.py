"""A made-up study of three treated inclusions with two filed results, for examples."""

from dataclasses import replace
from datetime import UTC, datetime

from hevesy.protocol import ProtocolSite, StudyProtocol
from hevesy.report.study_report.material import (
    ClosureEntry,
    PartEntry,
    RegionEntry,
    ResultEntry,
    StudyMaterial,
)
from hevesy.report.study_report.section import ReportGiven
from hevesy.trial import DoseRow
from hevesy.trial.tables import TableOptions, prepare_analysis, tabulate_study
from hevesy.trial.tables.sample import sample_rows

__all__ = ["sample_given", "sample_material"]

_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def _result(number: int, percent: float) -> ResultEntry:
    parts = tuple(
        PartEntry(scan=i, hours_after_administration=h, percent=p, percent_uncertainty=0.05 * p)
        for i, (h, p) in enumerate(((1.1, percent), (23.0, 0.9 * percent)), 1)
    )
    liver = tuple(replace(part, percent=0.02 * part.percent) for part in parts)
    return ResultEntry(
        result=f"result-{number}",
        administration=f"A{number}",
        kind="dose",
        computed_at=_AT,
        content_sha256="0" * 64,
        software="0",
        scans=2,
        regions=(
            RegionEntry(region=f"L{number}", kind="lesion", parts=parts, shares=(("volume", 0.1),)),
            RegionEntry(region="liver", kind="organ", parts=liver),
        ),
        closure=ClosureEntry(
            verdict="closes", reason="within it", ratio=1.0, ratio_uncertainty=0.05
        ),
        inputs=(("scan 1 SPECT", "1" * 64),),
    )


def sample_material() -> StudyMaterial:
    """A made-up study's material; nobody in it is real.

    Examples
    --------
    >>> len(sample_material().results)
    2
    """
    site = ProtocolSite(name="A hospital", timezone="UTC")
    protocol = StudyProtocol(
        name="A made-up study", nuclide="Re-188", agent="ImDendrim", route="intratumoral",
        sites=(site,), scan_times_s=(3600.0, 86400.0),
    )  # fmt: skip
    doses = tuple(
        DoseRow(
            dose=f"result-{n}-{i}", administration=f"A{n}", region=region, method="local",
            mean_dose_gy=gray, mean_dose_uncertainty_gy=0.1 * gray, lesion=lesion, volume_ml=20.0,
            mass_g=21.0,
        )
        for n, dose in ((1, 210.0), (2, 90.0))
        for i, (region, lesion, gray) in enumerate(
            ((f"L{n}", f"L{n}", dose), ("liver", "", 0.01 * dose)), 1)
    )  # fmt: skip
    return StudyMaterial(
        protocol=protocol,
        rows=replace(sample_rows(), doses=doses),
        made_at=_AT,
        software="0",
        results=(_result(1, 90.0), _result(2, 70.0)),
    )


def sample_given() -> ReportGiven:
    """The same, ready for sections; figures are not drawn.

    Examples
    --------
    >>> sorted(sample_given().tables)[:2]
    ['attributions', 'baseline']
    """
    material = sample_material()
    analysis = prepare_analysis(material.rows, options=TableOptions())
    tables = {table.name: table for table in tabulate_study(analysis)}
    return ReportGiven(material=material, analysis=analysis, tables=tables, drawn=False)
