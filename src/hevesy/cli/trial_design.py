"""`hevesy trial design`: how many patients, and how to escalate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hevesy.cli.command_group import CommandGroup

if TYPE_CHECKING:
    from hevesy.evidence import BoinBoundaries, DesignCheck, Operating

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
_TARGET = typer.Option(
    "--target", metavar="P", help="Probability of a dose-limiting toxicity aimed at."
)
_FIGURE = typer.Option("--figure", metavar="F", help="Draw it: .png, .pdf or .svg.")
_ENOUGH = typer.Option(
    "--enough",
    metavar="N",
    help="End once N were treated at a level that would be next again (9 to 18); else never.",
)
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
    figure: Annotated[Path | None, _FIGURE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """What 3+3 (without de-escalation) does under a supposed truth, exactly.

    Example: hevesy trial design 3+3 --truth 0.05,0.15,0.30,0.45
    """
    from hevesy.evidence import three_plus_three

    found = three_plus_three(_shares(truth, "--truth"))
    _draw(found, None, figure)
    _say(found, as_json=as_json)


@app.command()
def boin(
    target: Annotated[float, _TARGET],
    cohorts: Annotated[int, typer.Option("--cohorts", help="At most.")] = 10,
    cohort_size: Annotated[int, typer.Option("--cohort-size", help="Patients.")] = 3,
    truth: Annotated[str | None, _TRUTH] = None,
    enough: Annotated[int | None, _ENOUGH] = None,
    lowest: Annotated[
        float | None,
        typer.Option(
            "--lowest",
            metavar="P",
            help="End if the lowest level exceeds the target with this probability; else 0.95.",
        ),
    ] = None,
    stay: Annotated[
        bool, typer.Option("--stay", help="1 of the first 3 with a toxicity: stay, never down.")
    ] = False,
    trials: Annotated[int, _TRIALS] = 2000,
    seed: Annotated[int, _SEED] = 1,
    figure: Annotated[Path | None, _FIGURE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """BOIN's boundaries; with --truth what it does.

    Example: hevesy trial design boin --target 0.3 --truth 0.05,0.15,0.30,0.45
    """
    from hevesy.errors import TrialError
    from hevesy.evidence import boin_boundaries, require_trials, simulate_boin
    from hevesy.workflows.trial_design import check_figure

    check_figure(figure)
    if truth is None and (figure is not None or enough is not None):
        raise TrialError(
            "without a supposed truth nothing is simulated",
            got="--figure" if figure is not None else "--enough",
            remedy="give --truth, one probability a level",
        )
    require_trials(cohorts, cohort_size, trials)
    found = boin_boundaries(
        target, most=cohorts * cohort_size, lowest_share=lowest, stay_at_one_of_three=stay
    )
    known = None
    if truth is not None:
        known = simulate_boin(
            _shares(truth, "--truth"), target_share=target, cohorts=cohorts,
            cohort_size=cohort_size, trials=trials, seed=seed, enough_patients=enough,
            lowest_share=lowest, stay_at_one_of_three=stay,
        )  # fmt: skip
    table = [
        {
            "treated": found.treated[i],
            "escalate_at_most": found.escalate[i],
            "deescalate_at_least": found.deescalate[i],
            "eliminate_at_least": found.eliminate[i],
            "stop_lowest_at_least": found.stop_lowest[i],
        }
        for i in range(cohort_size - 1, len(found.treated), cohort_size)
    ]
    if known is not None:
        _draw(known, target, figure)
    if not as_json:
        _print_boundaries(found, table)
        if known is not None:
            _print_operating(known)
    else:
        answer = {
            "escalate_share": found.escalate_share,
            "deescalate_share": found.deescalate_share,
            "boundaries": table,
            "operating": None if known is None else _answer(known),
        }
        typer.echo(json.dumps(answer, indent=2))


@app.command()
def crm(
    target: Annotated[float, _TARGET],
    skeleton: Annotated[
        str, typer.Option("--skeleton", metavar="P,P,...", help="The model's guess, by level.")
    ],
    truth: Annotated[str, _TRUTH],
    patients: Annotated[int, typer.Option("--patients", help="At most.")] = 30,
    cohort_size: Annotated[int, typer.Option("--cohort-size", help="Patients.")] = 3,
    model: Annotated[str, typer.Option("--model", help="power or logistic.")] = "power",
    prior_variance: Annotated[
        float, typer.Option("--prior-variance", help="Of the model's parameter.")
    ] = 1.34,
    start: Annotated[int, typer.Option("--start", help="First level; 1 is the lowest.")] = 1,
    coherence: Annotated[
        str,
        typer.Option(
            "--coherence",
            help="Not up after a toxicity in the last patient (last), or from a level whose share "
            "exceeds the target (share).",
        ),
    ] = "last",
    enough: Annotated[int | None, _ENOUGH] = None,
    toxic: Annotated[
        float | None,
        typer.Option("--toxic", metavar="P", help="End if the lowest level exceeds P ..."),
    ] = None,
    certainty: Annotated[
        float | None,
        typer.Option("--certainty", metavar="P", help="... with more than this probability."),
    ] = None,
    trials: Annotated[int, _TRIALS] = 2000,
    seed: Annotated[int, _SEED] = 1,
    figure: Annotated[Path | None, _FIGURE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """What the continual reassessment method does under a supposed truth.

    Example: hevesy trial design crm --target 0.3 --skeleton 0.1,0.2,0.3 --truth 0.05,0.15,0.30
    """
    from hevesy.errors import TrialError
    from hevesy.evidence import CrmRules, simulate_crm
    from hevesy.workflows.trial_design import check_figure

    check_figure(figure)
    guess = _shares(skeleton, "--skeleton")
    if not 1 <= start <= len(guess):
        raise TrialError(
            "the first level does not exist", got=start, allowed=f"1 to {len(guess)}",
            remedy="count levels from 1",
        )  # fmt: skip
    rules = CrmRules(
        start_level=start - 1, prior_variance_factor=prior_variance, coherence=coherence,
        enough_patients=enough, toxic_share=toxic, certainty_share=certainty,
    )  # fmt: skip
    found = simulate_crm(
        _shares(truth, "--truth"), skeleton=guess, target_share=target,
        patients=patients, cohort_size=cohort_size, trials=trials, seed=seed, model=model,
        rules=rules,
    )  # fmt: skip
    _draw(found, target, figure)
    _say(found, as_json=as_json)


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
    figure: Annotated[Path | None, _FIGURE] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """How many patients a dose threshold needs, or what so many would give.

    Example: hevesy trial design lesions --half-dose 100 --patients 36 --studies 50
    """
    from hevesy.cli.console import terminal_control
    from hevesy.errors import TrialError
    from hevesy.evidence import LesionTruth, ThresholdRule
    from hevesy.workflows.evidence import plan_lesions
    from hevesy.workflows.trial_design import check_figure, write_checks_figure

    check_figure(figure)
    few = patients is not None and not 2 <= patients <= 5000
    if few or not (1 < ratio <= 100 and 10 <= studies <= 10_000):
        raise TrialError(
            "this plan can't be made",
            got=f"ratio {ratio}, {studies} studies"
            + ("" if patients is None else f", {patients} patients"),
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
    if figure is not None:
        write_checks_figure(tried, figure, ratio=ratio, assurance_share=assurance)
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
            f"{one.patients:9d}{_figure(one.median_gy, 11, 1)}{_figure(one.bias_percent, 8, 1)}"
            f"{one.covered:6d}/{one.fitted:<3d}{_figure(one.median_ratio, 13, 2)}{one.narrow:8d}"
            f"{one.unbounded:10d}{one.not_fitted:12d}"
        )
    if patients is None:
        said = "more than were tried" if needed is None else str(needed)
        error = 100 * (assurance * (1 - assurance) / studies) ** 0.5
        typer.echo(
            f"needed: {said} patients for a ratio of {ratio:g} in {100 * assurance:g} %; "
            f"with {studies} studies each, a share near that is known to {error:.0f} points (k = 1)"
        )


def _figure(value: float, width: int, digits: int) -> str:
    """A number, or a dash where there is none: nothing was fitted, or half have no limit."""
    return f"{value:{width}.{digits}f}" if abs(value) < float("inf") else f"{'-':>{width}s}"


def _check(one: DesignCheck) -> dict[str, object]:
    import math
    from dataclasses import asdict

    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in asdict(one).items()
    }


def _answer(found: Operating) -> dict[str, object]:
    from dataclasses import asdict

    return {
        **asdict(found),
        "mean_patients": found.mean_patients,
        "selected_uncertainty": found.selected_uncertainty,
        "none_uncertainty": found.none_uncertainty,
        "patients_uncertainty": found.patients_uncertainty,
        "mean_patients_uncertainty": found.mean_patients_uncertainty,
    }


def _print_boundaries(found: BoinBoundaries, table: list[dict[str, int | None]]) -> None:
    typer.echo(
        f"up at a share of {found.escalate_share:.3f} or less, down at "
        f"{found.deescalate_share:.3f} or more; by number with a toxicity at a level:"
    )
    typer.echo(
        f"{'treated':>8s}{'up at <=':>10s}{'down at >=':>12s}{'shut at >=':>12s}"
        f"{'lowest: end at >=':>19s}"
    )
    for row in table:
        cells = ["-" if one is None else str(one) for one in row.values()]
        typer.echo(f"{cells[0]:>8s}{cells[1]:>10s}{cells[2]:>12s}{cells[3]:>12s}{cells[4]:>19s}")


def _draw(found: Operating, target: float | None, figure: Path | None) -> None:
    if figure is not None:
        from hevesy.workflows.trial_design import write_operating_figure

        write_operating_figure(found, figure, target_share=target)


def _say(found: Operating, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_answer(found), indent=2))
    else:
        _print_operating(found)


def _print_operating(found: Operating) -> None:
    sure = bool(found.trials)
    how = f"{found.trials} trials, seed {found.seed}; +/-: one standard error" if sure else "exact"
    typer.echo(f"{found.design}: {how}")
    typer.echo(
        f"{'level':>6s}{'truth %':>9s}{'taken %':>16s}{'patients':>16s}{'with a toxicity':>17s}"
    )
    taken = [_with(100 * v, 100 * u, found) for v, u in
             zip(found.selected, found.selected_uncertainty, strict=True)]  # fmt: skip
    treated = [_with(v, u, found) for v, u in
               zip(found.patients, found.patients_uncertainty, strict=True)]  # fmt: skip
    for i, truth in enumerate(found.toxicities):
        typer.echo(
            f"{i + 1:6d}{100 * truth:9.3g}{taken[i]:>16s}{treated[i]:>16s}{found.events[i]:17.1f}"
        )
    none = _with(100 * found.none_share, 100 * found.none_uncertainty, found)
    mean = _with(found.mean_patients, found.mean_patients_uncertainty, found)
    typer.echo(f"no level taken: {none} %; {mean} patients on average")


def _with(value: float, uncertainty: float, found: Operating) -> str:
    if not found.trials:
        return f"{value:.1f}"
    digits = 1 if uncertainty >= 0.095 else 2
    return f"{value:.{digits}f} +/- {uncertainty:.{digits}f}"
