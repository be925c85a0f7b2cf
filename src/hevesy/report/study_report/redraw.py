"""Draw a bundle's figures again from their tables alone: figures/*.csv to redrawn/*.png.

Needs pandas and matplotlib (numpy comes with them), and nothing else. Plain pictures to check
numbers by: the report's own, made for print, lie beside the tables as SVG. Run it where the bundle
was unpacked:

    python redraw.py
"""

from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

__all__ = ["draw_table", "redraw"]

_NUMBERS = ["x", "x_low", "x_high", "y", "y_low", "y_high"]
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = "osD^vPX"


def redraw(folder: Path, out: Path) -> list[Path]:
    """Draw every table of a folder.

    Parameters
    ----------
    folder : Path
        With the tables.
    out : Path
        Where the pictures go; made if it is not there.

    Returns
    -------
    list of Path

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     redraw(Path(place), Path(place) / "out")
    []
    """
    out.mkdir(exist_ok=True)
    made = []
    for path in sorted(folder.glob("*.csv")):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        table[_NUMBERS] = table[_NUMBERS].apply(pd.to_numeric)
        made.append(out / f"{path.stem}.png")
        draw_table(table, path.stem).savefig(made[-1], dpi=110)
    return made


def draw_table(table: pd.DataFrame, name: str) -> Figure:
    """Draw a figure's table: axes for each of its panels.

    Parameters
    ----------
    table : pandas.DataFrame
        A mark in each line.
    name : str
        Stands above it.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> line = dict.fromkeys(_NUMBERS, float("nan")) | {
    ...     "panel": "p", "series": "a", "kind": "point", "label": "", "x_is": "dose (Gy)",
    ...     "y_is": "share", "y_word": "", "x_scale": "linear", "x": 1.0, "y": 2.0}
    >>> draw_table(pd.DataFrame([line]), "a figure").axes[0].get_xlabel()
    'dose (Gy)'
    """
    panels = list(table.groupby("panel", sort=False))
    words = [panel.loc[panel["y_word"] != "", "y"].nunique() for _, panel in panels]
    heights = [max(3.6, 0.22 * n) for n in words]
    figure = Figure(figsize=(9, sum(heights) + 1.2 * len(panels)), layout="constrained")
    figure.suptitle(name)
    figure.supxlabel("Research use only, not a medical device.", fontsize=7)
    all_axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (title, panel) in zip(all_axes, panels, strict=True):
        series = list(dict.fromkeys(panel["series"]))
        notes = list(panel.loc[panel["kind"] == "note", "label"])
        for (kind, own, _), marks in panel.assign(
            curve=panel["label"].where(panel["kind"].isin(["line", "band"]), "")
        ).groupby(["kind", "series", "curve"], sort=False):
            _draw(axes, str(kind), marks, series.index(own), str(own))
        axes.set_title("\n".join([str(title), *(fill(note, 100) for note in notes)]), fontsize=8)
        _finish(axes, panel)
    return figure


def _draw(axes: Any, kind: str, marks: pd.DataFrame, i: int, series: str) -> None:
    look: dict[str, Any] = {"color": _COLOURS[i % len(_COLOURS)], "label": series or None}
    x, y, x_low, x_high, y_low, y_high = (
        marks[name].to_numpy(float) for name in ("x", "y", "x_low", "x_high", "y_low", "y_high")
    )
    if kind == "line":
        axes.plot(x, y, **look)
    elif kind == "band":
        axes.fill_between(x, y_low, y_high, alpha=0.2, lw=0, **look)
    elif kind == "bar":
        axes.bar(x, y, **look)
    elif kind == "span":
        axes.barh(y, x - x_low, left=x_low, height=0.5, alpha=0.5, **look)
    elif kind == "point":
        apart = 0.08 * (i % 4) if (marks["y_word"] != "").any() else 0.0  # of places, not numbers
        across, along = (np.nan_to_num([a - low, high - a]) for a, low, high in
                         ((x, x_low, x_high), (y, y_low, y_high)))  # fmt: skip
        axes.errorbar(x, y + apart, xerr=across, yerr=along, fmt=_MARKERS[i % 7],
                      ms=4, elinewidth=0.8, **look)  # fmt: skip
    for at_x, at_y, label in zip(x, y, marks["label"], strict=True):
        if kind == "rule":
            upright = np.isnan(at_y)
            (axes.axvline if upright else axes.axhline)(
                at_x if upright else at_y, color="grey", lw=0.8, zorder=1)  # fmt: skip
            spot, base = ((at_x, 0), ("data", "axes fraction")) if upright else (
                (0, at_y), ("axes fraction", "data"))  # fmt: skip
            words = axes.annotate(
                fill(label, 40), spot, xytext=(2, 2), xycoords=base, fontsize=6,
                textcoords="offset points", rotation=90 if upright else 0,
            )  # fmt: skip
            words.set_in_layout(False)
        elif kind == "number":
            axes.annotate(f"{at_y:g}", (at_x, 0), xytext=(0, -26), ha="center",
                          fontsize=8, xycoords=("data", "axes fraction"),
                          textcoords="offset points")  # fmt: skip


def _finish(axes: Any, panel: pd.DataFrame) -> None:
    first = panel.iloc[0]
    axes.set_xscale(first["x_scale"])
    axes.set_xlabel(first["x_is"], labelpad=20 if (panel["kind"] == "number").any() else 4)
    axes.set_ylabel(first["y_is"])
    places = panel[panel["y_word"] != ""].drop_duplicates("y")
    if len(places):
        axes.set_yticks(places["y"], places["y_word"], fontsize=7)
    if (panel["kind"] == "span").any():
        axes.invert_yaxis()
    labels = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    if labels:
        axes.legend(labels.values(), labels.keys(), fontsize=7, loc="upper left",
                    bbox_to_anchor=(1, 1))  # fmt: skip


if __name__ == "__main__":
    redraw(Path("figures"), Path("redrawn"))
