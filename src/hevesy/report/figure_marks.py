"""A figure as data: every mark that is drawn, as a line of one table, and that table as CSV.

A figure is made in two steps: its marks from the records, and the drawing from the marks alone. So
the table that is given away is what was drawn.
"""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import OutputError

__all__ = [
    "FIGURE_COLUMNS",
    "MARK_KINDS",
    "Mark",
    "Panel",
    "bars",
    "column",
    "figure_csv",
    "line_marks",
    "note_mark",
    "read_figure_csv",
]

MARK_KINDS = ("point", "line", "band", "bar", "span", "rule", "number", "note")
"""point: a place with its limits; line, band: the points of one curve or area, in order; bar: from
0 to y; span: from x_low to x, along x; rule: a line across the panel at x or at y; number: y
written at x, below the axis; note: words in the panel."""

FIGURE_COLUMNS = (
    "panel", "series", "kind", "label", "x_is", "x", "x_low", "x_high", "y_is", "y", "y_low",
    "y_high", "y_word", "x_scale", "record",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is drawn at one place.

    Parameters
    ----------
    series : str
        What looks alike, as the legend names it; empty for notes and some rules.
    kind : str
        One of `MARK_KINDS`.
    label : str
        Which lesion, patient, batch; points of one line or band have one.
    x, y : float or None
        In the panel's quantities. What is not a finite number becomes None.
    x_low, x_high, y_low, y_high : float or None
        Limits of what is uncertain, or of a band.
    y_word : str
        What stands on the axis at this y, where y is a place and no quantity.
    records : tuple of (str, str)
        Kind and name of each record behind it.

    Raises
    ------
    OutputError
        Another kind.

    Examples
    --------
    >>> Mark(series="a", kind="point", x=1.0, y=float("nan")).y is None
    True
    """

    series: str
    kind: str
    label: str = ""
    x: float | None = None
    y: float | None = None
    x_low: float | None = None
    x_high: float | None = None
    y_low: float | None = None
    y_high: float | None = None
    y_word: str = ""
    records: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in MARK_KINDS:
            raise OutputError(
                "a figure has no marks of this kind", got=self.kind or "none",
                allowed=", ".join(MARK_KINDS), remedy="report it",
            )  # fmt: skip
        for name in ("x", "y", "x_low", "x_high", "y_low", "y_high"):
            value = getattr(self, name)
            if value is not None:
                number = float(value)
                object.__setattr__(self, name, number if math.isfinite(number) else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One pair of axes.

    Parameters
    ----------
    title : str
        A figure's panels differ in it.
    x_is, y_is : str
        Quantity with its unit in brackets, as it stands at the axis.
    x_scale : str
        ``"linear"`` or ``"log"``.
    marks : tuple of Mark
        In the order in which they are drawn.

    Examples
    --------
    >>> Panel(title="a", x_is="time (h)", y_is="part (%)", marks=()).x_scale
    'linear'
    """

    title: str
    x_is: str
    y_is: str
    marks: tuple[Mark, ...]
    x_scale: str = "linear"

    def of(self, kind: str, series: str | None = None) -> tuple[Mark, ...]:
        """Marks of a kind, and of a series, in order.

        Examples
        --------
        >>> Panel(title="", x_is="", y_is="", marks=(note_mark("none"),)).of("note")[0].label
        'none'
        """
        return tuple(one for one in self.marks if one.kind == kind and series in {None, one.series})

    def series(self, *kinds: str) -> tuple[str, ...]:
        """Names of the series with marks of these kinds, in order of their first mark.

        Examples
        --------
        >>> point = Mark(series="a", kind="point", x=1, y=2)
        >>> Panel(title="", x_is="", y_is="", marks=(point, point)).series("point")
        ('a',)
        """
        return tuple(dict.fromkeys(one.series for one in self.marks if one.kind in kinds))

    def lines(self, series: str | None = None) -> tuple[tuple[Mark, ...], ...]:
        """The points of each curve: of a series and a label.

        Examples
        --------
        >>> marks = (*line_marks("a", [0, 1], [2, 3]), *line_marks("a", [0], [2], label="b"))
        >>> [len(line) for line in Panel(title="", x_is="", y_is="", marks=marks).lines()]
        [2, 1]
        """
        found: dict[tuple[str, str], list[Mark]] = {}
        for one in self.of("line", series):
            found.setdefault((one.series, one.label), []).append(one)
        return tuple(tuple(line) for line in found.values())


def column(marks: Sequence[Mark], name: str) -> NDArray[np.float64]:
    """Give one of the marks' numbers; not a number where it is None.

    Parameters
    ----------
    marks : sequence of Mark
    name : str
        ``"x"``, ``"y"``, ``"y_low"``, ...

    Returns
    -------
    ndarray of float, shape (marks,)

    Examples
    --------
    >>> column(line_marks("a", [1, 2], [3, 4]), "y").tolist()
    [3.0, 4.0]
    """
    return np.array([getattr(one, name) for one in marks], dtype=np.float64)


def bars(marks: Sequence[Mark], axis: str) -> NDArray[np.float64]:
    """Give how far the limits of marks lie below and above them; 0 where there is no limit.

    Parameters
    ----------
    marks : sequence of Mark
    axis : str
        ``"x"`` or ``"y"``.

    Returns
    -------
    ndarray of float, shape (2, marks)

    Examples
    --------
    >>> bars([Mark(series="a", kind="point", x=5, x_low=4, y=1)], "x").tolist()
    [[1.0], [0.0]]
    """
    middle = column(marks, axis)
    low, high = column(marks, f"{axis}_low"), column(marks, f"{axis}_high")
    return np.nan_to_num(np.stack([middle - low, high - middle]))


def line_marks(
    series: str, x: Iterable[float], y: Iterable[float], *, label: str = ""
) -> tuple[Mark, ...]:
    """Give a curve's points as marks.

    Parameters
    ----------
    series : str
    x, y : iterable of float
        Equally many.
    label : str

    Returns
    -------
    tuple of Mark

    Examples
    --------
    >>> line_marks("curve", [1.0], [0.5])[0].y
    0.5
    """
    return tuple(
        Mark(series=series, kind="line", label=label, x=a, y=b) for a, b in zip(x, y, strict=True)
    )


def note_mark(words: str) -> Mark:
    """Give words in a panel as a mark.

    Examples
    --------
    >>> note_mark("nothing is fitted").kind
    'note'
    """
    return Mark(series="", kind="note", label=words)


def figure_csv(panels: Sequence[Panel]) -> str:
    """Write a figure's marks as CSV, one in a line; numbers unrounded, records by kind and name.

    Parameters
    ----------
    panels : sequence of Panel

    Returns
    -------
    str
        `FIGURE_COLUMNS`, and the marks in the order in which they are drawn.

    Raises
    ------
    OutputError
        Two panels of one title, or one without marks: the CSV could not tell them.

    Examples
    --------
    >>> panel = Panel(title="p", x_is="dose (Gy)", y_is="", marks=(
    ...     Mark(series="lesions", kind="point", x=80, x_low=70, records=(("dose", "D1"),)),))
    >>> figure_csv([panel]).splitlines()[1]
    'p,lesions,point,,dose (Gy),80.0,70.0,,,,,,,linear,dose:D1'
    """
    titles = [panel.title for panel in panels]
    if len(set(titles)) != len(titles) or not all(panel.marks for panel in panels):
        raise OutputError(
            "a figure's panels need marks, and titles that differ", got="; ".join(titles),
            remedy="report it",
        )  # fmt: skip
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(FIGURE_COLUMNS)
    for panel in panels:
        for one in panel.marks:
            writer.writerow(
                (
                    panel.title, one.series, one.kind, one.label, panel.x_is, _number(one.x),
                    _number(one.x_low), _number(one.x_high), panel.y_is, _number(one.y),
                    _number(one.y_low), _number(one.y_high), one.y_word, panel.x_scale,
                    " ".join(f"{kind}:{name}" for kind, name in one.records),
                )
            )  # fmt: skip
    return buffer.getvalue()


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def read_figure_csv(text: str) -> tuple[Panel, ...]:
    """Read a figure's marks back; drawn, they give the same figure.

    Parameters
    ----------
    text : str
        From `figure_csv`.

    Returns
    -------
    tuple of Panel

    Raises
    ------
    OutputError
        Other columns, or a number that can't be read.

    Examples
    --------
    >>> panel = Panel(title="p", x_is="", y_is="", marks=(note_mark("none"),))
    >>> read_figure_csv(figure_csv([panel])) == (panel,)
    True
    """
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != FIGURE_COLUMNS:
        raise OutputError(
            "this is no table of a figure", got=", ".join(reader.fieldnames or ()) or "nothing",
            allowed=", ".join(FIGURE_COLUMNS), remedy="give a figure's CSV as hevesy wrote it",
        )  # fmt: skip
    found: dict[tuple[str, str, str, str], list[Mark]] = {}
    for line in reader:
        key = (line["panel"], line["x_is"], line["y_is"], line["x_scale"])
        found.setdefault(key, []).append(_mark(line))
    return tuple(
        Panel(title=title, x_is=x_is, y_is=y_is, x_scale=scale, marks=tuple(marks))
        for (title, x_is, y_is, scale), marks in found.items()
    )


def _mark(line: dict[str, str]) -> Mark:
    def number(name: str) -> float | None:
        try:
            return float(line[name]) if line[name] else None
        except ValueError:
            raise OutputError(
                "a number in a figure's table can't be read", got=f"{name} = {line[name]}",
                remedy="give the CSV as hevesy wrote it",
            ) from None  # fmt: skip

    records = [word.partition(":") for word in line["record"].split(" ") if word]
    return Mark(
        series=line["series"], kind=line["kind"], label=line["label"], x=number("x"),
        y=number("y"), x_low=number("x_low"), x_high=number("x_high"), y_low=number("y_low"),
        y_high=number("y_high"), y_word=line["y_word"],
        records=tuple((kind, name) for kind, _, name in records),
    )  # fmt: skip
