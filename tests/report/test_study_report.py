"""Sections of a study's report: each number from the records it names, and what is missing."""

import csv
import io
import math
import re
import statistics
from dataclasses import replace

from hevesy.evidence import ThresholdRule
from hevesy.report.study_report.assemble import assemble_sections, report_csv
from hevesy.report.study_report.evidence import evidence_section
from hevesy.report.study_report.material import (
    BatchEntry,
    EluateEntry,
    StudyMaterial,
    TestEntry,
    TransportEntry,
)
from hevesy.report.study_report.page import render_report_page
from hevesy.report.study_report.pooled_parts import pool_parts
from hevesy.report.study_report.sample import sample_given, sample_material
from hevesy.report.study_report.section import Section
from hevesy.report.study_report.traced import TracedTable, spread
from hevesy.trial import StudyRows
from hevesy.trial.tables import TableOptions


def sections_of(material: StudyMaterial, *, drawn: bool = False) -> dict[str, Section]:
    made = assemble_sections(material, options=TableOptions(), drawn=drawn)
    return {section.name: section for section in made}


def table_of(section: Section, name: str) -> TracedTable:
    table = next(table for table in section.tables if table.name == name)
    assert isinstance(table, TracedTable)
    return table


def line(table: TracedTable, heading: str) -> dict[str, str]:
    row = next(row for row in table.rows if row.heading == heading)
    return {title: cell.text for (title, _), cell in zip(table.columns, row.cells, strict=True)}


def test_spread_is_that_of_the_standard_library() -> None:
    numbers = [3.2, 1.5, 9.75, 4.0, 4.0]
    n, mean, deviation, middle, ends = spread([(x, ("dose", str(x))) for x in numbers])
    assert n.value == 5
    assert math.isclose(mean.value or 0, statistics.fmean(numbers), rel_tol=1e-12)
    assert math.isclose(deviation.value or 0, statistics.stdev(numbers), rel_tol=1e-12)
    assert middle.value == statistics.median(numbers)
    assert ends.text == "1.50 to 9.75"
    assert len(n.rows) == 4  # two values of one record


def test_a_spread_of_one_has_no_deviation_and_of_none_nothing() -> None:
    assert spread([(2.0, ("dose", "a"))])[2].missing
    assert [cell.missing for cell in spread([])] == [False, True, True, True, True]


def test_differences_have_decimals_and_no_negative_zero() -> None:
    assert [c.text for c in spread([(-0.0001, ("x", "a"))], decimals=1)][1] == "0.0"


def test_a_scan_belongs_to_the_nearest_planned_time() -> None:
    results = sample_material().results
    pooled = pool_parts(results, [3600.0, 6 * 3600.0, 86400.0])
    assert {one.label for one in pooled} == {"1 h", "24 h"}  # 1.1 and 23 h; none at 6 h
    assert {one.label for one in pool_parts(results, [])} == {"scan 1", "scan 2"}


def test_biodistribution_counts_every_part_once() -> None:
    material = sample_material()
    table = table_of(sections_of(material)["biodistribution"], "biodistribution")
    parts = sum(len(r.parts) for one in material.results for r in one.regions)
    assert sum(row.cells[0].value or 0 for row in table.rows) == parts
    assert line(table, "1 h (1.10 to 1.10 h)")["mean"] == "80.0"  # of 90 and 70 % IA


def test_missing_sections_say_why() -> None:
    material = sample_material()
    bare = replace(material, results=(), rows=replace(material.rows, doses=()))
    made = sections_of(bare)
    assert "no dose result is filed for any of 3 administrations" in made["dose"].missing
    assert "no dose result" in made["biodistribution"].missing
    assert made["production"].missing
    assert "A3 / L3" in sections_of(material)["dose"].missing  # injected, and has no dose


def test_a_study_of_nobody_has_a_report() -> None:
    material = replace(
        sample_material(), results=(),
        rows=StudyRows(study="Empty", as_of=sample_material().rows.as_of),
    )  # fmt: skip
    made = sections_of(material)
    assert len(made) == 13
    assert all(made[name].missing for name in ("synopsis", "flow", "baseline", "safety", "dose"))
    assert "Empty" in render_report_page(material, list(made.values()))


def made_production() -> StudyMaterial:
    """One eluate 10 % above its prediction by 2 SD, a batch that failed pH, a lost vial."""
    at = sample_material().made_at
    return replace(
        sample_material(),
        eluates=(
            EluateEntry(
                elution="E1", generator="G1", eluted_at=at, volume_ml=10.0, eluted_bq=11e9,
                eluted_uncertainty_bq=0.3e9, theoretical_bq=20e9, predicted_bq=10e9,
                predicted_uncertainty_bq=0.4e9,
            ),
        ),
        batches=(
            BatchEntry(
                batch="B1", labelled_at=at, activity_bq=9e9, precursor_bq=10e9, elutions=("E1",),
                steps=("S1",), planned_steps=2, deviations=("reduction: 15 min",),
                verdicts=(("pH", "failed"), ("sterility", "missing")),
            ),
        ),
        tests=(
            TestEntry(test="T1", batch="B1", kind="pH", unit="", allowed="5 to 7.5", value=8.0),
            TestEntry(test="T0", batch="B1", kind="pH", unit="", allowed="5 to 7.5", value=1.0,
                      invalid_because="the strip was wet"),
        ),
        transports=(
            TransportEntry(dispatch="D1", vial="V1", from_site="a", to_site="b", sent_at=at),
            TransportEntry(dispatch="D2", vial="V2", from_site="a", to_site="b", sent_at=at,
                           receipt="R2", received_bq=1.9e9, expected_bq=2.0e9,
                           difference_uncertainty_bq=0.05e9),
        ),
    )  # fmt: skip


