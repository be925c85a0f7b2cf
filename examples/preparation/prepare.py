"""A day in the workshop: elution to injection, and a sterility test that fails five days later.

The steps are those of the [188Re]Re-ImDendrim trial; activities, limits of the site and names are
made up. Run it: `python examples/preparation/prepare.py`
"""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hevesy.errors import HevesyError
from hevesy.nuclides import get_nuclide
from hevesy.pharmacy import (
    BatchRelease,
    CalibratorReading,
    Component,
    CustodyGraph,
    CustodyItem,
    Draw,
    DrawKind,
    Elution,
    Generator,
    InjectionPart,
    LabellingBatch,
    ReleaseState,
    Signature,
    StepRecord,
    SyringeMeasurement,
    TestKind,
    TestResult,
    TlcRegion,
    TlcTrace,
    Vial,
    analyse_strip,
    balance_vial,
    change_state,
    compare_receipt,
    draw_from,
    forecast_elution,
    get_decay_pair,
    imdendrim_protocol,
    judge_batch,
    judge_prescription,
    net_injected_activity,
    radiochemical_purity,
    recall_list,
    reckon_elutions,
    require_usable,
    review_labelling,
    split_over_lesions,
    state_demanded,
)

MONDAY = datetime(2024, 3, 4, 6, tzinfo=UTC)
RHENIUM = get_nuclide("Re-188")
KINDS = (
    TestKind(name="radiochemical purity", unit="%", lowest_value=85.0),
    TestKind(name="pH", lowest_value=5.0, highest_value=7.5),
    TestKind(name="188W breakthrough"),  # the site has set no limit
    TestKind(name="sterility", accepted=("no growth",), before_injection=False),
)


def say(text: str) -> None:
    """Write a line."""
    sys.stdout.write(text + "\n")


def at(hours: float, day: int = 3) -> datetime:
    """Hours after six o'clock (UTC) of a day of that week; Monday is 0."""
    return MONDAY + timedelta(days=day, hours=hours)


def elute() -> Elution:
    """Three days of elutions predict the fourth, Thursday's, which then is made."""
    generator = Generator(
        identifier="G-1", pair=get_decay_pair("Re-188"), parent_bq=37e9, daughter_bq=30e9,
        calibrated_at=MONDAY - timedelta(days=1),
    )  # fmt: skip
    log = [
        Elution(
            identifier=f"E-{day}", eluted_at=at(0, day), measured_at=at(0.2, day),
            activity_bq=activity_bq, activity_uncertainty_bq=0.1e9, volume_ml=10.0,
            performed_by="Ada",
        )
        for day, activity_bq in enumerate((26.8e9, 21.6e9, 20.3e9, 19.6e9))
    ]  # fmt: skip
    ahead = forecast_elution(generator, log[:3], log[3].eluted_at)
    say(
        f"predicted {ahead.prediction.eluted_bq / 1e9:.1f} GBq "
        f"({ahead.eluted_low_bq / 1e9:.1f} to {ahead.eluted_high_bq / 1e9:.1f}, 95 %)"
    )
    row = reckon_elutions(generator, log)[-1]
    say(f"eluted {row.eluted_bq / 1e9:.1f} GBq, {100 * row.yield_fraction:.0f} % of the column")
    return log[-1]


def label(elution: Elution) -> LabellingBatch:
    """Reduction under CO and labelling, within 2 h of the elution."""
    kit = imdendrim_protocol().components
    return LabellingBatch(
        batch="B-1",
        eluted_at=elution.eluted_at,
        components=tuple(Component(kind=k, lot="24-1", expires_at=at(0, 60)) for k in kit),
        equipment=(("heater", "H-1"),),
        steps=(
            StepRecord(step="reduction", started_at=at(0.3), ended_at=at(0.65), gas="CO",
                       performed_by="Ada", checked_by="Ben"),
            StepRecord(step="labelling", started_at=at(0.75), ended_at=at(1.8),
                       performed_by="Ada", checked_by="Ben"),
        ),
    )  # fmt: skip


def purity(product_counts: int) -> float:
    """Radio-TLC of 100,000 counts; what is not product is free reduced 188Re."""
    trace = TlcTrace(
        name="B-1", position_mm=[0, 10, 20, 30, 40],
        counts=[0, product_counts, 0, 100_000 - product_counts, 0],
    )  # fmt: skip
    regions = [TlcRegion(name="product", low_mm=5, high_mm=25),
               TlcRegion(name="free", low_mm=25, high_mm=35)]  # fmt: skip
    strip = analyse_strip(trace, regions, nuclide=RHENIUM)
    return radiochemical_purity([strip]).rcp_percent


def results(product_counts: int) -> list[TestResult]:
    """What is known on the day itself."""
    return [
        TestResult(kind=kind, value=value, measured_at=at(2.2), performed_by="Cleo")
        for kind, value in (("radiochemical purity", purity(product_counts)), ("pH", 6.2),
                            ("188W breakthrough", 2e-6))
    ]  # fmt: skip


