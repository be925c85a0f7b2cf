"""What a study's report is made from, read from its records."""

import json
import platform
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hevesy._version import __version__
from hevesy.files import StudyFile
from hevesy.report.study_report.material import (
    ClosureEntry,
    OpenQuery,
    PartEntry,
    RegionEntry,
    ResultEntry,
    StudyMaterial,
    StudyProof,
)
from hevesy.store import Reader, check_audit
from hevesy.store import tables as t
from hevesy.trial import ScanTime
from hevesy.workflows.report_production import read_production
from hevesy.workflows.study_heads import known_heads
from hevesy.workflows.study_rows import read_study_rows
from hevesy.workflows.study_threshold import read_rules

__all__ = ["read_report_material"]

_PACKAGES = ("numpy", "scipy", "matplotlib", "SQLAlchemy")


def read_report_material(
    reader: Reader, study: StudyFile, folder: Path, *, made_at: datetime
) -> StudyMaterial:
    """Read everything, and prove the audit.

    Parameters
    ----------
    reader : Reader
    study : StudyFile
    folder : Path
        The study's.
    made_at : datetime
        Aware.

    Returns
    -------
    StudyMaterial
    """
    protocol = study.protocol
    rows = read_study_rows(reader, study=protocol.name, as_of=made_at.date())
    results, others = _results(reader)
    made = read_production(reader, protocol)
    return StudyMaterial(
        protocol=protocol,
        rows=rows,
        made_at=made_at,
        software=__version__,
        packages=(
            ("python", platform.python_version()),
            *((name, version(name)) for name in _PACKAGES),
        ),
        proof=_proof(reader, study, folder),
        eluates=made.eluates,
        batches=made.batches,
        tests=made.tests,
        transports=made.transports,
        results=results,
        queries=_queries(reader),
        scans=tuple(
            ScanTime(scan=one.id, administration=one.administration, at=one.at)
            for one in reader.each(t.Scan)
        ),
        other_results=others,
        **_evidence(reader),
    )


def _evidence(reader: Reader) -> dict[str, Any]:
    """Whether outcomes are blind, and the one rule that counts."""
    states, unblinded = read_rules(reader)
    early = [state for state in states if state.status == "pre-specified"] or list(states)
    one = early[0] if len(early) == 1 else None
    return {
        "blind": unblinded is None,
        "rule": "" if one is None else one.rule.to_json(),
        "rule_fixed_sha256": "" if one is None else one.fixed_sha256,
    }


def _proof(reader: Reader, study: StudyFile, folder: Path) -> StudyProof:
    heads = known_heads(folder)
    recorded = reader.find(t.Study, "study")
    proof = check_audit(reader.connection, known_heads=heads)
    more = (f"and {proof.more} more",) if proof.more else ()
    return StudyProof(
        protocol_sha256=study.sha256,
        protocol_recorded=recorded is not None and recorded.protocol_sha256 == study.sha256,
        audit_head=proof.head,
        audit_records=proof.records,
        compared_rows=proof.rows,
        faults=(*proof.faults, *more),
        older_heads=len(heads),
    )


def _queries(reader: Reader) -> tuple[OpenQuery, ...]:
    found = [one for one in reader.each(t.DataQuery) if one.state != "closed"]
    return tuple(
        OpenQuery(
            query=one.id, kind=one.kind, record=one.record, words=one.words, state=one.state,
            check=one.data_check or "",
        )
        for one in sorted(found, key=lambda one: (len(one.id), one.id))
    )  # fmt: skip


def _results(reader: Reader) -> tuple[tuple[ResultEntry, ...], int]:
    """The newest result of each administration; the texts are read one at a time."""
    newest: dict[str, tuple[datetime, str]] = {}
    others = 0
    for row in reader.each(t.Result):
        if row.kind != "dose":
            others += 1
            continue
        at, _ = newest.get(row.administration, (None, ""))
        if at is None or row.computed_at > at:
            newest[row.administration] = (row.computed_at, row.id)
    found = []
    for administration in sorted(newest):
        found.append(_result(reader.get(t.Result, newest[administration][1])))
    return tuple(found), others


def _result(row: t.Result) -> ResultEntry:
    content = json.loads(row.content)
    provenance = content.get("provenance") or {}
    return ResultEntry(
        result=row.id,
        administration=row.administration,
        kind=row.kind,
        computed_at=row.computed_at,
        content_sha256=row.content_sha256,
        software=str(provenance.get("hevesy_version", "")),
        scans=len(content.get("scans", ())),
        regions=tuple(_region(region) for region in content.get("regions", ())),
        closure=_closure(content.get("closure")),
        warnings=tuple(content.get("warnings", ())),
        inputs=tuple((one["role"], one["sha256"]) for one in provenance.get("inputs", ())),
        data_sets=tuple(f"{one['name']}, {one['version']}: {one['source']}"
                        for one in provenance.get("data_sets", ())),
    )  # fmt: skip


def _region(region: Mapping[str, Any]) -> RegionEntry:
    courses = region.get("kinetics") or [{}]
    return RegionEntry(
        region=region["name"],
        kind=region["kind"],
        parts=tuple(
            PartEntry(
                scan=part["scan"],
                hours_after_administration=part["hours_after_administration"],
                percent=part["decay_corrected_percent"],
                percent_uncertainty=part["decay_corrected_percent_uncertainty"],
                below_detection=part["below_detection"],
            )
            for part in region.get("biodistribution", ())
        ),
        residence_time_h=courses[0].get("residence_time_h"),
        effective_half_life_h=courses[0].get("effective_half_life_h"),
        shares=tuple(
            (one["source"], one["relative_uncertainty"])
            for one in region.get("uncertainty_shares", ())
        ),
    )


def _closure(closure: Mapping[str, Any] | None) -> ClosureEntry | None:
    if closure is None:
        return None
    return ClosureEntry(
        verdict=closure["verdict"],
        reason=closure["reason"],
        ratio=closure["ratio"],
        ratio_uncertainty=closure["ratio_uncertainty"],
        ratio_stated_uncertainty=closure["ratio_stated_uncertainty"],
        unstated=tuple(closure.get("unstated", ())),
    )