def test_production_holds_what_was_made_beside_what_was_expected() -> None:
    section = sections_of(made_production())["production"]
    eluate = table_of(section, "eluates").rows[0]
    assert [cell.text for cell in eluate.cells][1] == "55.0 ± 1.5"  # 11 of 20 GBq
    assert eluate.cells[3].text == "+2.0"  # 1 GBq over hypot(0.3, 0.4) = 0.5 GBq
    summary = table_of(section, "production_summary")
    yields = "labelling yield, % of the eluates' activity, decay taken out"
    assert line(summary, yields)["mean"] == "90.0"
    assert line(summary, "received less sent, %, decay taken out")["mean"] == "-5.0"
    tests = line(table_of(section, "quality_tests"), "pH")
    assert (tests["failed"], tests["values"], tests["declared invalid"]) == ("1", "1", "1")
    batch = table_of(section, "batches").rows[0].cells
    assert batch[2].text == "1 of 2"
    assert batch[3].text == "reduction: 15 min"
    assert batch[4].text == "pH: failed; sterility: missing"
    lost, came = table_of(section, "transports").rows
    assert lost.cells[0].text == "has not arrived"
    assert came.cells[3].text == "-2.0"


def test_every_link_of_the_page_has_its_list_and_every_list_its_records() -> None:
    material = made_production()
    page = render_report_page(material, list(sections_of(material).values()))
    calls = set(re.findall(r'<a href="#([^"]+)">', page))
    places = set(re.findall(r'id="([^"]+)"', page))
    assert calls <= places
    lists = dict(re.findall(r'<section class="rows" id="([^"]+)">(.*?)</section>', page, re.S))
    assert len(lists) > 100
    assert all("<li>" in text for text in lists.values())
    assert "http" not in re.sub(r"data:[^\"]*", "", page).replace("http-equiv", "")


def test_the_number_of_records_behind_a_count_is_the_count() -> None:
    for section in sections_of(made_production()).values():
        for table in section.tables:
            if not isinstance(table, TracedTable):
                continue
            for row in csv.DictReader(io.StringIO(report_csv(table))):
                if row["records"] and table.name in {"flow", "evidence_account", "closure"}:
                    count = re.fullmatch(r"(\d+)(?: of \d+)?", row["text"])
                    if count and row["column"] not in {"lesions"}:
                        assert len(row["records"].split()) == int(count[1]), row


def test_the_flow_agrees_with_the_safety_set() -> None:
    made = sections_of(sample_material())
    treated = line(table_of(made["flow"], "flow"), "Treated")["n"]
    assert f"N = {treated}" in made["safety"].tables[0].unit
    assert line(table_of(made["synopsis"], "results"), "Treated")[""] is not None


def test_the_same_material_gives_the_same_page() -> None:
    pages = [
        render_report_page(made_production(), list(sections_of(made_production()).values()))
        for _ in range(2)
    ]
    assert pages[0] == pages[1]


def test_figures_have_captions_and_an_alternative_text() -> None:
    made = sections_of(made_production(), drawn=True)
    figures = [figure for section in made.values() for figure in section.figures]
    assert {"flow", "production", "biodistribution", "dose", "dose_response"} <= {
        figure.name for figure in figures
    }
    assert all("Unit:" in figure.caption and b"<svg" in figure.svg for figure in figures)
    page = render_report_page(made_production(), list(made.values()))
    assert page.count("<figcaption>") == page.count('alt="') == len(figures)


def test_text_of_records_is_escaped() -> None:
    material = made_production()
    batch = replace(material.batches[0], deviations=("<script>alert(1)</script>",))
    page = render_report_page(
        replace(material, batches=(batch,)),
        list(sections_of(replace(material, batches=(batch,))).values()),
    )
    assert "<script" not in page


def test_outcomes_stay_apart_from_doses_while_they_are_blind() -> None:
    given = sample_given()
    blind = replace(given, material=replace(given.material, blind=True))
    section = evidence_section(blind)
    assert section.missing.startswith("outcomes are blind")
    assert (section.tables, section.figures) == ((), ())


def test_a_rule_fixed_before_is_said_to_be() -> None:
    given = sample_given()
    rule = ThresholdRule(name="half respond")
    for fixed, words in (
        (rule.sha256, "By the rule 'half respond', fixed and signed before"),
        ("", "All here is exploratory"),
    ):
        material = replace(given.material, rule=rule.to_json(), rule_fixed_sha256=fixed)
        section = evidence_section(replace(given, material=material))
        assert any(words in said for said in section.says)
