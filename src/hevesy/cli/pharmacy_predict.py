"""`hevesy pharmacy predict`: the next elution, from what is given or from a generator's log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hevesy.cli.pharmacy_study import JSON, TIMEZONE, amount, moment, say

__all__ = ["predict"]

_NUCLIDE = typer.Option("--nuclide", help="Such as Re-188.")


def predict(
    parent: Annotated[
        str | None,
        typer.Option("--parent", help='On the column at the previous elution: "37 GBq".'),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help='Time since then, such as "24 h".')
    ] = None,
    left: Annotated[
        str | None,
        typer.Option("--left", help='Daughter that the previous elution left: "0 GBq".'),
    ] = None,
    yield_share: Annotated[
        str | None, typer.Option("--yield", help='Share that comes off: 0.8 or "80 %".')
    ] = None,
    yield_uncertainty: Annotated[
        str | None,
        typer.Option("--yield-uncertainty", help="One standard deviation of it, such as 0.03."),
    ] = None,
    needed: Annotated[
        str | None, typer.Option("--needed", help="Tell when an elution gives this activity.")
    ] = None,
    nuclide: Annotated[str, _NUCLIDE] = "Re-188",
    parent_nuclide: Annotated[
        str | None, typer.Option("--parent-nuclide", help="W-188 for Re-188, Mo-99 for Tc-99m.")
    ] = None,
    study: Annotated[
        Path | None, typer.Option("--study", metavar="DIR", help="Take it all from the records.")
    ] = None,
    generator: Annotated[
        str | None, typer.Option("--generator", help="Which one of the study.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="The elution to come; now by default.")
    ] = None,
    timezone: Annotated[str | None, TIMEZONE] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Predict an elution from the parent and from what the previous elution left behind.

    The activities printed are those at this elution; hours to the maximum count from the previous
    one. With --study and --generator all is taken from the generator's own log (two elutions or
    more), and the interval holds 95 %.

    Example: hevesy pharmacy predict --parent "37 GBq" --since "24 h" --left "0 GBq" --yield 0.8
    """
    from hevesy.errors import CustodyError
    from hevesy.pharmacy import (
        ColumnContents,
        get_decay_pair,
        predict_elution,
        time_to_eluted_activity_s,
    )
    from hevesy.units import parse_activity_bq, parse_duration_s, parse_fraction

    if study is not None or generator is not None:
        given = (parent, since, left, yield_share, yield_uncertainty, parent_nuclide)
        _from_history(study, generator, at, needed, timezone, given, as_json=as_json)
        return
    named = {"--parent": parent, "--since": since, "--left": left, "--yield": yield_share}
    missing = next((option for option, text in named.items() if text is None), None)
    if missing or parent is None or since is None or left is None or yield_share is None:
        raise CustodyError(
            f"Missing option '{missing}'", remedy="give it, or --study and --generator"
        )
    pair = get_decay_pair(nuclide, parent_nuclide)
    column = ColumnContents(
        parent_bq=parse_activity_bq(parent, "the parent's activity"),
        daughter_bq=parse_activity_bq(left, "the daughter left behind"),
    )
    share = parse_fraction(yield_share, "the yield")
    spread = 0.0
    if yield_uncertainty is not None:
        spread = parse_fraction(yield_uncertainty, "the yield's uncertainty")
    found = predict_elution(
        pair,
        column,
        elapsed_s=parse_duration_s(since, "the time since the previous elution"),
        yield_fraction=share,
        yield_uncertainty_fraction=spread,
    )
    answer = {
        "parent_gbq": found.parent_bq / 1e9,
        "available_gbq": found.available_bq / 1e9,
        "eluted_gbq": found.eluted_bq / 1e9,
        "left_gbq": found.left_bq / 1e9,
        "hours_to_maximum": found.time_to_maximum_s / 3600,
    }
    if yield_uncertainty is not None:
        answer["eluted_uncertainty_gbq"] = found.eluted_uncertainty_bq / 1e9
    if needed is not None:
        needed_s = time_to_eluted_activity_s(
            pair,
            column,
            needed_bq=parse_activity_bq(needed, "the needed activity"),
            yield_fraction=share,
        )
        answer["hours_to_needed"] = needed_s / 3600
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
        return
    _print_prediction(answer, pair.parent.name, pair.daughter.name)


