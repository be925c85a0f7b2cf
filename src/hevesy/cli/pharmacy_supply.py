"""`hevesy pharmacy` on a study's records: vials on their way, syringes, recall."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hevesy.cli.identity import STUDY, USER, acting_user
from hevesy.cli.pharmacy_reading import Measured, takes_reading
from hevesy.cli.pharmacy_study import JSON, amount, batch_state, moment, say

__all__ = ["dispatch", "dispense", "recall", "receive", "trace", "withdraw"]


@takes_reading
def dispatch(
    vial: Annotated[str, typer.Argument(metavar="VIAL")],
    study: Annotated[Path, STUDY],
    to: Annotated[str, typer.Option("--to", metavar="SITE", help="One of study.toml.")],
    at: Annotated[str, typer.Option("--at", help="When it left.")],
    measured: Measured,
    name: Annotated[str | None, typer.Option("--name", help="Of the dispatch.")] = None,
    user: Annotated[str, USER] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Send a vial to another site, as measured before; a batch may travel in quarantine.

    Example: hevesy pharmacy dispatch V-1 --study mystudy --to Hospital --at 2024-03-07T09:00+01:00
    --activity "16 GBq" --measured 2024-03-07T08:50+01:00 --uncertainty "3 %" --as paul
    """
    from hevesy.workflows.custody.supply import dispatch_vial

    made = dispatch_vial(
        study,
        vial,
        user=acting_user(user),
        to_site=to,
        at=moment(at, measured.timezone, "the dispatch"),
        reading=measured.reading,
        name=name,
        confirmed=measured.confirmed,
    )
    answer = {"dispatch": made.id, "vial": vial, "from": made.from_site, "to": made.to_site}
    line = f"dispatch {made.id}: vial {vial}, {made.from_site} to {made.to_site}"
    say(answer, [line], as_json=as_json)


