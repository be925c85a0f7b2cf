"""What else got dose: the body, organs without activity, marrow, effective dose with its caveat."""

from typing import TYPE_CHECKING

from hevesy.report.numbers import (
    NOT_AVAILABLE,
    format_measurement,
    format_number,
    format_percent,
    format_relative,
)
from hevesy.report.table import Cell, Column, Notes, Row, Table, number_cell

if TYPE_CHECKING:
    from hevesy.case import (
        BodyDose,
        CaseResult,
        EffectiveDoseResult,
        EnergyAccount,
        RestOfBodyResult,
    )

__all__ = ["say_rest_of_body", "tabulate_rest_of_body"]

_METHODS = {"blood": "Red marrow, by blood", "image": "Red marrow, by image"}


def _dose_cells(
    dose_gy: float, uncertainty_gy: float, how: str, *, mark: str = ""
) -> tuple[Cell, Cell, Cell]:
    return (
        Cell(text=format_measurement(dose_gy, uncertainty_gy), mark=mark),
        Cell(text=format_relative(dose_gy, uncertainty_gy)),
        Cell(text=how),
    )


def _kilograms(body: "BodyDose") -> str:
    return f"{format_number(body.mass_g / 1e3)} kg"


def _effective(found: "EffectiveDoseResult") -> str:
    """Effective dose in words: a bound, or why there is none."""
    if found.at_least_sv is None:
        return (
            f"not given: tissues with {format_percent(found.weight_share)} of the weight are "
            f"known, {format_percent(found.least_weight_share)} are needed"
        )
    return (
        f"at least {format_measurement(found.at_least_sv, found.uncertainty_sv)} Sv, from tissues "
        f"with {format_percent(found.weight_share)} of the weight"
    )


def _effective_row(found: "EffectiveDoseResult", notes: Notes) -> Row:
    mark = notes.mark(f"Effective dose {_effective(found)}. {found.caveat}.")
    bound, spread = found.at_least_sv, found.uncertainty_sv
    text = "not given" if bound is None else f"at least {format_measurement(bound, spread)} Sv"
    share = f"{format_percent(found.weight_share)} of the tissue weights"
    return Row(
        heading="Effective dose",
        cells=(
            Cell(text=text, mark=mark, missing=bound is None),
            Cell(text="" if bound is None else format_relative(bound, spread)),
            Cell(text=share),
        ),
    )


def _energy(found: "EnergyAccount") -> str:
    beyond = format_measurement(found.beyond_ct_j, found.beyond_ct_uncertainty_j)
    return (
        f"Of {format_number(found.emitted_j)} J emitted, {format_number(found.in_body_j)} J stay "
        "in the body in the CT, "
        + (f"{beyond} J in the body beyond its ends, " if found.beyond_ct_j else "")
        + f"{format_number(found.escaped_j)} J escape."
    )


def _rows(rest: "RestOfBodyResult", notes: Notes) -> list[Row]:
    rows = [
        Row(
            heading="Body in the CT",
            cells=_dose_cells(
                rest.body_in_ct.mean_dose_gy,
                rest.body_in_ct.uncertainty_gy,
                _kilograms(rest.body_in_ct),
                mark=notes.mark(f"{_energy(rest.energy)} {'; '.join(rest.notes[:1])}."),
            ),
        )
    ]
    if rest.whole_body is None:
        mark = notes.mark(f"Not given: {rest.whole_body_reason}.")
        missing = (Cell(text=NOT_AVAILABLE, mark=mark, missing=True), Cell(text=""), Cell(text=""))
        rows.append(Row(heading="Whole body", cells=missing))
    else:
        mark = notes.mark(f"{rest.whole_body_reason}.")
        whole = rest.whole_body
        rows.append(
            Row(
                heading="Whole body",
                cells=_dose_cells(
                    whole.mean_dose_gy, whole.uncertainty_gy, _kilograms(whole), mark=mark
                ),
            )
        )
    for region in rest.photons:
        mark = notes.mark(
            "The mean dose of the table of doses leaves photons out (local deposition); here they "
            "are added, by Monte Carlo over the CT."
        )
        how = f"photons {format_number(region.photon_dose_gy)}"
        cells = _dose_cells(region.total_dose_gy, region.total_uncertainty_gy, how, mark=mark)
        rows.append(Row(heading=f"{region.name}, with photons", cells=cells))
    for organ in rest.unmeasured:
        mark = notes.mark(
            "No activity of its own: dose from the decays outside, by Monte Carlo. What the image "
            f"shows in it would add {format_number(organ.shown_dose_gy)} Gy, were it real."
        )
        rows.append(
            Row(
                heading=organ.name,
                cells=_dose_cells(
                    organ.mean_dose_gy, organ.uncertainty_gy, "from outside", mark=mark
                ),
            )
        )
    for marrow in rest.marrow:
        parts = (
            f"own {format_number(marrow.self_dose_gy)}, "
            f"from outside {format_number(marrow.cross_dose_gy)}"
        )
        mark = notes.mark(f"{marrow.source}.")
        rows.append(
            Row(
                heading=_METHODS[marrow.method],
                cells=_dose_cells(marrow.mean_dose_gy, marrow.uncertainty_gy, parts, mark=mark),
            )
        )
    return rows


