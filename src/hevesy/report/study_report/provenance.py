"""Where the report comes from: software, protocol, audit and its proof, results and inputs."""

from hevesy.report.study_report.section import ReportGiven, Section
from hevesy.report.study_report.traced import TracedRow, TracedTable, said

__all__ = ["provenance_section"]


def provenance_section(given: ReportGiven) -> Section:
    """Report versions, hashes and the audit's proof.

    Parameters
    ----------
    given : ReportGiven

    Returns
    -------
    Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> [table.name for table in provenance_section(sample_given()).tables]
    ['provenance', 'inputs']
    """
    material, proof = given.material, given.material.proof
    faults = "; ".join(proof.faults)
    state = f"does not hold: {faults}" if faults else (
        f"holds: {proof.audit_records} records chained, {proof.compared_rows} rows compared, "
        f"{proof.older_heads} heads of earlier backups found in it")  # fmt: skip
    recorded = "the one on record" if proof.protocol_recorded else (
        "NOT the one on record: study.toml was changed and not amended")  # fmt: skip
    facts = [
        ("software", f"hevesy {material.software}", False),
        ("packages", ", ".join(f"{name} {version}" for name, version in material.packages), False),
        ("protocol's SHA-256", proof.protocol_sha256, False),
        ("protocol in study.toml", recorded, not proof.protocol_recorded),
        ("audit's head (SHA-256)", proof.audit_head, False),
        ("audit's proof", state, bool(faults)),
        ("source of the protocol", material.protocol.source, False),
    ]
    sets = sorted({name for result in material.results for name in result.data_sets})
    facts += [("data set of doses", name, False) for name in sets]
    tables = [
        TracedTable(
            name="provenance",
            caption="Software, protocol and audit",
            unit="facts",
            columns=(("", "text"),),
            rows=tuple(
                TracedRow(heading=name, cells=(said(text, alert=alert),))
                for name, text, alert in facts
            ),
        ),
        _inputs(given),
    ]
    return Section(
        name="provenance",
        title="Provenance",
        tables=tuple(tables),
        missing="" if material.results else "no dose result is filed: no images are inputs",
    )


def _inputs(given: ReportGiven) -> TracedTable:
    rows = []
    for one in given.material.results:
        key = ("result", one.result)
        rows.append(
            TracedRow(
                heading="result.json", group=f"{one.administration}: {one.result}",
                cells=(said(one.content_sha256, key), said(f"hevesy {one.software}"),
                       said(f"{one.computed_at:%Y-%m-%d %H:%M} UTC")),
            )
        )  # fmt: skip
        rows += [
            TracedRow(
                heading=role, group=f"{one.administration}: {one.result}",
                cells=(said(digest, key), said(""), said("")),
            )
            for role, digest in one.inputs
        ]  # fmt: skip
    return TracedTable(
        name="inputs",
        caption="Results and the inputs that they rest on",
        unit=f"results, N = {len(given.material.results)}",
        columns=(("SHA-256", "text"), ("software", "text"), ("computed", "text")),
        rows=tuple(rows),
    )
