"""The report as one HTML document that needs nothing but itself."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hevesy.report.biodistribution_figure import draw_biodistribution
from hevesy.report.biodistribution_tables import tabulate_biodistribution, tabulate_kinetics
from hevesy.report.closure_page import answer_closure, tabulate_closure, tabulate_split
from hevesy.report.dose_tables import tabulate_bed, tabulate_doses, tabulate_truth, tabulate_volumes
from hevesy.report.engines import draw_engines, tabulate_engines
from hevesy.report.graphs import draw_curves, draw_histograms, draw_uncertainty_budget
from hevesy.report.leakage import (
    draw_leakage,
    tabulate_injection_regions,
    tabulate_leakage,
)
from hevesy.report.measurement_tables import (
    tabulate_administrations,
    tabulate_fits,
    tabulate_registrations,
    tabulate_scans,
)
from hevesy.report.monitor import draw_monitor, tabulate_monitor
from hevesy.report.numbers import NOT_AVAILABLE
from hevesy.report.projections import draw_checkerboards, draw_projections
from hevesy.report.rest_of_body import tabulate_rest_of_body
from hevesy.report.slices import draw_slices
from hevesy.report.style import drawing, looks
from hevesy.report.summary import Summary, summarise
from hevesy.report.table import local_time
from hevesy.report.whereabouts import draw_whereabouts

if TYPE_CHECKING:
    from hevesy.case import CaseResult
    from hevesy.provenance import Provenance

__all__ = ["ReportDocument", "render_report"]

_NUMBER_PLACE = "\x02report number\x03"  # cannot come from Jinja's escaped text unnoticed
_QUESTION_LINES = 9.0  # of the four questions, their answers' frames and headings
_MOST_LINES = 18.0  # of the first page's tables and warnings, where a picture is to stand with them


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument:
    """A report, ready to be written.

    Parameters
    ----------
    html : str
        The whole document; it refers to nothing outside itself.
    number : str
        Ten hexadecimal digits of the content's SHA-256, printed on every page: pages and
        signature belong together.

    Examples
    --------
    >>> ReportDocument(html="<html></html>", number="0123456789").number
    '0123456789'
    """

    html: str
    number: str


def _created(result: "CaseResult") -> str:
    try:
        moment = datetime.fromisoformat(result.provenance.created)
    except ValueError:
        return result.provenance.created or NOT_AVAILABLE
    return local_time(moment, result.timezone) if moment.tzinfo else result.provenance.created


def _plain(value: object) -> str:
    """An option's value in words."""
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {_plain(v)}" for k, v in value.items()) or "none"
    if isinstance(value, (tuple, list)):
        return ", ".join(_plain(v) for v in value) or "none"
    return str(value)


def _options(provenance: "Provenance") -> list[tuple[str, str]]:
    said = {key: _plain(value) for key, value in provenance.options.items()}
    if said.get("regions") == "none":
        said["regions"] = "all that are drawn"
    return [(str(key), text) for key, text in said.items()]


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e5 else f"{size_bytes / 1e3:.1f} kB"


def _pictures(result: "CaseResult") -> dict[str, Any]:
    lesions = [r.name for r in result.regions if r.kind == "lesion"]
    names = [*(r.name for r in result.regions), *(m.name for m in result.masks)]
    styles = looks(list(dict.fromkeys(names)), lesions)
    with drawing():
        return {
            "slices": draw_slices(result, styles),
            "projections": draw_projections(result, styles),
            "whereabouts": draw_whereabouts(result, styles),
            "curves": draw_curves(result, styles),
            "biodistribution": draw_biodistribution(result, styles),
            "histograms": draw_histograms(result, styles),
            "monitor": draw_monitor(result),
            "budget": draw_uncertainty_budget(result),
            "checkerboards": draw_checkerboards(result),
            "engines": draw_engines(result),
            "leakage": draw_leakage(result),
        }


def _has_room(summary: "Summary") -> bool:
    """Whether the first page has room for a picture beside what it must say."""
    lines = _QUESTION_LINES + len(summary.others) + 2.4 * len(summary.lesions)
    lines += 2.0 * len(summary.given)
    lines += sum(1 + len(text) // 100 for _, text in summary.first_warnings)
    return lines <= _MOST_LINES


def _environment() -> Any:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("hevesy.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_report(result: "CaseResult") -> ReportDocument:
    """Render one patient's result as a report to read, print and sign.

    The same result gives the same document. Text from the case is escaped; the patient's
    pseudonym stands in the title and on the first page only.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> "not a medical device" in render_report(sample_result()).html
    True
    """
    summary = summarise(result)
    pictures = _pictures(result)
    page = _environment().get_template("report.html.j2")
    html = page.render(
        result=result,
        summary=summary,
        closure=answer_closure(result),
        created=_created(result),
        number=_NUMBER_PLACE,
        pictures=pictures,
        picture_first=bool(pictures["slices"]) and _has_room(summary),
        tables={
            "administrations": tabulate_administrations(result),
            "doses": tabulate_doses(result),
            "volumes": tabulate_volumes(result),
            "truth": tabulate_truth(result),
            "monitor": tabulate_monitor(result),
            "scans": tabulate_scans(result),
            "fits": tabulate_fits(result),
            "bed": tabulate_bed(result),
            "rest_of_body": tabulate_rest_of_body(result),
            "closure": tabulate_closure(result),
            "split": tabulate_split(result),
            "biodistribution": tabulate_biodistribution(result),
            "kinetics": tabulate_kinetics(result),
            "engines": tabulate_engines(result),
            "registrations": tabulate_registrations(result),
            "leakage": tabulate_leakage(result),
            "injection_regions": tabulate_injection_regions(result),
        },
        options=_options(result.provenance),
        inputs=[(i.role, i.files, _size(i.size_bytes), i.sha256) for i in result.provenance.inputs],
    )
    number = hashlib.sha256(html.encode("utf-8")).hexdigest()[:10]
    return ReportDocument(html=html.replace(_NUMBER_PLACE, number), number=number)
