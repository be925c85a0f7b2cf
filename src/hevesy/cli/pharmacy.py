"""`hevesy pharmacy`: what a generator gives, what was injected, how pure a batch is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from hevesy.cli import (
    pharmacy_correct,
    pharmacy_inject,
    pharmacy_predict,
    pharmacy_study,
    pharmacy_supply,
)
from hevesy.cli.command_group import CommandGroup

if TYPE_CHECKING:
    from hevesy.workflows.tlc import TlcReading

__all__ = ["app"]


class PharmacyGroup(CommandGroup):
    """`hevesy pharmacy`, its commands under headings."""

    headings: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "Without a study": "predict net tlc",
            "Chain of custody, in a study's records": "generator elute label test invalidate "
            "release dispatch receive dispense withdraw inject correct",
            "Asked of the chain": "trace recall",
        }
    )


app = typer.Typer(
    cls=PharmacyGroup,
    name="pharmacy",
    help="From the generator to the injection: elutions, net activity, radio-TLC.",
    no_args_is_help=True,
)

for _command in (
    pharmacy_study.generator,
    pharmacy_study.elute,
    pharmacy_study.label,
    pharmacy_study.invalidate,
    pharmacy_study.release,
    pharmacy_supply.dispatch,
    pharmacy_supply.receive,
    pharmacy_supply.dispense,
    pharmacy_supply.withdraw,
    pharmacy_inject.inject,
    pharmacy_correct.correct,
    pharmacy_supply.recall,
    pharmacy_supply.trace,
):
    app.command()(_command)
app.command("test")(pharmacy_study.enter_test)
app.command(context_settings={"ignore_unknown_options": True})(pharmacy_predict.predict)

_JSON = typer.Option("--json", help="Print JSON instead of text.")
_NUCLIDE = typer.Option("--nuclide", help="Such as Re-188.")


@app.command(context_settings={"ignore_unknown_options": True})
def net(
    nuclide: Annotated[str, _NUCLIDE],
    pre: Annotated[str, typer.Option("--pre", help='Of the full syringe, such as "2000 MBq".')],
    pre_time: Annotated[str, typer.Option("--pre-time", help="Of that: 2024-03-01T09:40+01:00.")],
    start: Annotated[str, typer.Option("--start", help="Start of the injection.")],
    post: Annotated[
        str | None, typer.Option("--post", help="Of the syringe afterwards, with what was used.")
    ] = None,
    post_time: Annotated[str | None, typer.Option("--post-time", help="Of that.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="End of the injection.")] = None,
    uncertainty: Annotated[
        str | None,
        typer.Option("--uncertainty", help='Of the dose calibrator, such as "3 %" (k = 1).'),
    ] = None,
    prescribed: Annotated[
        str | None, typer.Option("--prescribed", help="Say if it is over 10 % off this activity.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="Of times without an offset: Europe/Warsaw.")
    ] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Tell the injected activity at the start of the injection; gross without the residual.

    Example: hevesy pharmacy net --nuclide Re-188 --pre "2000 MBq"
    --pre-time 2024-03-01T09:40+01:00 --post "160 MBq" --post-time 2024-03-01T10:30+01:00
    --start 2024-03-01T10:00+01:00
    """
    from hevesy.errors import CustodyError
    from hevesy.files import read_moment
    from hevesy.nuclides import get_nuclide
    from hevesy.pharmacy import SyringeMeasurement, judge_prescription, net_injected_activity
    from hevesy.units import MBQ_PER_MCI, parse_activity_bq, parse_share

    if (post is None) != (post_time is None):
        raise CustodyError(
            "a residual needs its activity and its time",
            got="--post" if post_time is None else "--post-time",
            remedy="give both, or neither: the answer is then gross",
        )
    after = None
    if post is not None and post_time is not None:
        after = SyringeMeasurement(
            activity_bq=parse_activity_bq(post, "the residual"),
            measured_at=read_moment(post_time, timezone, "the residual's time"),
        )
    found = net_injected_activity(
        get_nuclide(nuclide),
        before=SyringeMeasurement(
            activity_bq=parse_activity_bq(pre, "the full syringe"),
            measured_at=read_moment(pre_time, timezone, "the full syringe's time"),
        ),
        after=after,
        started_at=read_moment(start, timezone, "the injection's start"),
        ended_at=None if end is None else read_moment(end, timezone, "the injection's end"),
        calibrator_uncertainty_fraction=0.0 if uncertainty is None else parse_share(uncertainty),
    )
    mbq = found.activity_bq / 1e6
    answer: dict[str, Any] = {"net_mbq": mbq, "net_mci": mbq / MBQ_PER_MCI, "kind": found.kind}
    if found.residual_fraction is not None:
        answer["residual_percent"] = 100 * found.residual_fraction
    if uncertainty is not None:
        answer["uncertainty_mbq"] = found.uncertainty_bq / 1e6
    warning = None
    if prescribed is not None:
        prescribed_bq = parse_activity_bq(prescribed, "the prescribed activity")
        warning = judge_prescription(found, prescribed_bq=prescribed_bq)
        answer["warning"] = warning
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
        return
    plus = f" ± {found.uncertainty_bq / 1e6:.2g} MBq (k = 1)" if uncertainty is not None else ""
    what = "net" if found.kind == "net" else "gross, not net: the residual was not measured"
    typer.echo(f"injected: {mbq:.6g} MBq{plus} ({mbq / MBQ_PER_MCI:.4g} mCi), {what}")
    if "residual_percent" in answer:
        typer.echo(f"residual: {answer['residual_percent']:.3g} % of the syringe")
    if warning is not None:
        typer.echo(f"warning: {warning}")


