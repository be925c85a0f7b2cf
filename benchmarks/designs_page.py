"""Escalation designs beside what others published of them: the page, its figure, from seeds.

python -m benchmarks.designs_page           (10 s)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.evidence.published_designs import (
    BOIN,
    THREE_PLUS_THREE,
    VIOLA,
    VIOLA_PATHS,
    ZHAO,
    Published,
)

from hevesy.evidence import CrmRules, Operating, simulate_boin, simulate_crm, three_plus_three
from hevesy.report.style import (
    BLUE,
    GREY,
    INK,
    PAGE_WIDTH_MM,
    VERMILLION,
    drawing,
    new_figure,
    to_svg,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGES = Path(__file__).resolve().parents[1] / "docs" / "validation"
PAGE, FIGURE = "designs.md", "designs.svg"
TRIALS, SEED = 40_000, 188
SKELETON = (0.03, 0.07, 0.12, 0.20, 0.30, 0.40, 0.52)
VIOLA_RULES = CrmRules(
    start_level=2, prior_variance_factor=0.75, coherence="share", enough_patients=12,
    toxic_share=0.3, certainty_share=0.72, skips_down=False, takes_next=True,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One share of trials, in percent, and both simulations' standard error."""

    design: str
    ours: float
    theirs: float
    error: float


def simulated() -> Iterator[tuple[str, Published, Operating]]:
    """Every published table with what hevesy makes of its design."""
    for said in BOIN:
        yield "BOIN", said, simulate_boin(
            said.truth, target_share=0.3, cohorts=10, cohort_size=3, trials=TRIALS, seed=SEED,
            enough_patients=18,
        )  # fmt: skip
    for said in VIOLA:
        yield "CRM", said, simulate_crm(
            said.truth, skeleton=SKELETON, target_share=0.2, patients=21, cohort_size=3,
            trials=TRIALS // 4, seed=SEED, rules=VIOLA_RULES,
        )  # fmt: skip


def pairs_of(design: str, said: Published, found: Operating) -> list[Pair]:
    """Shares side by side; the published one's error at our share."""
    shares = (*found.selected, found.none_share)
    errors = (*found.selected_uncertainty, found.none_uncertainty)
    made = []
    for ours, error, theirs in zip(shares, errors, said.taken, strict=True):
        near = (ours * said.trials + 2) / (said.trials + 4)
        both = (near * (1 - near) / said.trials + error**2) ** 0.5
        made.append(Pair(design=design, ours=100 * ours, theirs=theirs, error=100 * both))
    return made


def _row(cells: object) -> str:
    return "| " + " | ".join(cells) + " |"  # type: ignore[arg-type]


def _tables(rows: list[tuple[str, Published, Operating]], design: str) -> str:
    """The tables of one design."""
    lines = [
        "| scenario: toxicity by level (%) | | taken, by level; none (%) | patients, by level |",
        "|---|---|---|---|",
    ]
    for kind, said, found in rows:
        if kind != design:
            continue
        truth = ", ".join(f"{100 * p:g}" for p in said.truth)
        ours = [*found.selected, found.none_share]
        shown = ", ".join(f"{100 * v:.1f}" for v in ours[:-1]) + f"; {100 * ours[-1]:.1f}"
        theirs = ", ".join(f"{v:g}" for v in said.taken[:-1]) + f"; {said.taken[-1]:g}"
        lines.append(_row([truth, f"published, {said.trials} trials", theirs,
                           ", ".join(f"{v:g}" for v in said.patients)]))  # fmt: skip
        lines.append(_row(["", f"hevesy, {found.trials:,} trials", shown,
                           ", ".join(f"{v:.2f}" for v in found.patients)]))  # fmt: skip
    return "\n".join(lines)


def _zhao() -> str:
    known: dict[tuple[tuple[float, ...], bool], Operating] = {}
    lines = [
        "| table | level of 25 % | taken (%) | above it taken (%) | patients |",
        "|---|---|---|---|---|",
    ]
    for said in ZHAO:
        if (said.truth, said.stay) not in known:
            known[said.truth, said.stay] = simulate_boin(
                said.truth, target_share=0.25, cohorts=10, cohort_size=3, trials=TRIALS, seed=SEED,
                enough_patients=9, stay_at_one_of_three=said.stay,
            )  # fmt: skip
        found = known[said.truth, said.stay]
        at = said.truth.index(0.25)
        above = "-" if said.above is None else (
            f"{100 * sum(found.selected[at + 1:]):.1f} / {said.above:g}"
        )  # fmt: skip
        lines.append(_row([
            said.table, str(at + 1), f"{100 * found.selected[at]:.1f} / {said.right:g}", above,
            f"{found.mean_patients:.2f} / {said.total:g}",
        ]))  # fmt: skip
    return "\n".join(lines)


