"""A design's figure in a file."""

from collections.abc import Sequence
from pathlib import Path

from hevesy.evidence import DesignCheck, Operating
from hevesy.files import atomic_write_bytes

__all__ = ["check_figure", "write_checks_figure", "write_operating_figure"]


def check_figure(figure: Path | None) -> None:
    """Refuse a figure's name before anything is computed.

    Parameters
    ----------
    figure : Path or None

    Examples
    --------
    >>> check_figure(Path("a.svg"))
    """
    from hevesy.report.design_figures import check_design_format

    if figure is not None:
        check_design_format(_ending(figure))


def write_operating_figure(
    found: Operating, figure: Path, *, target_share: float | None = None
) -> None:
    """Draw what an escalation design would do into a file.

    Parameters
    ----------
    found : Operating
    figure : Path
        Ends in .png, .pdf or .svg.
    target_share : float or None

    Examples
    --------
    >>> import tempfile
    >>> from hevesy.evidence import three_plus_three
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_operating_figure(three_plus_three([0.1, 0.3]), Path(folder) / "a.svg")
    ...     [path.name for path in Path(folder).iterdir()]
    ['a.svg']
    """
    from hevesy.report.design_figures import draw_operating, render_design_figure

    drawn = render_design_figure(
        lambda: draw_operating(found, target_share=target_share), _ending(figure)
    )
    atomic_write_bytes(figure, drawn)


def write_checks_figure(
    tried: Sequence[DesignCheck], figure: Path, *, ratio: float, assurance_share: float
) -> None:
    """Draw what studies of so many patients would find into a file.

    Parameters
    ----------
    tried : sequence of DesignCheck
    figure : Path
        Ends in .png, .pdf or .svg.
    ratio, assurance_share : float

    Examples
    --------
    >>> import tempfile
    >>> one = DesignCheck(patients=36, studies=100, not_fitted=0, no_rise=0, unbounded=1,
    ...     truth_gy=100.0, median_gy=99.0, bias_percent=-1.0, covered=94, median_ratio=1.8,
    ...     narrow=50)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_checks_figure([one], Path(folder) / "a.svg", ratio=2.0, assurance_share=0.8)
    ...     [path.name for path in Path(folder).iterdir()]
    ['a.svg']
    """
    from hevesy.report.design_figures import draw_design_checks, render_design_figure

    drawn = render_design_figure(
        lambda: draw_design_checks(tried, ratio=ratio, assurance_share=assurance_share),
        _ending(figure),
    )
    atomic_write_bytes(figure, drawn)


def _ending(figure: Path) -> str:
    return figure.suffix.lower().lstrip(".")
