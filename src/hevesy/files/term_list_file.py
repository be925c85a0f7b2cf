"""The list of CTCAE's terms that a site imported, as text: JSON with a hash of itself."""

import hashlib
import json

from pydantic import BaseModel, ConfigDict, ValidationError

from hevesy.errors import StudyError
from hevesy.trial import ListedTerm, TermList

__all__ = ["parse_term_list", "term_list_to_json"]

_REMEDY = "import the workbook again: hevesy trial ctcae import WORKBOOK.xlsx --replace"


class _TermModel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    code: str
    term: str
    organ_class: str
    grades: list[int]


class _ListModel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    version: str
    workbook_sha256: str
    content_sha256: str
    terms: list[_TermModel]


def term_list_to_json(terms: TermList) -> str:
    """Write a list of terms as text, with a hash of its content.

    Parameters
    ----------
    terms : TermList

    Returns
    -------
    str

    Examples
    --------
    >>> ache = ListedTerm(code="1", term="Made-up ache", organ_class="Made-up class", grades=(1, 2))
    >>> text = term_list_to_json(TermList(version="5.0", terms=(ache,), source_sha256="ab"))
    >>> parse_term_list(text).terms[0].grades
    (1, 2)
    """
    rows = [
        {
            "code": one.code,
            "term": one.term,
            "organ_class": one.organ_class,
            "grades": list(one.grades),
        }
        for one in terms.terms
    ]
    content = {
        "version": terms.version,
        "workbook_sha256": terms.source_sha256,
        "content_sha256": _digest(terms.version, terms.source_sha256, rows),
        "terms": rows,
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def parse_term_list(text: str) -> TermList:
    """Read a list of terms that `term_list_to_json` wrote.

    Parameters
    ----------
    text : str

    Returns
    -------
    TermList

    Raises
    ------
    StudyError
        It is no such list, or was changed since.

    Examples
    --------
    >>> parse_term_list("{}")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: the study's list of CTCAE terms can't be read; import the workbook ...
    """
    try:
        model = _ListModel.model_validate_json(text)
    except ValidationError as error:
        raise StudyError("the study's list of CTCAE terms can't be read", remedy=_REMEDY) from error
    rows = [one.model_dump() for one in model.terms]
    if _digest(model.version, model.workbook_sha256, rows) != model.content_sha256:
        raise StudyError(
            "the study's list of CTCAE terms was changed since it was imported", remedy=_REMEDY
        )
    return TermList(
        version=model.version,
        terms=tuple(
            ListedTerm(
                code=one.code,
                term=one.term,
                organ_class=one.organ_class,
                grades=tuple(one.grades),
            )
            for one in model.terms
        ),
        source_sha256=model.workbook_sha256,
    )


def _digest(version: str, source_sha256: str, rows: object) -> str:
    text = json.dumps([version, source_sha256, rows], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
