"""`hevesy trial init --with-paper-data`: the published trial as a study."""

import csv
import io
import secrets
from collections.abc import Iterator
from pathlib import Path

from hevesy.errors import StudyError
from hevesy.files import StudyFile, atomic_write_text, study_template
from hevesy.protocol import Role
from hevesy.trial import REPLAY_TEMPLATES, PaperTables, paper_tables, read_publication
from hevesy.workflows.people import add_user
from hevesy.workflows.study import init_study
from hevesy.workflows.trial_import import import_table

__all__ = ["PAPER_SEED", "init_paper_study"]

PAPER_SEED = 1
_USER = "published"
_SITE = """

[[site]]                 # which patient was treated where is not published
name = "not published"
timezone = "Asia/Shanghai"
"""
_KINDS = {
    "sites": "site", "patients": "patient", "inclusions": "inclusion", "screenings": "screening",
    "lesions": "lesion", "administrations": "administration", "departures": "departure",
    "events": "adverse_event",
}  # fmt: skip
_SITES = (("name", "title", "timezone"), ("published", "not published", "Asia/Shanghai"))


def init_paper_study(
    folder: Path,
    *,
    template: str,
    user: str,
    full_name: str,
    passphrase: str,
    url: str | None = None,
) -> StudyFile:
    """Make a study that holds a publication's patients.

    The tables lie in ``published/``, each beside the map by which it was imported. They are entered
    by the user ``published``, whose passphrase nobody knows. What is made up to fit the published
    margins is marked `generated`; see `hevesy.trial.paper_tables`.

    Parameters
    ----------
    folder : Path
        Not there yet, or empty.
    template : str
        Of a publication.
    user, full_name, passphrase : str
        The administrator.
    url : str or None
        Of a PostgreSQL database.

    Returns
    -------
    StudyFile

    Raises
    ------
    StudyError
        The template is of no publication.

    Examples
    --------
    >>> init_paper_study(Path("x"), template="blank", user="a", full_name="A", passphrase="p")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this template has no published data: got 'blank', ...
    """
    if template not in REPLAY_TEMPLATES:
        raise StudyError(
            "this template has no published data",
            got=template,
            allowed=", ".join(REPLAY_TEMPLATES),
            remedy="take one of these, or leave --with-paper-data out",
        )
    publication = read_publication(template)
    study = init_study(
        folder,
        template=template,
        text=study_template(template) + _SITE,
        user=user,
        full_name=full_name,
        passphrase=passphrase,
        url=url,
    )
    add_user(
        folder, _USER, full_name="Published data", new_passphrase=secrets.token_urlsafe(32),
        roles=(Role.COORDINATOR, Role.INVESTIGATOR, Role.PHYSICIST), user=user,
        passphrase=passphrase, reason="enters what was published",
    )  # fmt: skip
    place = folder / "published"
    place.mkdir()
    for name, rows in _tables(paper_tables(publication, seed=PAPER_SEED)):
        table = atomic_write_text(place / f"{name}.csv", _csv(rows))
        mapping = atomic_write_text(place / f"{name}.toml", _map(name, rows[0]))
        by = user if name == "sites" else _USER
        import_table(table, folder, mapping, user=by, reason=publication.source)
    return study


def _tables(tables: PaperTables) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    yield "sites", _SITES
    for name in _KINDS:
        if name != "sites":
            yield name, getattr(tables, name)


def _csv(rows: tuple[tuple[str, ...], ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def _map(name: str, columns: tuple[str, ...]) -> str:
    keys = {"title": "name"}
    lines = ["[[record]]", f'kind = "{_KINDS[name]}"', 'name = "{name}"', "", "[record.values]"]
    for column in columns:
        if column != "name":
            lines.append(f'"{keys.get(column, column)}" = "{column}"')
    return "\n".join(lines) + "\n"
