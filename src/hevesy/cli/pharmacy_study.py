"""`hevesy pharmacy` on a study's records: generator, elution, batch, tests, release."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hevesy.cli.identity import PASSPHRASE_FILE, STUDY, USER, acting_user, passphrase

if TYPE_CHECKING:
    from hevesy.workflows.custody.standing import Standing

__all__ = ["batch_state", "elute", "enter_test", "generator", "invalidate", "label", "release"]

JSON = typer.Option("--json", help="Print JSON instead of text.")
TIMEZONE = typer.Option("--timezone", help="Of times without an offset: Europe/Warsaw.")
YES_UNIT = typer.Option("--yes-unit", help="The activity is right, though it was asked about.")
UNCERTAINTY = typer.Option("--uncertainty", help='Of the activity, such as "3 %" (k = 1).')
DEVICE = typer.Option("--device", help="The dose calibrator, as the study calls it.")
READING = typer.Option(
    "--reading", help="Activities are what the device shows: multiply by its factor on record."
)
UNUSUAL = typer.Option(
    "--unusual", help="Without a factor or constancy check that holds; needs --reason."
)
REASON = typer.Option("--reason", help="Of --unusual.")


def unusual_reason(unusual: bool, reason: str) -> str:
    """Take the reason of `--unusual`, which needs one."""
    from hevesy.errors import CustodyError

    if unusual != bool(reason.strip()):
        raise CustodyError(
            "--unusual and --reason belong together",
            got="--unusual" if unusual else "--reason",
            remedy="give both, or neither",
        )
    return reason.strip()


def moment(text: str, timezone: str | None, what: str) -> datetime:
    """Read a time; without an offset it needs `--timezone`."""
    from hevesy.files import read_moment

    return read_moment(text, timezone, what)


def say(answer: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    """Print an answer as JSON or as lines."""
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    for line in lines:
        typer.echo(line)


def amount(bq: float, sigma_bq: float | None = None) -> str:
    """Write an activity in MBq and mCi."""
    plus = "" if sigma_bq is None else f" ± {sigma_bq / 1e6:.2g} MBq (k = 1)"
    return f"{bq / 1e6:.6g} MBq{plus} ({bq / 37e6:.4g} mCi)"


def generator(
    name: Annotated[str, typer.Argument(metavar="GENERATOR", help="A new name.")],
    study: Annotated[Path, STUDY],
    parent: Annotated[str, typer.Option("--parent", help='At the calibration: "37 GBq".')],
    uncertainty: Annotated[
        str, typer.Option("--uncertainty", help="Of the parent's activity (k = 1).")
    ],
    daughter: Annotated[
        str, typer.Option("--daughter", help='On the column at the calibration: "30 GBq".')
    ],
    calibrated: Annotated[str, typer.Option("--calibrated", help="2024-03-01T09:00+01:00.")],
    lot: Annotated[str, typer.Option("--lot", help="The maker's.")],
    site: Annotated[str | None, typer.Option("--site", help="One of study.toml.")] = None,
    supplier: Annotated[str | None, typer.Option("--supplier")] = None,
    expires: Annotated[str | None, typer.Option("--expires", help="No elution from then.")] = None,
    user: Annotated[str, USER] = "",
    timezone: Annotated[str | None, TIMEZONE] = None,
    yes_unit: Annotated[bool, YES_UNIT] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Receive a generator, as its certificate states it.

    Example: hevesy pharmacy generator G-1 --study mystudy --parent "37 GBq" --uncertainty "5 %"
    --daughter "30 GBq" --calibrated 2024-03-01T09:00+01:00 --lot W24-7 --as paul
    """
    from hevesy.units import parse_activity_bq, parse_share
    from hevesy.workflows.custody.generators import receive_generator

    made = receive_generator(
        study,
        name,
        user=acting_user(user),
        site=site,
        parent_bq=parse_activity_bq(parent, "the parent's activity"),
        parent_relative_uncertainty=parse_share(uncertainty),
        daughter_bq=parse_activity_bq(daughter, "the daughter's activity"),
        calibrated_at=moment(calibrated, timezone, "the calibration"),
        lot=lot,
        supplier=supplier,
        expires_at=None if expires is None else moment(expires, timezone, "the expiry"),
        confirmed=yes_unit,
    )
    answer = {
        "generator": made.id,
        "parent": made.parent_nuclide,
        "daughter": made.daughter_nuclide,
        "parent_gbq": made.parent_bq / 1e9,
        "calibrated_at": made.calibrated_at.isoformat(),
    }
    line = f"generator {made.id}: {amount(made.parent_bq)} {made.parent_nuclide} at {made.site}"
    say(answer, [line], as_json=as_json)


