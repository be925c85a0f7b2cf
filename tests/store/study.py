"""A small study: people, and one record of every kind."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hevesy.store import hash_passphrase
from hevesy.store import tables as t
from hevesy.store.record import Record

PASSPHRASE = "correct horse battery"
START = datetime(2026, 1, 8, 6, 0, tzinfo=UTC)
PEOPLE = {
    "paul": "pharmacist",
    "petra": "pharmacist",
    "yann": "physicist",
    "ines": "investigator",
    "cora": "coordinator",
    "stan": "statistician",
    "mona": "monitor",
}


def hours(value: float) -> datetime:
    return START + timedelta(hours=value)


def study() -> t.Study:
    return t.Study(id="study", name="A study", protocol={"limit": 85}, protocol_sha256="0" * 64)


def founder() -> t.Account:
    return t.Account(id="ada", full_name="Ada", roles=["administrator"], passphrase_hash="")


def people() -> list[t.Account]:
    hashed = hash_passphrase(PASSPHRASE)
    return [
        t.Account(id=name, full_name=name.title(), roles=[role], passphrase_hash=hashed)
        for name, role in PEOPLE.items()
    ]


def records() -> list[tuple[str, Record]]:
    """One record of every kind that people enter, each with somebody who may enter it."""
    b = {"batch": "B1"}
    p = {"performed_by": "paul"}
    i = {"inclusion": "P01-1"}
    amount = {"volume_ml": 2.5, "activity_bq": 4.0e9, "measured_at": hours(3)}
    return [
        ("ada", t.Site(id="S1", name="Klinik Süd", timezone="Europe/Berlin")),
        ("ada", t.Site(id="S2", name="Hospital", timezone="Europe/Paris")),
        ("yann", t.Device(id="D1", kind="dose calibrator", site="S1", serial="77")),
        ("yann", t.DeviceFactor(
            id="F1", device="D1", nuclide="Re-188", container="10 mL vial", volume_ml=5.0,
            factor=1.02, relative_uncertainty=0.02, traceable_to="LNHB", valid_from=hours(-999),
            valid_until=hours(999))),
        ("yann", t.DeviceCheck(
            id="K1", device="D1", source="Cs-137 no. 4", at=hours(0), expected_bq=5e6,
            measured_bq=5.01e6, performed_by="yann")),
        ("paul", t.Generator(
            id="G1", site="S1", parent_nuclide="W-188", daughter_nuclide="Re-188", lot="W26-01",
            calibrated_at=hours(-200), parent_bq=3.7e10, parent_relative_uncertainty=0.05)),
        ("paul", t.Elution(
            id="E1", generator="G1", at=hours(0), volume_ml=10.0, activity_bq=2.0e10,
            measured_at=hours(0.2), device="D1", breakthrough_relative=1e-6, left_bq=4e9, **p)),
        ("paul", t.Batch(
            id="B1", site="S1", agent="ImDendrim", nuclide="Re-188", started_at=hours(0.3),
            labelled_at=hours(1.9), expires_at=hours(12), **p)),
        ("paul", t.BatchElution(id="BE1", elution="E1", **b, **amount)),
        ("paul", t.BatchComponent(id="BC1", name="vial B", lot="L-9", expires_at=hours(999), **b)),
        ("paul", t.BatchStep(
            id="BS1", step="reduction", ordinal=1, started_at=hours(0.4), ended_at=hours(0.75),
            temperature_low_deg_c=71.5, temperature_high_deg_c=72.5, gas="CO",
            checked_by="petra", **b, **p)),
        ("paul", t.QualityTest(
            id="Q1", test="radio-TLC", sampled_at=hours(2), result_at=hours(2.2), passed=True,
            value=91.25, uncertainty=0.4, unit="%", limit_low=85.0,
            settings={"region": [20, 60]}, raw="mm,counts\n0,1\n", raw_sha256="a" * 64, **b, **p)),
        ("petra", t.ReleaseDecision(
            id="R1", state="conditionally released", at=hours(2.3), expires_at=hours(12),
            tests=["Q1"], decided_by="petra", **b)),
        ("paul", t.Vial(id="V1", container="10 mL vial", device="D1", **b, **p, **amount)),
        ("paul", t.Withdrawal(id="X1", vial="V1", purpose="sample", **p, **amount)),
        ("paul", t.Dispatch(
            id="T1", vial="V1", from_site="S1", to_site="S2", at=hours(3), activity_bq=4e9,
            measured_at=hours(2.9), **p)),
        ("yann", t.Receipt(
            id="C1", dispatch="T1", at=hours(4), activity_bq=3.8e9, measured_at=hours(4.1),
            performed_by="yann")),
        ("yann", t.Syringe(
            id="Y1", vial="V1", container="5 mL syringe", shield="W 5 mm", performed_by="yann",
            **amount)),
        ("cora", t.Patient(id="P01", site="S2", sex="F", birth_year=1960)),
        ("cora", t.Inclusion(
            id="P01-1", patient="P01", at=hours(-48), eligible=True, criteria={"age": True},
            ecog=1)),
        ("cora", t.Lesion(id="L1", patient="P01", organ="liver", longest_diameter_mm=31.0)),
        ("ines", t.Administration(
            id="A1", inclusion="P01-1", agent="ImDendrim", nuclide="Re-188",
            route="intratumoral", at=hours(5), kind="net", activity_bq=1.5e9,
            activity_uncertainty_bq=4e7, operator="ines")),
        ("ines", t.Injection(
            id="I1", administration="A1", lesion="L1", syringe="Y1", started_at=hours(4.9),
            ended_at=hours(5), pre_bq=1.6e9, pre_at=hours(4.8), post_bq=1e8, post_at=hours(5.1),
            net_bq=1.5e9, net_uncertainty_bq=4e7, kind="net", needle_passes=2, operator="ines")),
        ("yann", t.Scan(
            id="N1", administration="A1", at=hours(6), spect="dicom/P01/1h",
            structures=["dicom/P01/rs"], files_sha256="b" * 64)),
        ("yann", t.RegionVolume(
            id="VL1", scan="N1", region="lesion 1", lesion="L1", volume_ml=14.0,
            activity_bq=1.2e9)),
        ("yann", t.ExcretaSample(
            id="X1", administration="A1", kind="urine", started_at=hours(5), ended_at=hours(11),
            activity_bq=4e7, activity_uncertainty_bq=2e6, measured_at=hours(11.5), volume_ml=310.0,
            device="D1")),
        ("yann", t.Result(
            id="U1", administration="A1", kind="dose", computed_at=hours(100),
            content='{"regions": []}', content_sha256="c" * 64)),
        ("yann", t.Dose(
            id="DO1", result="U1", administration="A1", region="lesion 1", lesion="L1",
            method="local", volume_ml=14.0, mean_dose_gy=88.5, mean_dose_uncertainty_gy=9.0)),
        ("cora", t.Screening(
            id="SC1", screened_on=date(2026, 1, 5), age_years=66, primary_tumour="colon",
            treated_site="liver", prior_lines=3, consent_version="2.0",
            evidence={"age": "identity card"}, waivers={}, **i)),
        ("cora", t.Visit(id="VI1", name="week 6", visited_on=date(2026, 2, 20), ecog=1, **i)),
        ("cora", t.AdverseEvent(
            id="AE1", administration="A1", term="Fever", organ_class="General", grade=1,
            began_on=date(2026, 1, 10), related_agent="possible", related_procedure="unlikely",
            serious=False, aware_at=hours(30), **i)),
        ("cora", t.Measurement(
            id="M1", visit="week 6", measured_on=date(2026, 2, 20), test="neutrophils",
            value=Decimal("1.50"), unit="10^9/L", lower_normal=Decimal("2.0"), **i)),
        ("ines", t.LesionAssessment(
            id="LA1", lesion="L1", visit="week 6", assessed_on=date(2026, 2, 20), role="target",
            status="present", diameter_mm=Decimal("24.50"), injected=True, **i)),
        ("cora", t.Departure(
            id="DE1", kind="lost to follow-up", left_on=date(2026, 4, 1), **i)),
        ("mona", t.DataQuery(
            id="DQ1", kind="adverse_event", record="AE1", words="was it seen on day 2?",
            state="open", data_check="dates")),
        ("stan", t.FixedRule(id="Primary", content="{}", content_sha256="d" * 64)),
        ("ines", t.Unblinding(id="outcomes", reason="data lock")),
        ("ines", t.StudyTerms(
            id="CTCAE", ctcae="5.0", workbook_sha256="e" * 64, content="{}")),
    ]  # fmt: skip


def fill(store: object) -> None:
    """Enter all of them, each as somebody who may."""
    for user, record in records():
        with store.writing(user) as writer:  # type: ignore[attr-defined]
            writer.add(record)
