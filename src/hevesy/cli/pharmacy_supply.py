"""`hevesy pharmacy` on a study's records: vials on their way, syringes, injections, recall."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hevesy.cli.identity import STUDY, USER, acting_user
from hevesy.cli.pharmacy_study import (
    DEVICE,
    JSON,
    TIMEZONE,
    UNCERTAINTY,
    YES_UNIT,
    amount,
    batch_state,
    moment,
    say,
)

if TYPE_CHECKING:
    from hevesy.pharmacy import InjectionPart, SyringeMeasurement
    from hevesy.workflows.custody.supply import VialReading

__all__ = ["dispatch", "dispense", "inject", "recall", "receive", "trace", "withdraw"]

_ACTIVITY = typer.Option("--activity", help='As measured: "4 GBq".')
_MEASURED = typer.Option("--measured", help="When: 2024-03-07T09:00+01:00.")


def _reading(
    activity: str, uncertainty: str, measured: str, device: str | None, timezone: str | None
) -> VialReading:
    from hevesy.units import parse_activity_bq, parse_share
    from hevesy.workflows.custody.supply import VialReading

    return VialReading(
        activity_bq=parse_activity_bq(activity),
        relative_uncertainty=parse_share(uncertainty),
        measured_at=moment(measured, timezone, "the measurement"),
        device=device,
    )


def dispatch(
    vial: Annotated[str, typer.Argument(metavar="VIAL")],
    study: Annotated[Path, STUDY],
    to: Annotated[str, typer.Option("--to", metavar="SITE", help="One of study.toml.")],
    at: Annotated[str, typer.Option("--at", help="When it left.")],
    activity: Annotated[str, _ACTIVITY],
    measured: Annotated[str, _MEASURED],
    uncertainty: Annotated[str, UNCERTAINTY],
    device: Annotated[str | None, DEVICE] = None,
    name: Annotated[str | None, typer.Option("--name", help="Of the dispatch.")] = None,
    user: Annotated[str, USER] = "",
    timezone: Annotated[str | None, TIMEZONE] = None,
    yes_unit: Annotated[bool, YES_UNIT] = False,
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
        at=moment(at, timezone, "the dispatch"),
        reading=_reading(activity, uncertainty, measured, device, timezone),
        name=name,
        confirmed=yes_unit,
    )
    answer = {"dispatch": made.id, "vial": vial, "from": made.from_site, "to": made.to_site}
    line = f"dispatch {made.id}: vial {vial}, {made.from_site} to {made.to_site}"
    say(answer, [line], as_json=as_json)


def receive(
    dispatch: Annotated[str, typer.Argument(metavar="DISPATCH", help="Such as V-1-T1.")],
    study: Annotated[Path, STUDY],
    at: Annotated[str, typer.Option("--at", help="When it arrived.")],
    activity: Annotated[str, _ACTIVITY],
    measured: Annotated[str, _MEASURED],
    uncertainty: Annotated[str, UNCERTAINTY],
    device: Annotated[str | None, DEVICE] = None,
    condition: Annotated[str | None, typer.Option("--condition", help="In words.")] = None,
    user: Annotated[str, USER] = "",
    timezone: Annotated[str | None, TIMEZONE] = None,
    yes_unit: Annotated[bool, YES_UNIT] = False,
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
        at=moment(at, timezone, "the receipt"),
        reading=_reading(activity, uncertainty, measured, device, timezone),
        condition=condition,
        confirmed=yes_unit,
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


def dispense(
    syringe: Annotated[str, typer.Argument(metavar="SYRINGE", help="A new name.")],
    study: Annotated[Path, STUDY],
    vial: Annotated[str, typer.Option("--vial", help="From which.")],
    volume: Annotated[str, typer.Option("--volume", help='"2 mL".')],
    activity: Annotated[str, _ACTIVITY],
    measured: Annotated[str, _MEASURED],
    uncertainty: Annotated[str, UNCERTAINTY],
    container: Annotated[str, typer.Option("--container", help='"5 mL syringe".')],
    shield: Annotated[str, typer.Option("--shield", help='"10 mm PMMA".')],
    device: Annotated[str | None, DEVICE] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="The patient's code.")] = None,
    label: Annotated[
        Path | None,
        typer.Option("--label", metavar="FILE", help="Label with Data Matrix: .png, .pdf, .svg."),
    ] = None,
    user: Annotated[str, USER] = "",
    timezone: Annotated[str | None, TIMEZONE] = None,
    yes_unit: Annotated[bool, YES_UNIT] = False,
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
        reading=_reading(activity, uncertainty, measured, device, timezone),
        subject=subject,
        label_file=label,
        confirmed=yes_unit,
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


def withdraw(
    vial: Annotated[str, typer.Argument(metavar="VIAL")],
    study: Annotated[Path, STUDY],
    purpose: Annotated[
        str, typer.Option("--purpose", help="sample, waste, or residual: closes the books.")
    ],
    volume: Annotated[str, typer.Option("--volume", help='"0.5 mL".')],
    activity: Annotated[str, _ACTIVITY],
    measured: Annotated[str, _MEASURED],
    uncertainty: Annotated[str, UNCERTAINTY],
    device: Annotated[str | None, DEVICE] = None,
    name: Annotated[str | None, typer.Option("--name", help="Of the sample.")] = None,
    user: Annotated[str, USER] = "",
    timezone: Annotated[str | None, TIMEZONE] = None,
    yes_unit: Annotated[bool, YES_UNIT] = False,
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
        volume_ml=parse_volume_ml(volume, "the volume"),
        reading=_reading(activity, uncertainty, measured, device, timezone),
        name=name,
        confirmed=yes_unit,
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


def _named(texts: list[str], what: str) -> dict[str, str]:
    """Turn NAME=VALUE texts into a table."""
    from hevesy.errors import CustodyError

    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.rpartition("=")
        if not equals or name in found:
            raise CustodyError(
                f"{what} is given as LESION=VALUE, each lesion once",
                got=text,
                remedy=f'write it as "{what} L1=0.6"',
            )
        found[name] = value
    return found


def _parts(lesions: list[str], passes: list[str], reflux: list[str]) -> tuple[InjectionPart, ...]:
    from hevesy.errors import CustodyError
    from hevesy.pharmacy import InjectionPart
    from hevesy.units import parse_fraction

    single = len(lesions) == 1 and "=" not in lesions[0]
    shares = {lesions[0]: "1"} if single else _named(lesions, "--lesion")
    given = {
        "--passes": _named(passes, "--passes"),
        "--reflux": _named(reflux, "--reflux"),
    }
    for option, table in given.items():
        strange = [name for name in table if name not in shares]
        if strange:
            raise CustodyError(
                f"{option} names a lesion that is not injected",
                got=strange[0],
                allowed=", ".join(shares),
                remedy="correct it, or give --lesion",
            )
    lacking = [name for name in shares if not given["--passes"].get(name, "").isdecimal()]
    if lacking:
        raise CustodyError(
            "each lesion needs its number of needle passes",
            got=lacking[0],
            remedy=f'write it as "--passes {lacking[0]}=2"',
        )
    return tuple(
        InjectionPart(
            lesion=name,
            share=parse_fraction(share, f"the share of {name}"),
            needle_passes=int(given["--passes"][name]),
            reflux_fraction=parse_fraction(given["--reflux"].get(name, "0"), f"reflux of {name}"),
        )
        for name, share in shares.items()
    )


def _after(post: str | None, post_time: str | None, zone: str | None) -> SyringeMeasurement | None:
    from hevesy.errors import CustodyError
    from hevesy.pharmacy import SyringeMeasurement
    from hevesy.units import parse_activity_bq

    if (post is None) != (post_time is None):
        raise CustodyError(
            "a residual needs its activity and its time",
            got="--post" if post_time is None else "--post-time",
            remedy="give both, or neither: the answer is then gross",
        )
    if post is None or post_time is None:
        return None
    return SyringeMeasurement(
        activity_bq=parse_activity_bq(post, "the residual"),
        measured_at=moment(post_time, zone, "the residual's time"),
    )


def inject(
    administration: Annotated[str, typer.Argument(metavar="ADMINISTRATION")],
    study: Annotated[Path, STUDY],
    syringe: Annotated[str, typer.Option("--syringe", help="Which.")],
    lesion: Annotated[
        list[str], typer.Option("--lesion", help="L1; of several with its share: L1=0.6.")
    ],
    passes: Annotated[list[str], typer.Option("--passes", help="Needle passes: L1=2.")],
    pre: Annotated[str, typer.Option("--pre", help='Of the full syringe: "3.2 GBq".')],
    pre_time: Annotated[str, typer.Option("--pre-time", help="Of that.")],
    start: Annotated[str, typer.Option("--start", help="Start of the injection.")],
    end: Annotated[str, typer.Option("--end", help="End of the injection.")],
    uncertainty: Annotated[
        str, typer.Option("--uncertainty", help='Of the dose calibrator: "3 %" (k = 1).')
    ],
    post: Annotated[
        str | None, typer.Option("--post", help="Of the syringe afterwards, with what was used.")
    ] = None,
    post_time: Annotated[str | None, typer.Option("--post-time", help="Of that.")] = None,
    reflux: Annotated[
        list[str] | None, typer.Option("--reflux", help='Share that flowed back: "L1=5 %".')
    ] = None,
    inclusion: Annotated[
        str | None, typer.Option("--inclusion", help="Of a new administration.")
    ] = None,
    prescribed: Annotated[
        str | None, typer.Option("--prescribed", help="Say if it is over 10 % off this activity.")
    ] = None,
    user: Annotated[str, USER] = "",
    timezone: Annotated[str | None, TIMEZONE] = None,
    yes_unit: Annotated[bool, YES_UNIT] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Enter what a syringe put into each lesion; net, or gross without the residual.

    The first syringe makes the administration, further ones add to it.

    Example: hevesy pharmacy inject A-1 --study mystudy --inclusion P-012-1 --syringe S-1
    --lesion L1=0.6 --lesion L2=0.4 --passes L1=1 --passes L2=2 --reflux "L2=5 %" --pre "3.2 GBq"
    --pre-time 2024-03-07T09:55+01:00 --start 2024-03-07T10:00+01:00 --end 2024-03-07T10:06+01:00
    --post "200 MBq" --post-time 2024-03-07T10:15+01:00 --uncertainty "3 %" --as ines
    """
    from hevesy.pharmacy import SyringeMeasurement
    from hevesy.units import parse_activity_bq, parse_share
    from hevesy.workflows.custody.injections import InjectionRequest
    from hevesy.workflows.custody.injections import inject as enter

    before = SyringeMeasurement(
        activity_bq=parse_activity_bq(pre, "the full syringe"),
        measured_at=moment(pre_time, timezone, "the full syringe's time"),
    )
    request = InjectionRequest(
        administration=administration,
        inclusion=inclusion,
        syringe=syringe,
        parts=_parts(lesion, passes, reflux or []),
        before=before,
        after=_after(post, post_time, timezone),
        started_at=moment(start, timezone, "the injection's start"),
        ended_at=moment(end, timezone, "the injection's end"),
        calibrator_uncertainty_fraction=parse_share(uncertainty),
        prescribed_bq=None
        if prescribed is None
        else parse_activity_bq(prescribed, "the prescribed activity"),
    )
    done = enter(study, request, user=acting_user(user), confirmed=yes_unit)
    net, given = done.net, done.administration
    answer = {
        "administration": given.id,
        "administered_mbq": given.activity_bq / 1e6,
        "net_mbq": net.activity_bq / 1e6,
        "uncertainty_mbq": net.uncertainty_bq / 1e6,
        "kind": net.kind,
        "lesions": {
            part.lesion: {
                "activity_mbq": part.activity_bq / 1e6,
                "uncertainty_mbq": part.uncertainty_bq / 1e6,
                "reflux_mbq": part.reflux_bq / 1e6,
            }
            for part in done.lesions
        },
        "warnings": list(done.warnings),
    }
    head = f"injected: {amount(net.activity_bq, net.uncertainty_bq)}, {net.kind}, at the start"
    rows = [f"  {p.lesion}: {amount(p.activity_bq, p.uncertainty_bq)}" for p in done.lesions]
    say(answer, [head, *rows, *(f"warning: {text}" for text in done.warnings)], as_json=as_json)


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
        "sites": list(found.sites),
        "batches": [keys for keys, _ in states],
    }
    lines = [f"{e.item.kind} {e.item.identifier}: {e.what_to_do}" for e in found.entries]
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
    }
    say(answer, [f"{i.kind} {i.identifier}" for i in found.items], as_json=as_json)