@app.command()
def tlc(
    traces: Annotated[
        list[Path], typer.Argument(metavar="TRACE...", help="mm,counts[,dwell_s][,time_s]")
    ],
    nuclide: Annotated[str, _NUCLIDE],
    region: Annotated[
        list[str],
        typer.Option("--region", help='In mm: product=20:60. Of the second strip: "2/free=0:9".'),
    ],
    background: Annotated[
        list[str] | None, typer.Option("--background", help='In mm: 0:10, or "2/0:10".')
    ] = None,
    product: Annotated[
        str, typer.Option("--product", help="Name of the product's region.")
    ] = "product",
    whole: Annotated[
        bool, typer.Option("--whole", help="Per cent of the whole strip, not of the regions.")
    ] = False,
    limit: Annotated[
        float | None, typer.Option("--limit", help="The least purity in %, such as 85.")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option("--figure", metavar="FILE", help=".png, .pdf or .svg.")
    ] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Sum the regions of radio-TLC strips and give the radiochemical purity.

    With several strips it is 100 less all their impurities.

    Example: hevesy pharmacy tlc strip.csv --nuclide Re-188 --region product=20:60
    --region free=70:90 --background 0:10 --limit 85
    """
    from hevesy.workflows.tlc import run_tlc

    reading = run_tlc(
        traces,
        nuclide=nuclide,
        regions=region,
        background=background or (),
        product=product,
        whole=whole,
        limit_percent=limit,
        figure=figure,
    )
    if as_json:
        typer.echo(json.dumps(_tlc_json(reading), indent=2, ensure_ascii=False))
        return
    _print_tlc(reading)


def _tlc_json(reading: TlcReading) -> dict[str, Any]:
    strips = [
        {
            share.name: {
                "counts": share.net_counts,
                "percent": share.share_percent,
                "percent_uncertainty": share.share_uncertainty_percent,
            }
            for share in strip.shares
        }
        for strip in reading.strips
    ]
    purity = reading.purity
    answer: dict[str, Any] = {"regions": strips[0]} if len(strips) == 1 else {"strips": strips}
    answer["rcp_percent"] = purity.rcp_percent
    answer["rcp_uncertainty_percent"] = purity.rcp_uncertainty_percent
    if purity.limit_percent is not None:
        answer["limit_percent"] = purity.limit_percent
        answer["passed"] = purity.passed
    answer["notes"] = list(reading.notes)
    return answer


def _print_tlc(reading: TlcReading) -> None:
    purity = reading.purity
    for strip in reading.strips:
        of = "whole strip" if strip.whole else "named regions"
        typer.echo(f"{strip.trace.name}, per cent of the {of}:")
        for share in strip.shares:
            typer.echo(
                f"  {share.name}: {share.net_counts:.6g} ± {share.net_uncertainty_counts:.2g} "
                f"counts, {share.share_percent:.2f} ± {share.share_uncertainty_percent:.2g} %"
            )
    digits, shown = 2, f"{purity.rcp_percent:.2f}"
    if purity.limit_percent is not None:  # never a rounding that would cross the limit
        while (float(shown) >= purity.limit_percent) != purity.passed and digits < 12:
            digits += 1
            shown = f"{purity.rcp_percent:.{digits}f}"
    typer.echo(
        f"radiochemical purity: {shown} ± {purity.rcp_uncertainty_percent:.2g} % (k = 1, counting)"
    )
    if purity.limit_percent is not None:
        verdict = "met" if purity.passed else "NOT met"
        typer.echo(f"limit {purity.limit_percent:g} %: {verdict}")
    for note in reading.notes:
        typer.echo(f"note: {note}")
