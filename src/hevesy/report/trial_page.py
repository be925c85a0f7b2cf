"""A study's tables and figures as one page that needs nothing but itself, and no script."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from hevesy.report.style import Picture, data_uri
from hevesy.report.trial_figures import StudyFigure
from hevesy.report.trial_tables import GENERATED_MARK, describe_rows, to_report_table
from hevesy.trial import StudyRows
from hevesy.trial.tables import CountCell, StudyTable
from hevesy.trial.tables.cell import Member, RowKey

__all__ = ["render_study_page", "report_environment", "row_lists"]

_MOST_IN_WORDS = 200  # members of a list; longer ones have names alone, or the page has 100 MB


def report_environment() -> Any:
    """Make the environment of the report's templates, which escape what they are given.

    Examples
    --------
    >>> report_environment().from_string("{{ words }}").render(words="a < b")
    'a &lt; b'
    """
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("hevesy.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _kind(key: RowKey) -> str:
    return key[0].replace("_", " ")


def _item(member: Member, words: Mapping[RowKey, str]) -> str:
    """One unit, and the rows that put it into its cell."""
    mark = f" {GENERATED_MARK}" if member.generated else ""
    unit = escape(member.unit[1])
    said = [
        f"{_kind(key)} {escape(key[1])}: {escape(words.get(key, ''))}"
        for key in member.rows
        if key != member.unit
    ]
    if member.unit in member.rows:
        said.insert(0, escape(words.get(member.unit, "")))
    return f"<li><b>{_kind(member.unit)} {unit}</b>{mark} {'; '.join(said)}</li>"


def _short_item(member: Member) -> str:
    """Names alone; the list says of what kind they are."""
    rows = [escape(key[1]) for key in member.rows if key != member.unit]
    mark = GENERATED_MARK if member.generated else ""
    return f"<li>{escape(member.unit[1])}{mark}{': ' if rows else ''}{', '.join(rows)}"


def row_lists(table: StudyTable, words: Mapping[RowKey, str]) -> Iterator[str]:
    """Give for each count with members a list as HTML, shown when its address is called.

    Parameters
    ----------
    table : StudyTable
    words : mapping of (str, str) to str
        What to say of each row.

    Yields
    ------
    str

    Examples
    --------
    >>> list(row_lists(StudyTable(name="t", caption="", unit="", columns=(), rows=()), {}))
    []
    """
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row.cells):
            if not isinstance(cell, CountCell) or not cell.n:
                continue
            place = ", ".join(text for text in (row.group, row.heading, table.columns[c]) if text)
            yield (
                f'<section class="rows" id="{table.name}-{r}-{c}"><h3>{escape(place)}: '
                f'{cell.n} of {cell.denominator}</h3><p><a href="#{table.name}">close</a></p><ol>'
            )
            if cell.n <= _MOST_IN_WORDS:
                yield "".join(_item(member, words) for member in cell.members)
            else:
                yield "".join(_short_item(member) for member in cell.members)
            yield "</ol></section>\n"


def render_study_page(
    rows: StudyRows, tables: Sequence[StudyTable], figures: Sequence[StudyFigure]
) -> str:
    """Render tables and figures as HTML; each "n (%)" opens the list of rows behind it.

    A list is shown by the style sheet when its address is called (`:target`); the page has no
    script, refers to nothing outside itself, and the same rows give the same page. Lists of more
    than 200 units give names alone.

    Parameters
    ----------
    rows : StudyRows
    tables : sequence of StudyTable
    figures : sequence of StudyFigure

    Returns
    -------
    str

    Examples
    --------
    >>> from hevesy.trial.tables import TableOptions, prepare_analysis, tabulate_events
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> rows = sample_rows()
    >>> events = tabulate_events(prepare_analysis(rows, options=TableOptions()))
    >>> page = render_study_page(rows, [events], [])
    >>> '<a href="#events-0-0">2 (66.7 %)</a>' in page and 'id="events-0-0"' in page
    True
    """
    import markupsafe

    words = describe_rows(rows)
    return str(
        report_environment()
        .get_template("trial.html.j2")
        .render(
            study=rows.study,
            contents=[
                (
                    table.name,
                    to_report_table(table, linked=True),
                    markupsafe.Markup("".join(row_lists(table, words))),
                )
                for table in tables
            ],
            pictures=[
                Picture(
                    title=figure.title,
                    caption=figure.caption,
                    alt=f"{figure.title}. {figure.caption}",
                    uri=data_uri(figure.svg, "image/svg+xml"),
                )
                for figure in figures
            ],
            generated=any(table.generated for table in tables),
        )
    )