def elute(
    name: Annotated[str, typer.Argument(metavar="ELUTION", help="A new name.")],
    study: Annotated[Path, STUDY],
    generator: Annotated[str, typer.Option("--generator", help="Which.")],
    at: Annotated[str, typer.Option("--at", help="End of the elution.")],
    activity: Annotated[str, typer.Option("--activity", help='Of the eluate: "19.6 GBq".')],
    measured: Annotated[str, typer.Option("--measured", help="When that was measured.")],
    volume: Annotated[str, typer.Option("--volume", help='"10 mL".')],
    uncertainty: Annotated[str, UNCERTAINTY],
    device: Annotated[str | None, DEVICE] = None,
    container: Annotated[
        str | None, typer.Option("--container", help="In which it was measured.")
    ] = None,
    reading: Annotated[bool, READING] = False,
    unusual: Annotated[bool, UNUSUAL] = False,
    reason: Annotated[str, REASON] = "",
    breakthrough: Annotated[
        float | None,
        typer.Option("--breakthrough", help="Parent over daughter at that measurement."),
    ] = None,
    aluminium: Annotated[float | None, typer.Option("--aluminium", help="In µg/mL.")] = None,
    column_lot: Annotated[
        str | None, typer.Option("--column-lot", help="Of the concentration column.")
    ] = None,
    note: Annotated[str | None, typer.Option("--note")] = None,
    user: Annotated[str, USER] = "",
    timezone: Annotated[str | None, TIMEZONE] = None,
    yes_unit: Annotated[bool, YES_UNIT] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Enter an elution beside what the column held and what was predicted.

    Example: hevesy pharmacy elute E-4 --study mystudy --generator G-1 --at 2024-03-07T06:00+01:00
    --activity "19.6 GBq" --measured 2024-03-07T06:12+01:00 --volume "10 mL" --uncertainty "2 %"
    """
    from hevesy.units import parse_activity_bq, parse_share, parse_volume_ml
    from hevesy.workflows.custody.generators import elute as enter
    from hevesy.workflows.custody.measuring import VialReading

    made, line, verdict = enter(
        study,
        name,
        generator=generator,
        user=acting_user(user),
        at=moment(at, timezone, "the elution"),
        reading=VialReading(
            activity_bq=parse_activity_bq(activity, "the eluate"),
            relative_uncertainty=parse_share(uncertainty),
            measured_at=moment(measured, timezone, "the eluate's measurement"),
            device=device,
            is_reading=reading,
            unusual=unusual_reason(unusual, reason),
        ),
        volume_ml=parse_volume_ml(volume, "the eluate's volume"),
        container=container,
        column_lot=column_lot,
        breakthrough_ratio=breakthrough,
        aluminium_ug_per_ml=aluminium,
        note=note,
        confirmed=yes_unit,
    )
    answer: dict[str, Any] = {
        "elution": made.id,
        "eluted_gbq": line.eluted_bq / 1e9,
        "available_gbq": line.theoretical_bq / 1e9,
        "yield_percent": 100 * line.yield_fraction,
        "left_gbq": line.left_bq / 1e9,
        "predicted_gbq": None if made.predicted_bq is None else made.predicted_bq / 1e9,
    }
    lines = [
        f"elution {made.id}: {amount(line.eluted_bq, line.eluted_uncertainty_bq)} at its end, "
        f"{100 * line.yield_fraction:.1f} % of the column; {amount(line.left_bq)} left"
    ]
    if made.predicted_bq is not None and made.predicted_uncertainty_bq is not None:
        answer["predicted_uncertainty_gbq"] = made.predicted_uncertainty_bq / 1e9
        lines.append(f"predicted: {amount(made.predicted_bq, made.predicted_uncertainty_bq)}")
    if verdict is not None:
        answer |= {
            "breakthrough_ratio": verdict.parent_ratio,
            "breakthrough_hours": verdict.after_elution_s / 3600,
            "breakthrough_passed": verdict.passed,
        }
        word = {None: "no limit set", True: "passed", False: "NOT passed: for no batch"}
        lines.append(
            f"breakthrough: {verdict.parent_ratio:.6g}, {verdict.after_elution_s / 3600:g} h after "
            f"the elution; {word[verdict.passed]}"
        )
    say(answer, lines, as_json=as_json)


def label(
    name: Annotated[str, typer.Argument(metavar="BATCH", help="A new name.")],
    study: Annotated[Path, STUDY],
    record: Annotated[
        Path, typer.Option("--record", metavar="FILE", help="TOML: eluates, lots, steps, vials.")
    ],
    user: Annotated[str, USER] = "",
    unusual: Annotated[bool, UNUSUAL] = False,
    reason: Annotated[str, REASON] = "",
    yes_unit: Annotated[bool, YES_UNIT] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Enter a labelled batch, from its record; what was done otherwise is named.

    Example: hevesy pharmacy label B-1 --study mystudy --record B-1.toml --as paul
    """
    from hevesy.files.batch_record import read_batch_file
    from hevesy.workflows.custody.labelling import label_batch

    done = label_batch(
        study,
        name,
        read_batch_file(record),
        user=acting_user(user),
        confirmed=yes_unit,
        unusual=unusual_reason(unusual, reason),
    )
    batch, review = done.batch, done.review
    activity_bq = batch.activity_bq or 0.0
    deviations = [f"{found.step}: {found.words}" for found in review.deviations]
    expires = "" if batch.expires_at is None else batch.expires_at.isoformat()
    answer = {
        "batch": batch.id,
        "state": "quarantine",
        "activity_gbq": activity_bq / 1e9,
        "used_gbq": done.used_bq / 1e9,
        "volume_ml": batch.volume_ml,
        "labelled_at": review.labelled_at.isoformat(),
        "minutes_from_elution": review.elution_to_labelled_s / 60,
        "expires_at": expires,
        "deviations": deviations,
    }
    lines = [
        f"batch {batch.id}: {amount(activity_bq, batch.activity_uncertainty_bq)}, labelled "
        f"{review.elution_to_labelled_s / 60:.0f} min after the elution; in quarantine",
        f"expires at {expires}",
        *(f"deviation: {words}" for words in deviations),
    ]
    say(answer, lines, as_json=as_json)


def batch_state(standing: Standing) -> tuple[dict[str, Any], list[str]]:
    """Tell where a batch stands, as keys and as lines."""
    release, quality = standing.release, standing.quality
    failed = [verdict.words for verdict in quality.failed]
    missing = [verdict.words for verdict in quality.missing]
    answer = {
        "batch": release.batch,
        "state": release.state.value,
        "decisions": standing.decisions,
        "failed": failed,
        "missing": missing,
        "demanded": None if standing.demanded is None else standing.demanded.value,
    }
    lines = [f"batch {release.batch}: {release.state.value}; decisions: {standing.decisions}"]
    lines += [f"failed: {words}" for words in failed]
    lines += [f"open: {words}" for words in missing]
    if standing.demanded is not None:
        word = "recall" if standing.demanded.value == "recalled" else "reject"
        lines.append(
            f"it MUST be {standing.demanded.value}: hevesy pharmacy release {release.batch} {word}"
        )
    return answer, lines


def enter_test(
    batch: Annotated[str, typer.Argument(metavar="BATCH")],
    name: Annotated[str, typer.Argument(metavar="TEST", help="As study.toml calls it.")],
    study: Annotated[Path, STUDY],
    sampled: Annotated[str, typer.Option("--sampled", help="When the sample was taken.")],
    result: Annotated[str, typer.Option("--result", help="When the result was known.")],
    value: Annotated[float | None, typer.Option("--value", help="In the test's unit.")] = None,
    uncertainty: Annotated[
        float | None, typer.Option("--uncertainty", help="Of the value, in its unit (k = 1).")
    ] = None,
    words: Annotated[str | None, typer.Option("--words", help='Such as "sterile".')] = None,
    trace: Annotated[
        list[Path] | None, typer.Option("--trace", metavar="FILE", help="Radio-TLC strips.")
    ] = None,
    region: Annotated[
        list[str] | None, typer.Option("--region", help="In mm: product=20:60.")
    ] = None,
    background: Annotated[
        list[str] | None, typer.Option("--background", help="In mm: 0:10.")
    ] = None,
    product: Annotated[str, typer.Option("--product", help="The product's region.")] = "product",
    whole: Annotated[bool, typer.Option("--whole", help="Per cent of the whole strip.")] = False,
    user: Annotated[str, USER] = "",
    timezone: Annotated[str | None, TIMEZONE] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Enter a test's result, on time or late; the unrounded value meets the study's limit.

    Example: hevesy pharmacy test B-1 radio-TLC --study mystudy --trace strip.csv
    --region product=20:60 --region free=70:90 --background 0:10 --sampled 2024-03-07T08:00+01:00
    --result 2024-03-07T08:20+01:00
    """
    from hevesy.workflows.custody.release import StripRequest, add_test

    strips = None
    if trace:
        strips = StripRequest(
            traces=tuple(trace),
            regions=tuple(region or ()),
            background=tuple(background or ()),
            product=product,
            whole=whole,
        )
    made, standing = add_test(
        study,
        batch,
        name,
        user=acting_user(user),
        sampled_at=moment(sampled, timezone, "the sample"),
        result_at=moment(result, timezone, "the result"),
        number=value,
        number_uncertainty=uncertainty,
        words=words,
        strips=strips,
    )
    answer, lines = batch_state(standing)
    answer |= {
        "test": made.id,
        "passed": made.passed,
        "value": made.value,
        "uncertainty": made.uncertainty,
        "unit": made.unit,
        "words": made.words,
    }
    found = made.words if made.value is None else f"{made.value!r} {made.unit or ''}".strip()
    verdict = "passed" if made.passed else "NOT passed"
    say(answer, [f"test {made.id}, {name}: {found}, {verdict}", *lines], as_json=as_json)


def invalidate(
    name: Annotated[str, typer.Argument(metavar="RESULT", help="Such as B-1-Q1.")],
    study: Annotated[Path, STUDY],
    reason: Annotated[str, typer.Option("--reason", help="The fault of the measurement.")],
    seen: Annotated[int, typer.Option("--seen", help="The version that you saw.")] = 1,
    user: Annotated[str, USER] = "",
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Declare a test's result invalid, signed by another person than who measured it.

    Example: hevesy pharmacy invalidate B-1-Q1 --study mystudy --reason "wrong strip" --as petra
    """
    from hevesy.workflows.custody.release import invalidate_test

    made, standing = invalidate_test(
        study,
        name,
        user=acting_user(user),
        passphrase=passphrase(passphrase_file),
        reason=reason,
        expected_version=seen,
    )
    answer, lines = batch_state(standing)
    answer |= {"test": made.id, "version": made.version}
    say(answer, [f"result {made.id} does not count", *lines], as_json=as_json)


def release(
    batch: Annotated[str, typer.Argument(metavar="BATCH")],
    decision: Annotated[
        str, typer.Argument(metavar="DECISION", help="conditional, approve, reject or recall.")
    ],
    study: Annotated[Path, STUDY],
    reason: Annotated[
        str, typer.Option("--reason", help="Needed to reject, recall, or with deviations.")
    ] = "",
    at: Annotated[
        str | None, typer.Option("--at", help="When it was decided; now by default.")
    ] = None,
    seen: Annotated[
        int | None,
        typer.Option("--seen", help="Decisions that you had seen; refused if there are more."),
    ] = None,
    user: Annotated[str, USER] = "",
    passphrase_file: Annotated[Path | None, PASSPHRASE_FILE] = None,
    timezone: Annotated[str | None, TIMEZONE] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Decide on a batch, signed; a release by nobody who made or tested it.

    Example: hevesy pharmacy release B-1 conditional --study mystudy --as petra
    """
    from hevesy.workflows.custody.release import decide

    made, standing = decide(
        study,
        batch,
        decision,
        user=acting_user(user),
        passphrase=passphrase(passphrase_file),
        reason=reason,
        at=None if at is None else moment(at, timezone, "the decision"),
        seen=seen,
    )
    answer, lines = batch_state(standing)
    answer |= {"decision": made.id, "decided_at": made.at.isoformat(), "signed_by": made.decided_by}
    say(answer, [*lines, f"signed by {made.decided_by} for {made.at.isoformat()}"], as_json=as_json)
