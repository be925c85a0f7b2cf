"""Dispensing, calibrators, transport, injection: balances, uncertainties, refusals."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import CustodyError, InputError, TimeError
from hevesy.nuclides import get_nuclide
from hevesy.pharmacy import (
    CalibratorFactor,
    CalibratorReading,
    ConstancyCheck,
    CustodyGraph,
    CustodyItem,
    Draw,
    DrawKind,
    InjectionPart,
    SyringeLabel,
    SyringeMeasurement,
    Vial,
    as_utc,
    balance_vial,
    choose_factor,
    compare_receipt,
    draw_from,
    find_path,
    judge_prescription,
    label_payload,
    label_text,
    measure_activity,
    net_injected_activity,
    parse_label_payload,
    recall_list,
    require_constancy,
    split_over_lesions,
    unit_slip_question,
    walk,
)

RHENIUM = get_nuclide("Re-188")
AT = datetime(2024, 3, 1, 10, tzinfo=UTC)
HALF_LIFE = timedelta(hours=17.004)


def after(minutes: float) -> datetime:
    return AT + timedelta(minutes=minutes)


VIAL = Vial(batch="B-1", nuclide=RHENIUM, volume_ml=10.0, activity_bq=10e9, measured_at=AT)


def draw(name: str, volume_ml: float, activity_bq: float, at: datetime, **more: object) -> Draw:
    kind = more.pop("kind", DrawKind.SYRINGE)
    return Draw(
        identifier=name, kind=kind, volume_ml=volume_ml, activity_bq=activity_bq, drawn_at=at,
        measured_at=more.pop("measured_at", at), **more,
    )  # type: ignore[arg-type]  # fmt: skip


@settings(deadline=None)
@given(
    shares=st.lists(st.floats(0.0, 1.0), max_size=7),
    kinds=st.lists(st.sampled_from(list(DrawKind)), min_size=7, max_size=7),
    waits=st.lists(st.floats(0.0, 600.0), min_size=7, max_size=7),
    measured_later=st.floats(0.0, 60.0),
)
def test_activity_is_conserved(
    shares: list[float], kinds: list[DrawKind], waits: list[float], measured_later: float
) -> None:
    """Held = dispensed + samples + waste + left, when everything is decayed to one time."""
    vial, minutes = VIAL, 0.0
    for n, share in enumerate(shares):
        minutes += waits[n]
        held_bq = vial.activity_left_bq(after(minutes))
        later = after(minutes + measured_later)
        seen_bq = max(0.0, share * held_bq) * 0.5 ** ((later - after(minutes)) / HALF_LIFE)
        volume_ml = share * vial.volume_left_ml
        if volume_ml < 1e-9:
            continue
        vial = draw_from(
            vial, draw(f"S-{n}", volume_ml, seen_bq, after(minutes), kind=kinds[n],
                       measured_at=later),
        )  # fmt: skip
    end = after(minutes + 100)
    left_bq = max(0.0, vial.activity_left_bq(end))
    books = balance_vial(vial, left_bq=left_bq, left_uncertainty_bq=0.0, left_measured_at=end)
    total = books.dispensed_bq + books.sampled_bq + books.wasted_bq + books.left_bq
    assert total == pytest.approx(10e9, rel=1e-9)
    assert books.difference_bq == pytest.approx(0.0, abs=10)  # 1e-9 of the vial
    # independent of the module's own sums: by hand, to the end
    by_hand = left_bq + sum(
        d.activity_bq * 0.5 ** ((end - d.measured_at) / HALF_LIFE) for d in vial.draws
    )
    assert by_hand == pytest.approx(10e9 * 0.5 ** ((end - AT) / HALF_LIFE), rel=1e-9)


def test_more_than_the_vial_holds_is_refused() -> None:
    once = draw_from(VIAL, draw("S-1", 6.0, 6e9, AT))
    with pytest.raises(CustodyError, match="at most 4 mL"):
        draw_from(once, draw("S-2", 4.1, 1e9, AT))
    with pytest.raises(CustodyError, match="'4100 MBq', allowed: at most 4000 MBq"):
        draw_from(once, draw("S-2", 4.0, 4.1e9, AT))
    with pytest.raises(CustodyError, match="number"):
        draw_from(once, draw("S-1", 1.0, 1e9, AT))
    with pytest.raises(TimeError):
        draw_from(once, draw("S-2", 1.0, 1e9, after(-1)))
    # a half-life later half is left
    with pytest.raises(CustodyError, match="at most 2000 MBq"):
        draw_from(once, draw("S-2", 4.0, 2.01e9, AT + HALF_LIFE))


def test_readings_may_differ_by_their_uncertainty() -> None:
    vial = replace(VIAL, activity_uncertainty_bq=0.3e9)
    last = draw("S-1", 10.0, 10.9e9, AT, activity_uncertainty_bq=0.4e9)  # 1.8 sigmas of 0.5
    done = draw_from(vial, last)
    books = balance_vial(done, left_bq=0.0, left_uncertainty_bq=0.0, left_measured_at=AT)
    assert books.difference_sigmas == pytest.approx(-1.8)
    with pytest.raises(CustodyError):
        draw_from(vial, replace(last, activity_bq=11.1e9))


FACTOR = CalibratorFactor(
    device="C-1", container="vial", nuclide=RHENIUM, volume_low_ml=1.0, volume_high_ml=10.0,
    factor=1.2, relative_uncertainty=0.03, determined_at=AT - timedelta(days=30),
    expires_at=AT + timedelta(days=300), traceable_to="a national standard",
)  # fmt: skip


@pytest.mark.parametrize(
    "asked",
    [
        {"container": "syringe"},
        {"device": "C-2"},
        {"volume_ml": 0.5},
        {"volume_ml": 11.0},
        {"nuclide": get_nuclide("Y-90")},
        {"at": AT + timedelta(days=300)},
        {"at": AT - timedelta(days=31)},
    ],
)
def test_there_is_no_default_factor(asked: dict[str, object]) -> None:
    right = {"device": "C-1", "container": "vial", "nuclide": RHENIUM, "volume_ml": 5.0, "at": AT}
    assert choose_factor([FACTOR], **right) is FACTOR  # type: ignore[arg-type]
    with pytest.raises(CustodyError, match="no calibrator factor"):
        choose_factor([FACTOR], **{**right, **asked})  # type: ignore[arg-type]


def test_a_reading_becomes_activity() -> None:
    found = measure_activity(FACTOR, reading_bq=1e9, reading_uncertainty_bq=0.01e9)
    assert found.activity_bq == 1.2e9
    assert found.uncertainty_bq == pytest.approx(1.2e9 * math.hypot(0.03, 0.01))
    newer = replace(FACTOR, factor=1.1, determined_at=AT - timedelta(days=1))
    chosen = choose_factor([newer, FACTOR], device="C-1", container="vial", nuclide=RHENIUM,
                           volume_ml=5.0, at=AT)  # fmt: skip
    assert chosen is newer


def test_constancy() -> None:
    caesium = get_nuclide("Cs-137")
    year = timedelta(seconds=caesium.half_life_s)
    good = ConstancyCheck(device="C-1", nuclide=caesium, reference_bq=2e6, reference_at=AT - year,
                          reading_bq=1.04e6, read_at=AT, limit_fraction=0.05)  # fmt: skip
    assert good.deviation_fraction == pytest.approx(0.04)
    assert require_constancy([good], device="C-1", at=after(60), valid_for_s=86400) is good
    bad = replace(good, reading_bq=0.94e6, read_at=after(30))
    with pytest.raises(CustodyError, match="failed"):
        require_constancy([good, bad], device="C-1", at=after(60), valid_for_s=86400)
    for device, at in (("C-2", after(60)), ("C-1", AT + timedelta(days=2))):
        with pytest.raises(CustodyError, match="constancy"):
            require_constancy([good], device=device, at=at, valid_for_s=86400)
    assert replace(good, limit_fraction=None).passed is None


def test_the_receipt_is_compared_in_sigmas() -> None:
    sent = CalibratorReading(item="S-1", device="C-1", activity_bq=2e9, uncertainty_bq=60e6,
                             measured_at=AT)  # fmt: skip
    got = CalibratorReading(item="S-1", device="C-2", activity_bq=0.95e9, uncertainty_bq=40e6,
                            measured_at=AT + HALF_LIFE)  # fmt: skip
    found = compare_receipt(RHENIUM, sent, got)
    assert found.expected_bq == pytest.approx(1e9)
    assert found.difference_sigmas == pytest.approx(-1.0)  # 50 of hypot(30, 40)
    assert found.question is None
    slip = compare_receipt(RHENIUM, sent, replace(got, activity_bq=1e9 / 37))
    assert slip.question is not None
    assert "27.027 mCi (1000 MBq) meant?" in slip.question
    for wrong in (replace(got, item="S-2"), replace(got, device="C-1")):
        with pytest.raises(CustodyError):
            compare_receipt(RHENIUM, sent, wrong)
    with pytest.raises(TimeError):
        compare_receipt(RHENIUM, sent, replace(got, measured_at=after(-5)))


FULL = SyringeMeasurement(activity_bq=2e9, measured_at=after(-20), uncertainty_bq=20e6)
EMPTY = SyringeMeasurement(activity_bq=160e6, measured_at=after(30), uncertainty_bq=5e6)


def test_net_activity_by_hand() -> None:
    net = net_injected_activity(RHENIUM, before=FULL, after=EMPTY, started_at=AT)
    held, residual = 2e9 * 0.5 ** (1 / 3 / 17.004), 160e6 * 2 ** (0.5 / 17.004)
    assert net.kind == "net"
    assert net.activity_bq == pytest.approx(held - residual, rel=1e-12)
    assert net.residual_fraction == pytest.approx(residual / held, rel=1e-12)
    assert net.uncertainty_bq == pytest.approx(
        math.hypot(20e6 * held / 2e9, 5e6 * residual / 160e6), rel=1e-12
    )
    common = net_injected_activity(
        RHENIUM, before=replace(FULL, uncertainty_bq=0.0), after=replace(EMPTY, uncertainty_bq=0.0),
        started_at=AT, calibrator_uncertainty_fraction=0.03,
    )  # fmt: skip
    assert common.uncertainty_bq == pytest.approx(0.03 * net.activity_bq)


def test_without_a_residual_it_is_gross() -> None:
    gross = net_injected_activity(RHENIUM, before=FULL, after=None, started_at=AT)
    assert gross.kind == "gross"
    assert gross.residual_fraction is None
    assert gross.activity_bq == pytest.approx(2e9 * 0.5 ** (1 / 3 / 17.004), rel=1e-12)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"after": replace(EMPTY, measured_at=after(-1))}, TimeError),
        ({"after": EMPTY, "ended_at": after(31)}, TimeError),
        ({"ended_at": after(-1)}, TimeError),
        ({"before": replace(FULL, measured_at=after(1))}, TimeError),
        ({"after": replace(EMPTY, measured_at=AT + timedelta(days=3650))}, TimeError),
        ({"before": replace(FULL, measured_at=AT - timedelta(days=36500))}, InputError),
        ({"after": replace(EMPTY, activity_bq=2e9)}, CustodyError),
        ({"before": replace(FULL, activity_bq=0.0)}, InputError),
        ({"started_at": datetime(2024, 3, 1, 10)}, TimeError),  # noqa: DTZ001 - naive on purpose
    ],
)
def test_injections_that_are_refused(change: dict[str, object], error: type[Exception]) -> None:
    right: dict[str, object] = {"before": FULL, "after": EMPTY, "started_at": AT}
    with pytest.raises(error):
        net_injected_activity(RHENIUM, **{**right, **change})  # type: ignore[arg-type]


def test_lesions_share_the_syringe() -> None:
    net = net_injected_activity(RHENIUM, before=FULL, after=EMPTY, started_at=AT)
    parts = [
        InjectionPart(lesion="L1", share=0.7, needle_passes=2, share_uncertainty_fraction=0.05),
        InjectionPart(lesion="L2", share=0.3, needle_passes=1, reflux_fraction=0.1),
    ]
    first, second = split_over_lesions(net, parts)
    total = sum(part.activity_bq + part.reflux_bq for part in (first, second))
    assert total == pytest.approx(net.activity_bq, rel=1e-12)
    assert second.reflux_bq == pytest.approx(0.03 * net.activity_bq)
    assert first.uncertainty_bq == pytest.approx(
        math.hypot(0.7 * net.uncertainty_bq, 0.05 * net.activity_bq)
    )
    for wrong in ([parts[0]], [parts[0], replace(parts[1], lesion="L1")], []):
        with pytest.raises((InputError, CustodyError)):
            split_over_lesions(net, wrong)
    with pytest.raises(CustodyError):
        replace(parts[0], needle_passes=0)


@pytest.mark.parametrize(("prescribed", "flagged"), [(1.09, False), (0.91, False), (1.12, True),
                                                     (0.9, True)])  # fmt: skip
def test_ten_per_cent_of_what_was_prescribed(prescribed: float, flagged: bool) -> None:
    net = net_injected_activity(RHENIUM, before=FULL, after=EMPTY, started_at=AT)
    said = judge_prescription(net, prescribed_bq=prescribed * net.activity_bq)
    assert (said is not None) is flagged


@pytest.mark.parametrize(
    ("mbq", "words"),
    [
        (1110, None),
        (30, "30 mCi (1110 MBq) meant?"),
        (41_070, "1110 MBq (written as mCi) meant?"),
        (1, "1 GBq meant?"),
        (1e-4, "is it right?"),
    ],
)
def test_slips_of_the_unit_are_asked_about(mbq: float, words: str | None) -> None:
    said = unit_slip_question(mbq * 1e6, low_bq=500e6, high_bq=15e9)
    assert said is None if words is None else said is not None and said.endswith(words)


def test_local_times_where_clocks_change_are_refused() -> None:
    warsaw = ZoneInfo("Europe/Warsaw")
    for local in (datetime(2024, 3, 31, 2, 30, tzinfo=warsaw),
                  datetime(2024, 10, 27, 2, 30, tzinfo=warsaw),
                  datetime(2024, 10, 27, 2, 30, tzinfo=warsaw, fold=1)):  # fmt: skip
        with pytest.raises(TimeError, match="clocks"):
            as_utc(local, "elution")
    assert as_utc(datetime(2024, 3, 31, 3, 30, tzinfo=warsaw), "elution").hour == 1


LABEL = SyringeLabel(
    study="IMD-1", agent="[188Re]Re-ImDendrim", batch="B-1", syringe="S-1", nuclide=RHENIUM,
    activity_bq=12.469e9, volume_ml=2.0, shield="10 mm PMMA", reference_at=AT, subject="P-9",
    expires_at=AT + timedelta(hours=6),
)  # fmt: skip


def test_a_label_says_the_same_to_people_and_scanners() -> None:
    lines = label_text(LABEL, ZoneInfo("Asia/Shanghai"))
    assert "12469 MBq (337 mCi) in 2 mL" in lines
    assert "at 2024-03-01 18:00 CST (10:00 UTC)" in lines
    read = parse_label_payload(label_payload(LABEL))
    assert (read.syringe, read.batch) == ("S-1", "B-1")
    assert read.activity_bq == pytest.approx(12.469e9, abs=5e3)
    assert (read.reference_at, read.expires_at) == (AT, AT + timedelta(hours=6))
    assert "P-9" not in label_payload(LABEL)
    for wrong in ("", "HVS1|S-1", "HVS2|S-1|B-1|1|20240301T100000Z|20240301T100000Z",
                  "HVS1|S-1|B-1|x|20240301T100000Z|20240301T100000Z"):  # fmt: skip
        with pytest.raises(CustodyError):
            parse_label_payload(wrong)
    with pytest.raises(CustodyError):
        label_payload(replace(LABEL, batch="B|1"))
    with pytest.raises(CustodyError):
        replace(LABEL, expires_at=AT)


def item(kind: str, identifier: str) -> CustodyItem:
    return CustodyItem(kind=kind, identifier=identifier)


def graph() -> CustodyGraph:
    """Two elutions; the first makes B-1 with S-1 (injected, scanned) and S-2, the second B-2."""
    rows = [
        ("generator G", "elution E1"), ("generator G", "elution E2"), ("elution E1", "batch B1"),
        ("elution E2", "batch B2"), ("batch B1", "syringe S1"), ("batch B1", "syringe S2"),
        ("batch B2", "syringe S3"), ("syringe S1", "injection I1"), ("injection I1", "patient P1"),
        ("injection I1", "scan C1"), ("injection I1", "scan C2"), ("syringe S3", "injection I3"),
        ("injection I3", "patient P1"),
    ]  # fmt: skip
    return CustodyGraph(
        links=tuple((item(*above.split()), item(*below.split())) for above, below in rows)
    )


def test_walks_both_ways() -> None:
    found = walk(graph(), item("scan", "C1"), "up")
    assert [i.identifier for i in found] == ["G", "E1", "B1", "S1", "I1"]
    down = walk(graph(), item("elution", "E1"), "down")
    assert [i.identifier for i in down] == ["B1", "S1", "S2", "I1", "P1", "C1", "C2"]
    both = walk(graph(), item("syringe", "S2"))
    assert [i.identifier for i in both] == ["G", "E1", "B1"]
    path = find_path(graph(), item("scan", "C2"), item("generator", "G"))
    assert [i.identifier for i in path] == ["C2", "I1", "S1", "B1", "E1", "G"]
    assert find_path(graph(), item("syringe", "S2"), item("scan", "C1")) == ()


def test_a_recall_lists_everything_downstream() -> None:
    entries = recall_list(graph(), item("batch", "B1"))
    assert [e.item.identifier for e in entries] == ["B1", "S1", "S2", "I1", "P1", "C1", "C2"]
    assert all(entry.what_to_do for entry in entries)
    with pytest.raises(CustodyError):
        recall_list(graph(), item("scan", "C1"))
    with pytest.raises(CustodyError) as caught:
        walk(graph(), item("patient", "P7"))
    assert "P7" not in str(caught.value)  # a message names no patient
    with pytest.raises(CustodyError):
        CustodyGraph(links=((item("syringe", "S1"), item("batch", "B1")),))
    with pytest.raises(CustodyError):
        item("crate", "1")