def page(rows: list[tuple[str, Published, Operating]]) -> str:
    """The page."""
    pairs = [pair for row in rows for pair in pairs_of(*row)]
    score = [abs(one.ours - one.theirs) / one.error for one in pairs]
    three, said = three_plus_three(THREE_PLUS_THREE.truth), THREE_PLUS_THREE
    exact = ", ".join(f"{100 * v:.1f}" for v in (*three.selected, three.none_share))
    printed = ", ".join(f"{v:g}" for v in said.taken)
    return f"""\
# Escalation designs

[`hevesy trial design`](../methods/designs.md) beside operating characteristics that others \
published, each under the design that they state. Of {len(pairs)} shares of trials \
{sum(one < 1 for one in score)} are within one standard error of both simulations together \
(68 % would be {0.68 * len(pairs):.0f}; a share near 0 or 100 % keeps closer), \
{sum(one < 2 for one in score)} within two; the largest difference is {max(score):.1f}.

![Published against ours](designs.svg)

*Share of simulated trials that take a level, or none; bars: 95 % of both simulations' numbers of \
trials.*

## BOIN
Target 30 %, 10 cohorts of 3, an early end once 18 were treated at a level that would be next \
again. Published: the vignette of simFastBOIN [1], whose trials are those of the authors' package \
BOIN [2], draw by draw.

{_tables(rows, "BOIN")}

Target 25 %, an early end at 9; hevesy / published [3]. Tables 4 and A2 (two runs of one design) \
stay at 1 of 3 with a toxicity, A16 goes down.

{_zhao()}

The article's number of trials is not known to us, so no standard error is stated here. Its trials \
go by a calendar and treat up to 0.3 patients fewer than ours; why, its tables do not tell.

## 3+3
Toxicities of {", ".join(f"{100 * p:g}" for p in said.truth)} %: levels taken, and none: \
{exact} %; published, exact too [1]: {printed} %. Every figure agrees to the digit printed.

## CRM
The design of the trial VIOLA [4]: power model, target 20 %, prior variance 0.75, 21 patients in \
cohorts of 3 from the third of seven levels; up not from a level whose share exceeds the target; \
ended at 12 patients at the level that would be next, or when the lowest level exceeds 30 % with \
more than 72 % posterior probability. Of the dose transition pathways in the vignette (after one, \
two and three cohorts; its last branch aside) hevesy gives every decision, {len(VIOLA_PATHS)} of \
{len(VIOLA_PATHS)}. The vignette's 50 trials say little of shares:

{_tables(rows, "CRM")}

## What was not found
Tables of a CRM with thousands of trials whose every rule is stated; the numbers of the articles by \
Liu and Yuan (2015) and Yuan and others (2016) in a form that could be read.

## References
1. Homma G. simFastBOIN, vignette "Getting started" (CRAN).
2. Yan F, Zhang L, Zhou Y, Pan H, Liu S, Yuan Y. J Stat Softw 2020;94(13).
3. Zhao Y, Yuan Y, Korn EL, Freidlin B. Clin Cancer Res 2024;30:673; as transcribed in [1]'s \
comparison with it.
4. dtpcrm 0.1.1, vignette (CRAN); Yap C, Billingham LJ, Cheung YK, Craddock C, O'Quigley J. Clin \
Cancer Res 2017;23:7440.

`python -m benchmarks.designs_page`, {TRIALS:,} trials (CRM {TRIALS // 4:,}), seed {SEED}; \
`tests/evidence/test_published_designs.py` holds them with other seeds.
"""


def draw(rows: list[tuple[str, Published, Operating]]) -> "Figure":
    """Published share against ours."""
    figure = new_figure(PAGE_WIDTH_MM, 92)
    for place, (design, colour, marker, said) in enumerate(
        (("BOIN", BLUE, "o", "2000"), ("CRM", VERMILLION, "s", "50")), 1
    ):
        axes = figure.add_subplot(1, 2, place)
        axes.plot([-3, 85], [-3, 85], color=GREY, lw=1.0, zorder=1)
        pairs = [pair for row in rows if row[0] == design for pair in pairs_of(*row)]
        axes.errorbar(
            [one.ours for one in pairs], [one.theirs for one in pairs],
            yerr=[1.96 * one.error for one in pairs], fmt=marker, color=colour, ecolor=INK,
            markersize=4, elinewidth=0.8, capsize=1.8,
        )  # fmt: skip
        axes.set_xlim(-3, 85)
        axes.set_ylim(-3, 85)
        axes.set_aspect("equal")
        axes.set_title(f"{design}: {said} trials published")
        axes.set_xlabel("hevesy (% of trials)")
        axes.set_ylabel("published (% of trials)")
    return figure


def main() -> None:
    """Simulate, write."""
    rows = list(simulated())
    (PAGES / PAGE).write_text(page(rows), encoding="utf-8")
    with drawing():
        (PAGES / FIGURE).write_bytes(to_svg(draw(rows)))


if __name__ == "__main__":
    main()