def _from_history(
    study: Path | None,
    generator: str | None,
    at: str | None,
    needed: str | None,
    timezone: str | None,
    given: tuple[str | None, ...],
    *,
    as_json: bool,
) -> None:
    """Answer from a generator's own log."""
    from hevesy.errors import CustodyError
    from hevesy.units import parse_activity_bq
    from hevesy.workflows.custody.generators import predict_from_history

    if study is None or generator is None or any(text is not None for text in given):
        raise CustodyError(
            "a prediction rests on a generator's own log, or on what is given here",
            allowed="--study with --generator, or --parent, --since, --left, --yield",
            remedy="give the one or the other",
        )
    ahead, timing, now = predict_from_history(
        study,
        generator,
        at=None if at is None else moment(at, timezone, "the elution to come"),
        needed_bq=None if needed is None else parse_activity_bq(needed, "the needed activity"),
    )
    found, estimate = ahead.prediction, ahead.estimate
    answer: dict[str, Any] = {
        "parent_gbq": found.parent_bq / 1e9,
        "available_gbq": found.available_bq / 1e9,
        "eluted_gbq": found.eluted_bq / 1e9,
        "eluted_uncertainty_gbq": found.eluted_uncertainty_bq / 1e9,
        "eluted_low_gbq": ahead.eluted_low_bq / 1e9,
        "eluted_high_gbq": ahead.eluted_high_bq / 1e9,
        "left_gbq": found.left_bq / 1e9,
        "hours_to_maximum": found.time_to_maximum_s / 3600,
        "yield_percent": 100 * estimate.yield_fraction,
        "elutions": estimate.elutions,
        "at": now.isoformat(),
        "previous_at": ahead.previous_at.isoformat(),
    }
    lines = [
        f"eluate: {amount(found.eluted_bq, found.eluted_uncertainty_bq)} at {now.isoformat()}",
        f"95 %: {ahead.eluted_low_bq / 1e9:.4g} to {ahead.eluted_high_bq / 1e9:.4g} GBq, from "
        f"{estimate.elutions} elutions of {100 * estimate.yield_fraction:.1f} % on average",
        f"greatest on the column {answer['hours_to_maximum']:.2f} h after the previous elution",
    ]
    if timing is not None:
        safe = None if timing.safe_at is None else timing.safe_at.isoformat()
        answer |= {"earliest_at": timing.earliest_at.isoformat(), "safe_at": safe}
        lines.append(f"enough from {answer['earliest_at']}; at the interval's low end: {safe}")
    say(answer, lines, as_json=as_json)


def _print_prediction(answer: dict[str, float], parent: str, daughter: str) -> None:
    spread = answer.get("eluted_uncertainty_gbq")
    rows = [
        (f"{parent} on the column", answer["parent_gbq"], None),
        (f"{daughter} on the column before", answer["available_gbq"], None),
        (f"{daughter} in the eluate", answer["eluted_gbq"], spread),
        (f"{daughter} left on the column", answer["left_gbq"], None),
    ]
    for name, gbq, sigma in rows:
        mci, plus = gbq * 1000 / 37, ""
        if sigma is not None:
            plus = f" ± {sigma:.2g} GBq (k = 1)"
        typer.echo(f"{name}: {gbq:.4g} GBq{plus} ({mci:.5g} mCi)")
    typer.echo(
        f"greatest on the column {answer['hours_to_maximum']:.2f} h after the previous elution"
    )
    if "hours_to_needed" in answer:
        typer.echo(f"enough from {answer['hours_to_needed']:.2f} h after the previous elution")
