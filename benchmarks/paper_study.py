"""The paper as a study: its flow, data checks, tables and replay, as a page.

`python -m benchmarks.paper_study` makes the study by the workflow of
`hevesy trial init --with-paper-data` in a temporary folder, and writes
docs/validation/paper-study.md.
"""

import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from hevesy.trial import (
    VERDICTS,
    DataFinding,
    StudyFlow,
    check_rows,
    flow_of_study,
    read_publication,
    replay,
)
from hevesy.trial.tables import StudyTable, prepare_analysis, tabulate_study
from hevesy.workflows.paper_study import init_paper_study
from hevesy.workflows.study import open_study
from hevesy.workflows.study_rows import read_study_rows
from hevesy.workflows.trial_tables import TableRequest, choose_options

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).resolve().parents[1] / "docs/validation/paper-study.md"
_SHOWN = ("baseline", "exposure", "events")
_DAY = date(2024, 3, 31)  # the paper's data cut-off is not given: after its last month
_MOST = 20


def page() -> str:
    """The page, from a study that is made anew."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "paper"
        init_paper_study(
            folder,
            template="imdendrim",
            user="ada",
            full_name="Ada",
            passphrase=os.urandom(8).hex(),
        )
        with open_study(folder) as (study, store), store.reading() as reader:
            rows = read_study_rows(reader, study=study.protocol.name, as_of=_DAY)
    flow = flow_of_study(rows, study.protocol)
    found = check_rows(rows, study.protocol, now=datetime(2024, 3, 31, tzinfo=UTC))
    options = choose_options(study.protocol, TableRequest())
    tables = {t.name: t for t in tabulate_study(prepare_analysis(rows, options=options))}
    parts = [*_head(), *_flow(flow), *_checks(found)]
    for name in _SHOWN:
        parts += _table(tables[name])
    return "\n".join([*parts, *_replay()])


def _head() -> list[str]:
    return [
        "# The paper as a study",
        "",
        "```",
        "hevesy trial init paper --template imdendrim --with-paper-data --as NAME",
        "hevesy trial tables --study paper --out tables",
        "hevesy trial check paper --data",
        "hevesy trial replay --template imdendrim",
        "```",
        "",
        "The trial of [188Re]Re-ImDendrim (doi 10.31579/2690-1919/568, CC BY 4.0) as records of a "
        "study. Real are Table 1's 36 rows: age, sex, primary tumour, treated site, ECOG. "
        "Everything else is generated to fit the published margins and marked so wherever it "
        "counts: days, activities (uniform within 30 to 337 mCi), the 15 persons of whom only the "
        "count is published (9 screen failures, 4 lost, 2 who refused), and who had which event. "
        "Not given by the paper, and so not made up: attributions, sizes, doses, follow-up.",
        "",
    ]


def _flow(flow: StudyFlow) -> list[str]:
    lines = ["## Flow", "", "| stage | n | left, by reason |", "|---|---|---|"]
    for stage in flow.flow.stages:
        reasons = "; ".join(f"{one.reason} {one.subjects}" for one in stage.exits)
        lines.append(f"| {stage.name} | {stage.subjects} | {reasons} |")
    lines += ["", *(f"Fault that the tool finds: {fault}." for fault in flow.faults), ""]
    return lines


def _checks(found: Sequence[DataFinding]) -> list[str]:
    lines = ["## What the data checks find", "", "| check | finding |", "|---|---|"]
    for one in found[:_MOST]:
        lines.append(f"| `{one.check}` | {one.words} |")
    return [*lines, ""]


def _table(table: StudyTable) -> list[str]:
    """Counts with exact 95 % intervals; a dagger where generated rows count."""
    lines = [
        f"## {table.caption}", "", f"Unit: {table.unit}.", "",
        "| | " + " | ".join(table.columns) + " |", "|---|" + "---|" * len(table.columns),
    ]  # fmt: skip
    group = ""
    for row in table.rows:
        if row.group and row.group != group:
            lines.append(f"| **{row.group}** |" + " |" * len(table.columns))
            group = row.group
        cells = [cell.text + (" †" if cell.generated else "") for cell in row.cells]
        lines.append(f"| {row.heading} | " + " | ".join(cells) + " |")
    return [*lines, "", " ".join(table.notes), "", "† rests on generated rows.", ""]


def _replay() -> list[str]:
    done = replay(read_publication("imdendrim"))
    counts = {verdict: sum(one.verdict == verdict for one in done) for verdict in VERDICTS}
    lines = [
        "## The published figures, recomputed",
        "",
        "; ".join(f"{verdict}: {n}" for verdict, n in counts.items())
        + " ([how](../methods/trial-replay.md)).",
        "",
        "| where | what | published | recomputed | verdict |",
        "|---|---|---|---|---|",
    ]
    for one in sorted(done, key=lambda one: one.verdict == "agrees"):
        said = one.verdict + (f": {one.why}" if one.why and one.verdict != "agrees" else "")
        said_of = one.statement
        cells = (said_of.where, said_of.what, said_of.published, one.recomputed or "", said)
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
