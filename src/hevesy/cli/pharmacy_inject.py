"""`hevesy pharmacy inject`: what a syringe put into each lesion, on a study's records."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.cli.identity import STUDY, USER, acting_user
from hevesy.cli.pharmacy_study import (
    DEVICE,
    JSON,
    READING,
    REASON,
    TIMEZONE,
    UNUSUAL,
    YES_UNIT,
    amount,
    moment,
    say,
    unusual_reason,
)

if TYPE_CHECKING:
    from hevesy.pharmacy import InjectionPart, SyringeMeasurement

__all__ = ["inject"]


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


def _gauge(text: str | None) -> str | None:
    from hevesy.errors import CustodyError

    if text is None or re.fullmatch(r"\d{1,2}G", text):
        return text
    raise CustodyError(
        "a needle's gauge can't be used", got=text[:60], allowed="such as 22G", remedy="correct it"
    )


def _tracks(texts: list[str], lesions: list[str]) -> dict[str, list[list[list[float]]]]:
    """Read each needle's points, `--track L1=needle.csv`; a lesion may have several."""
    from hevesy.errors import CustodyError
    from hevesy.files import read_track

    found: dict[str, list[list[list[float]]]] = {}
    for text in texts:
        name, equals, file = text.partition("=")
        if not equals or name not in lesions:
            raise CustodyError(
                "--track is given as LESION=FILE, of a lesion that is injected",
                got=text[:60],
                allowed=", ".join(lesions),
                remedy=f'write it as "--track {lesions[0]}=needle.csv"',
            )
        points = read_track(Path(file), f"--track of {name}")
        found.setdefault(name, []).append([list(point) for point in points])
    return found


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
    device: Annotated[str | None, DEVICE] = None,
    reading: Annotated[bool, READING] = False,
    unusual: Annotated[bool, UNUSUAL] = False,
    reason: Annotated[str, REASON] = "",
    gauge: Annotated[str | None, typer.Option("--gauge", help="Of the needle: 22G.")] = None,
    track: Annotated[
        list[str] | None,
        typer.Option("--track", help="A needle's points, x_mm,y_mm,z_mm: L1=needle.csv."),
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
    parts = _parts(lesion, passes, reflux or [])
    request = InjectionRequest(
        administration=administration,
        inclusion=inclusion,
        syringe=syringe,
        parts=parts,
        device=device,
        is_reading=reading,
        unusual=unusual_reason(unusual, reason),
        needle_gauge=_gauge(gauge),
        needle_tracks=_tracks(track or [], [part.lesion for part in parts]),
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