def tabulate_rest_of_body(result: "CaseResult") -> Table | None:
    """List what else got dose; None where it was not computed.

    Effective dose has the last row, and its caveat in a footnote beside it.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> tabulate_rest_of_body(sample_result()) is None
    True
    """
    rest = result.rest_of_body
    if rest is None:
        return None
    notes = Notes()
    rows = [*_rows(rest, notes), _effective_row(rest.effective, notes)]
    for text in rest.notes[1:]:
        notes.mark(f"{text}.")
    truth = rest.body_in_ct.true_dose_gy
    columns = [
        Column(title="What", number=False), Column(title="Mean dose", unit="Gy"),
        Column(title="±", unit="%"), Column(title="Of what", number=False),
    ]  # fmt: skip
    if truth is not None:
        columns.append(Column(title="true dose", unit="Gy"))
        first, *others = rows
        rows = [
            Row(heading=first.heading, cells=(*first.cells, number_cell(truth))),
            *(Row(heading=r.heading, cells=(*r.cells, Cell(text=""))) for r in others),
        ]
    return Table(
        caption="What else got dose, over all courses; ± one standard deviation (k = 1)",
        columns=tuple(columns),
        rows=tuple(rows),
        notes=notes.listed(),
        doses=True,
    )


def say_rest_of_body(result: "CaseResult") -> tuple[str, ...]:
    """Say in lines for a terminal what else got dose; none where it was not computed.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> say_rest_of_body(sample_result())
    ()
    """
    rest = result.rest_of_body
    if rest is None:
        return ()

    def line(name: str, dose_gy: float, uncertainty_gy: float, more: str = "") -> str:
        return f"{name}: {format_measurement(dose_gy, uncertainty_gy)} Gy{more}"

    body = rest.body_in_ct
    truth = "" if body.true_dose_gy is None else f", truth {format_number(body.true_dose_gy)} Gy"
    more = f" ({_kilograms(body)}{truth})"
    lines = [line("body in the CT", body.mean_dose_gy, body.uncertainty_gy, more)]
    if rest.whole_body is not None:
        whole = rest.whole_body
        more = f" ({_kilograms(whole)})"
        lines.append(line("whole body", whole.mean_dose_gy, whole.uncertainty_gy, more))
    lines += [
        line(f"{r.name} with photons", r.total_dose_gy, r.total_uncertainty_gy)
        for r in rest.photons
    ]
    lines += [
        line(organ.name, organ.mean_dose_gy, organ.uncertainty_gy, " (from outside)")
        for organ in rest.unmeasured
    ]
    lines += [
        line(_METHODS[m.method].lower(), m.mean_dose_gy, m.uncertainty_gy) for m in rest.marrow
    ]
    lines.append(
        f"effective dose {_effective(rest.effective)}; not for judging a patient's risk or a "
        "therapy (ICRP 103, 128)"
    )
    return tuple(lines)
