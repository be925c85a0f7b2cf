"""`hevesy trial design`: how many patients, and how to escalate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.cli.command_group import CommandGroup

if TYPE_CHECKING:
    from hevesy.evidence import DesignCheck, Operating

__all__ = ["app"]

app = typer.Typer(
    cls=CommandGroup,
    name="design",
    help="Before a trial: escalation designs and patients for a threshold, under a supposed truth.",
    no_args_is_help=True,
)

_JSON = typer.Option("--json", help="Print JSON instead of text.")
_TRUTH = typer.Option("--truth", metavar="P,P,...", help="Supposed toxicities, lowest level first.")
_TRIALS = typer.Option("--trials", help="Trials to simulate.")
_SEED = typer.Option("--seed", help="Of the random numbers.")


def _shares(text: str, what: str) -> list[float]:
    from hevesy.errors import TrialError

    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise TrialError(
            f"{what} must be numbers split by commas",
            got=text,
            allowed="0.05,0.15,0.30",
            remedy="use decimal points",
        ) from None


@app.command("3+3")
def three(
    truth: Annotated[str, _TRUTH],
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """What 3+3 (without de-escalation) does under a supposed truth, exactly.

    Example: hevesy trial design 3+3 --truth 0.05,0.15,0.30,0.45
    """
    from hevesy.evidence import three_plus_three

    _print_operating(three_plus_three(_shares(truth, "--truth")), as_json=as_json)


@app.command()
def boin(
    target: Annotated[float, typer.Option("--target", help="Share with a toxicity aimed at.")],
    cohorts: Annotated[int, typer.Option("--cohorts")] = 10,
    cohort_size: Annotated[int, typer.Option("--cohort-size")] = 3,
    truth: Annotated[str | None, _TRUTH] = None,
    trials: Annotated[int, _TRIALS] = 2000,
    seed: Annotated[int, _SEED] = 1,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """BOIN's boundaries; with --truth what it does.

    Example: hevesy trial design boin --target 0.3 --truth 0.05,0.15,0.30,0.45
    """
    from hevesy.evidence import boin_boundaries, simulate_boin
    from hevesy.evidence.escalation import require_trials

    require_trials(cohorts, cohort_size, trials)
    found = boin_boundaries(target, most=cohorts * cohort_size)
    known = None
    if truth is not None:
        known = simulate_boin(
            _shares(truth, "--truth"), target_share=target, cohorts=cohorts,
            cohort_size=cohort_size, trials=trials, seed=seed,
        )  # fmt: skip
    table = [
        {
            "treated": found.treated[i],
            "escalate_at_most": found.escalate[i],
            "deescalate_at_least": found.deescalate[i],
            "eliminate_at_least": found.eliminate[i],
        }
        for i in range(cohort_size - 1, len(found.treated), cohort_size)
    ]
    if as_json:
        answer = {
            "escalate_share": found.escalate_share,
            "deescalate_share": found.deescalate_share,
            "boundaries": table,
            "operating": None if known is None else _answer(known),
        }
        typer.echo(json.dumps(answer, indent=2))
        return
    typer.echo(
        f"up at {found.escalate_share:.3f} or less, down at {found.deescalate_share:.3f} or more"
    )
    typer.echo(f"{'treated':>8s}{'up at <=':>10s}{'down at >=':>12s}{'shut at >=':>12s}")
    for row in table:
        shut = "-" if row["eliminate_at_least"] is None else row["eliminate_at_least"]
        typer.echo(
            f"{row['treated']:8d}{row['escalate_at_most']:10d}"
            f"{row['deescalate_at_least']:12d}{shut:>12}"
        )
    if known is not None:
        _print_operating(known, as_json=False)


@app.command()
def crm(
    target: Annotated[float, typer.Option("--target", help="Share with a toxicity aimed at.")],
    skeleton: Annotated[str, typer.Option("--skeleton", metavar="P,P,...", help="The guess.")],
    truth: Annotated[str, _TRUTH],
    patients: Annotated[int, typer.Option("--patients")] = 30,
    cohort_size: Annotated[int, typer.Option("--cohort-size")] = 3,
    model: Annotated[str, typer.Option("--model", help="power or logistic.")] = "power",
    trials: Annotated[int, _TRIALS] = 500,
    seed: Annotated[int, _SEED] = 1,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """What the continual reassessment method does under a supposed truth.

    Example: hevesy trial design crm --target 0.3 --skeleton 0.1,0.2,0.3 --truth 0.05,0.15,0.30
    """
    from hevesy.evidence import simulate_crm

    found = simulate_crm(
        _shares(truth, "--truth"), skeleton=_shares(skeleton, "--skeleton"), target_share=target,
        patients=patients, cohort_size=cohort_size, trials=trials, seed=seed, model=model,
    )  # fmt: skip
    _print_operating(found, as_json=as_json)


@app.command()
def lesions(
    half_dose: Annotated[float, typer.Option("--half-dose", help="Gy at which half respond.")],
    probability: Annotated[float, typer.Option("--probability", help="The threshold's.")] = 0.5,
    patients: Annotated[
        int | None, typer.Option("--patients", help="Check so many; without it, search.")
    ] = None,
    per_patient: Annotated[float, typer.Option("--per-patient", help="Mean lesions.")] = 2.0,
    steepness: Annotated[
        float, typer.Option("--steepness", help="Log odds per unit of log dose, in a patient.")
    ] = 3.0,
    correlation: Annotated[
        float, typer.Option("--correlation", help="Of a patient's lesions (latent).")
    ] = 0.3,
    median_dose: Annotated[float, typer.Option("--median-dose", help="Gy.")] = 100.0,
    dose_spread: Annotated[float, typer.Option("--dose-spread", help="SD of the log dose.")] = 0.6,
    dose_uncertainty: Annotated[
        float, typer.Option("--dose-uncertainty", help="Relative, of each dose.")
    ] = 0.25,
    missing: Annotated[float, typer.Option("--missing", help="Share without outcome.")] = 0.0,
    ratio: Annotated[
        float, typer.Option("--ratio", help="Upper over lower limit that is narrow enough.")
    ] = 2.0,
    assurance: Annotated[
        float, typer.Option("--assurance", help="Share of studies that should be so narrow.")
    ] = 0.8,
    studies: Annotated[int, typer.Option("--studies", help="To simulate at each number.")] = 100,
    seed: Annotated[int, _SEED] = 1,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """How many patients a dose threshold needs, or what so many would give.

    Example: hevesy trial design lesions --half-dose 100 --patients 36 --studies 50
    """
    from hevesy.cli.console import terminal_control
    from hevesy.errors import TrialError
    from hevesy.evidence import LesionTruth, ThresholdRule
    from hevesy.workflows.evidence import plan_lesions

    few = patients is not None and not 2 <= patients <= 5000
    if few or not (1 < ratio <= 100 and 10 <= studies <= 10_000):
        raise TrialError(
            "this plan can't be made",
            got=f"ratio {ratio}, {studies} studies, {patients} patients",
            allowed="a ratio over 1 up to 100, 10 to 10000 studies, 2 to 5000 patients",
            remedy="give other numbers",
        )
    truth = LesionTruth(
        half_dose_gy=half_dose, steepness_factor=steepness, patient_share=correlation,
        median_dose_gy=median_dose, dose_spread_factor=dose_spread,
        dose_uncertainty_share=dose_uncertainty, lesions_per_patient_ratio=per_patient,
        missing_share=missing,
    )  # fmt: skip
    rule = ThresholdRule(name="planned", probability=probability, resamples=300)
    with terminal_control() as control:
        needed, tried = plan_lesions(
            truth, rule=rule, patients=patients, ratio=ratio, assurance_share=assurance,
            studies=studies, seed=seed, control=control,
        )  # fmt: skip
    if as_json:
        answer = {"patients_needed": needed, "checks": [_check(one) for one in tried]}
        typer.echo(json.dumps(answer, indent=2))
        return
    typer.echo(f"true threshold {tried[0].truth_gy:.1f} Gy; {studies} studies each, seed {seed}")
    typer.echo(
        f"{'patients':>9s}{'median Gy':>11s}{'bias %':>8s}{'covered':>10s}{'upper/lower':>13s}"
        f"{'narrow':>8s}{'no limit':>10s}{'not fitted':>12s}"
    )
    for one in sorted(tried, key=lambda check: check.patients):
        typer.echo(
            f"{one.patients:9d}{one.median_gy:11.1f}{one.bias_percent:8.1f}"
            f"{one.covered:6d}/{one.fitted:<3d}{one.median_ratio:13.2f}{one.narrow:8d}"
            f"{one.unbounded:10d}{one.not_fitted:12d}"
        )
    if patients is None:
        said = "more than were tried" if needed is None else str(needed)
        typer.echo(f"needed: {said} patients for a ratio of {ratio:g} in {100 * assurance:g} %")


def _check(one: DesignCheck) -> dict[str, object]:
    import math
    from dataclasses import asdict

    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in asdict(one).items()
    }


def _answer(found: Operating) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(found), "mean_patients": found.mean_patients}


def _print_operating(found: Operating, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_answer(found), indent=2))
        return
    how = f"{found.trials} trials, seed {found.seed}" if found.trials else "exact"
    typer.echo(f"{found.design}: {how}")
    typer.echo(f"{'level':>6s}{'truth':>8s}{'taken %':>10s}{'patients':>10s}{'toxic':>8s}")
    for i, truth in enumerate(found.toxicities):
        typer.echo(
            f"{i + 1:6d}{truth:8.2f}{100 * found.selected[i]:10.1f}{found.patients[i]:10.1f}"
            f"{found.events[i]:8.1f}"
        )
    typer.echo(f"no level taken: {100 * found.none_share:.1f} %; "
               f"{found.mean_patients:.1f} patients on average")  # fmt: skip