def treat() -> None:
    """A syringe is drawn, sent, received and injected into two lesions."""
    vial = Vial(batch="B-1", nuclide=RHENIUM, volume_ml=10.0, activity_bq=17e9,
                measured_at=at(2.5), activity_uncertainty_bq=0.5e9)  # fmt: skip
    for name, kind, volume_ml, activity_bq in (
        ("QC-1", DrawKind.SAMPLE, 0.5, 0.85e9), ("S-1", DrawKind.SYRINGE, 2.0, 3.4e9),
    ):  # fmt: skip
        vial = draw_from(vial, Draw(
            identifier=name, kind=kind, volume_ml=volume_ml, activity_bq=activity_bq,
            drawn_at=at(2.5), measured_at=at(2.5), activity_uncertainty_bq=0.03 * activity_bq,
        ))  # fmt: skip
    books = balance_vial(vial, left_bq=12.2e9, left_uncertainty_bq=0.37e9, left_measured_at=at(2.7))
    say(f"the vial's books differ by {books.difference_sigmas:+.1f} standard deviations")
    sent = CalibratorReading(item="S-1", device="workshop", activity_bq=3.4e9,
                             uncertainty_bq=0.1e9, measured_at=at(2.5))  # fmt: skip
    got = CalibratorReading(item="S-1", device="hospital", activity_bq=3.21e9,
                            uncertainty_bq=0.1e9, measured_at=at(3.5))  # fmt: skip
    compared = compare_receipt(RHENIUM, sent, got)
    say(f"received {compared.difference_sigmas:+.1f} standard deviations of what was sent")
    net = net_injected_activity(
        RHENIUM,
        before=SyringeMeasurement(activity_bq=got.activity_bq, measured_at=got.measured_at),
        after=SyringeMeasurement(activity_bq=0.2e9, measured_at=at(4.2)),
        started_at=at(4.0), ended_at=at(4.1), calibrator_uncertainty_fraction=0.03,
    )  # fmt: skip
    say(f"injected {net.activity_bq / 1e6:.0f} ± {net.uncertainty_bq / 1e6:.0f} MBq ({net.kind})")
    say(judge_prescription(net, prescribed_bq=3e9) or "within 10 % of the prescription")
    for part in split_over_lesions(
        net,
        [
            InjectionPart(lesion="L1", share=0.6, needle_passes=1),
            InjectionPart(lesion="L2", share=0.4, needle_passes=2, reflux_fraction=0.05),
        ],
    ):
        say(f"  {part.lesion}: {part.activity_bq / 1e6:.0f} MBq")


def chain() -> CustodyGraph:
    """The day's links."""
    names = [("generator", "G-1"), ("elution", "E-3"), ("batch", "B-1"), ("syringe", "S-1"),
             ("injection", "I-1"), ("patient", "P-012")]  # fmt: skip
    items = [CustodyItem(kind=kind, identifier=name) for kind, name in names]
    return CustodyGraph(links=tuple(pairwise(items)))


def main() -> None:
    """Run the day."""
    record = label(elute())
    review = review_labelling(imdendrim_protocol(), record)
    say(f"labelled {review.elution_to_labelled_s / 60:.0f} min after the elution; deviations: "
        f"{len(review.deviations)}")  # fmt: skip
    batch = BatchRelease(batch="B-1", expires_at=at(9), performers=record.performers | {"Cleo"})
    signature = Signature(signed_by="Dana", signed_at=at(2.4))
    conditional = ReleaseState.CONDITIONALLY_RELEASED
    try:
        change_state(batch, conditional, signature=signature, labelling=review, given_out=False,
                     quality=judge_batch(KINDS, results(84_900)))  # fmt: skip
    except HevesyError as refused:
        say(f"refused: {refused}")
    tested = results(85_000)
    batch = change_state(
        batch, conditional, signature=signature, labelling=review, given_out=False,
        quality=judge_batch(KINDS, tested),
    )  # fmt: skip
    say(f"at 85 %: {batch.state.value}")
    require_usable(batch, at(4.0), "injection")
    treat()
    growth = TestResult(kind="sterility", words="growth", measured_at=at(0, 8), performed_by="Cleo")
    late = judge_batch(KINDS, [*tested, growth])
    demanded = state_demanded(batch, late, given_out=True)
    if demanded is not None:
        why = replace(signature, signed_at=at(1, 8), reason="sterility: growth")
        batch = change_state(
            batch, demanded, signature=why, labelling=review, quality=late, given_out=True
        )
        say(f"five days later: {batch.state.value}")
        for entry in recall_list(chain(), CustodyItem(kind="batch", identifier="B-1")):
            say(f"  {entry.item.kind} {entry.item.identifier}: {entry.what_to_do}")


if __name__ == "__main__":
    main()