@takes_reading
def receive(
    dispatch: Annotated[str, typer.Argument(metavar="DISPATCH", help="Such as V-1-T1.")],
    study: Annotated[Path, STUDY],
    at: Annotated[str, typer.Option("--at", help="When it arrived.")],
    measured: Measured,
    condition: Annotated[str | None, typer.Option("--condition", help="In words.")] = None,
    user: Annotated[str, USER] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Enter a vial's arrival, with the second calibrator's reading beside the first.

    Example: hevesy pharmacy receive V-1-T1 --study mystudy --at 2024-03-07T10:00+01:00
    --activity "15.2 GBq" --measured 2024-03-07T10:05+01:00 --uncertainty "3 %" --as yann
    """
    from hevesy.workflows.custody.supply import receive_vial

    made, compared = receive_vial(
        study,
        dispatch,
        user=acting_user(user),
        at=moment(at, measured.timezone, "the receipt"),
        reading=measured.reading,
        condition=condition,
        confirmed=measured.confirmed,
    )
    answer = {
        "receipt": made.id,
        "expected_mbq": compared.expected_bq / 1e6,
        "difference_mbq": compared.difference_bq / 1e6,
        "difference_uncertainty_mbq": compared.difference_uncertainty_bq / 1e6,
        "difference_percent": 100 * compared.difference_fraction,
        "difference_sigmas": compared.difference_sigmas,
    }
    line = (
        f"receipt {made.id}: {amount(made.activity_bq)}, "
        f"{100 * compared.difference_fraction:+.1f} % of what was sent, decayed; "
        f"{compared.difference_sigmas:+.1f} standard deviations"
    )
    say(answer, [line], as_json=as_json)


@takes_reading
def dispense(
    syringe: Annotated[str, typer.Argument(metavar="SYRINGE", help="A new name.")],
    study: Annotated[Path, STUDY],
    vial: Annotated[str, typer.Option("--vial", help="From which.")],
    volume: Annotated[str, typer.Option("--volume", help='"2 mL".')],
    measured: Measured,
    container: Annotated[str, typer.Option("--container", help='"5 mL syringe".')],
    shield: Annotated[str, typer.Option("--shield", help='"10 mm PMMA".')],
    subject: Annotated[str | None, typer.Option("--subject", help="The patient's code.")] = None,
    label: Annotated[
        Path | None,
        typer.Option("--label", metavar="FILE", help="Label with Data Matrix: .png, .pdf, .svg."),
    ] = None,
    user: Annotated[str, USER] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Draw a syringe from a vial of a released batch, with its label.

    Example: hevesy pharmacy dispense S-1 --study mystudy --vial V-1 --volume "2 mL"
    --activity "3.4 GBq" --measured 2024-03-07T09:30+01:00 --uncertainty "3 %"
    --container "5 mL syringe" --shield "10 mm PMMA" --label S-1.png --as yann
    """
    from hevesy.pharmacy import label_payload
    from hevesy.units import parse_volume_ml
    from hevesy.workflows.custody.dispensing import dispense as draw

    done = draw(
        study,
        syringe,
        vial=vial,
        user=acting_user(user),
        container=container,
        shield=shield,
        volume_ml=parse_volume_ml(volume, "the syringe's volume"),
        reading=measured.reading,
        subject=subject,
        label_file=label,
        confirmed=measured.confirmed,
    )
    at = done.syringe.measured_at
    answer = {
        "syringe": syringe,
        "batch": done.label.batch,
        "activity_mbq": done.syringe.activity_bq / 1e6,
        "expires_at": done.label.expires_at.isoformat(),
        "left_ml": done.vial.volume_left_ml,
        "left_mbq": done.vial.activity_left_bq(at) / 1e6,
        "label": list(done.lines),
        "code": label_payload(done.label),
        "file": None if label is None else str(label),
    }
    left = f"left in vial {vial}: {done.vial.volume_left_ml:g} mL"
    say(answer, [*done.lines, answer["code"], left], as_json=as_json)  # type: ignore[list-item]


@takes_reading
def withdraw(
    vial: Annotated[str, typer.Argument(metavar="VIAL")],
    study: Annotated[Path, STUDY],
    purpose: Annotated[
        str, typer.Option("--purpose", help="sample, waste, or residual: closes the books.")
    ],
    volume: Annotated[str, typer.Option("--volume", help='"0.5 mL".')],
    measured: Measured,
    container: Annotated[
        str | None,
        typer.Option("--container", help="In which it was measured; a residual's is its vial."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Of the sample.")] = None,
    user: Annotated[str, USER] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Enter a sample or waste from a vial, or its residual, which closes its books.

    Example: hevesy pharmacy withdraw V-1 --study mystudy --purpose sample --volume "0.5 mL"
    --activity "850 MBq" --measured 2024-03-07T08:40+01:00 --uncertainty "3 %" --as paul
    """
    from hevesy.units import parse_volume_ml
    from hevesy.workflows.custody.dispensing import withdraw as draw

    made, books = draw(
        study,
        vial,
        user=acting_user(user),
        purpose=purpose,
        container=container,
        volume_ml=parse_volume_ml(volume, "the volume"),
        reading=measured.reading,
        name=name,
        confirmed=measured.confirmed,
    )
    answer: dict[str, Any] = {"withdrawal": made.id, "purpose": purpose}
    lines = [f"{purpose} {made.id}: {amount(made.activity_bq)}"]
    if books is not None:
        parts = {
            key: getattr(books, f"{key}_bq") / 1e6
            for key in ("held", "dispensed", "sampled", "wasted", "left", "difference",
                        "difference_uncertainty")
        }  # fmt: skip
        answer["balance"] = {f"{key}_mbq": mbq for key, mbq in parts.items()}
        lines += [
            f"held {parts['held']:.6g} MBq = dispensed {parts['dispensed']:.6g} + samples "
            f"{parts['sampled']:.6g} + waste {parts['wasted']:.6g} + left {parts['left']:.6g} "
            f"+ difference {parts['difference']:.6g} ± {parts['difference_uncertainty']:.2g} MBq, "
            "all at the vial's first measurement"
        ]
    say(answer, lines, as_json=as_json)


def recall(
    item: Annotated[
        str, typer.Argument(metavar="ITEM", help="A batch; or generator, elution, vial, syringe.")
    ],
    study: Annotated[Path, STUDY],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List what a recall concerns, patients included, and what to do with each.

    It decides nothing: `hevesy pharmacy release BATCH recall` does.

    Example: hevesy pharmacy recall B-1 --study mystudy
    """
    from hevesy.workflows.custody.tracing import find_recall

    found = find_recall(study, item)
    states = [batch_state(standing) for standing in found.standings]
    answer = {
        "item": {"kind": found.start.kind, "name": found.start.identifier},
        "concerned": [
            {"kind": e.item.kind, "name": e.item.identifier, "what_to_do": e.what_to_do}
            for e in found.entries
        ],
        "labelled_not_injected": [
            {"syringe": syringe, "patient": patient} for syringe, patient in found.labelled
        ],
        "sites": list(found.sites),
        "batches": [keys for keys, _ in states],
    }
    lines = [f"{e.item.kind} {e.item.identifier}: {e.what_to_do}" for e in found.entries]
    lines += [
        f"patient {patient}: labelled for, not injected (syringe {syringe}); tell the "
        "investigator, and make sure that it is not given"
        for syringe, patient in found.labelled
    ]
    lines += [f"site {name}: inform it" for name in found.sites]
    say(answer, [*lines, *(line for _, text in states for line in text)], as_json=as_json)


def trace(
    item: Annotated[
        str, typer.Argument(metavar="ITEM", help="Any name in the chain, or kind:name.")
    ],
    study: Annotated[Path, STUDY],
    to: Annotated[
        str | None, typer.Option("--to", metavar="ITEM", help="Only the way to this one.")
    ] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Walk the chain from any item to both ends: generator to scan.

    Example: hevesy pharmacy trace S-1 --study mystudy
    """
    from hevesy.workflows.custody.tracing import trace as walk

    found = walk(study, item, to=to)
    answer = {
        "item": {"kind": found.start.kind, "name": found.start.identifier},
        "items": [{"kind": i.kind, "name": i.identifier} for i in found.items],
        "needles": found.notes,
    }
    notes = {name: f": {words}" for name, words in found.notes.items()}
    lines = [f"{i.kind} {i.identifier}{notes.get(i.identifier, '')}" for i in found.items]
    say(answer, lines, as_json=as_json)
