"""Figures of the virtual patients: how they are written, and how far they are from the truth."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["Figure", "Stored", "beyond", "held", "named", "of_kind", "plus_minus", "pulls"]

Stored = Mapping[str, Any]
Figure = Sequence[float | None]
Named = Iterator[tuple[str, Figure]]


def of_kind(stored: Stored, kind: str) -> Stored:
    """One patient."""
    found: Stored = next(patient for patient in stored["patients"] if patient["kind"] == kind)
    return found


def named(patient: Stored, name: str) -> Stored:
    """One of its regions."""
    found: Stored = next(region for region in patient["regions"] if region["name"] == name)
    return found


def plus_minus(figure: Figure) -> str:
    """Found with its uncertainty, to the uncertainty's second digit; then the truth."""
    found, spread, true = figure
    if found is None:
        return "not told" if true is None else f"not told / {true:.3g}"
    if not spread:
        return f"{found:.3g}" + ("" if true is None else f" / {true:.3g}")
    places = max(0, min(4, 1 - math.floor(math.log10(spread))))
    text = f"{found:.{places}f} ± {spread:.{places}f}"
    return text if true is None else f"{text} / {true:.{places}f}"


def _scans(patient: Stored) -> Named:
    for scan in patient["closure"]["scans"]:
        yield f"scan {scan['scan']}", scan["ratio"]


def _percent(patient: Stored) -> Named:
    for region in patient["regions"]:
        for scan, figure in zip(patient["closure"]["scans"], region["percent"], strict=True):
            yield f"{region['name']} at {scan['hours']:g} h", figure


def _half_life(name: str) -> Callable[[Stored], Named]:
    def pick(patient: Stored) -> Named:
        for region in patient["regions"]:
            for half in region["half_lives"]:
                yield f"{region['name']}, course {half['course']}", _as_rate(half[name])

    return pick


def _as_rate(figure: Figure) -> Figure:
    """The rate, to which errors of a half-life are linear."""
    found, spread, true = figure
    if found is None or spread is None or true is None:
        return (None, None, None)
    return 1.0 / found, spread / found**2, 1.0 / true


def _dose(*, lesions: bool) -> Callable[[Stored], Named]:
    def pick(patient: Stored) -> Named:
        for region in patient["regions"]:
            if (region["kind"] == "lesion") is lesions:
                yield region["name"], region["dose"]

    return pick


def _tia(patient: Stored) -> Named:
    for region in patient["regions"]:
        yield region["name"], region["tia"]


def _body(patient: Stored) -> Named:
    yield "body in the CT", patient["body"]


_KINDS: dict[str, Callable[[Stored], Named]] = {
    "whole body over expected": _scans,
    "part of the injected": _percent,
    "time-integrated activity": _tia,
    "effective half-life, as a rate": _half_life("effective"),
    "biological half-life, as a rate": _half_life("biological"),
    "mean dose, lesions": _dose(lesions=True),
    "mean dose, organs": _dose(lesions=False),
    "mean dose, body in the CT": _body,
}


def pulls(patients: Sequence[Stored]) -> dict[str, list[tuple[str, str, float]]]:
    """Patient, what, and (found - true) / stated uncertainty, of every figure that has all three."""
    return {
        name: [
            (patient["title"], what, (found - true) / spread)
            for patient in patients
            for what, (found, spread, true) in pick(patient)
            if found is not None and true is not None and spread
        ]
        for name, pick in _KINDS.items()
    }


def beyond(patients: Sequence[Stored], sigmas: float) -> list[str]:
    """The figures that are off by more, in words, by kind of figure."""
    lines = []
    for name, found in pulls(patients).items():
        far = [f"{title}: {what} ({z:+.1f} u)" for title, what, z in found if abs(z) > sigmas]
        if far:
            lines.append(f"{name}: {'; '.join(far)}")
    return lines


def held(patients: Sequence[Stored]) -> tuple[int, int]:
    """Truths within the running dose's 90 % intervals, of how many."""
    steps = [s for p in patients for r in p["regions"] for s in r["monitor"]]
    inside = [s["interval90_gy"][0] <= s["true_gy"] <= s["interval90_gy"][1] for s in steps]
    return sum(inside), len(inside)
