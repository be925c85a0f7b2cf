"""A result.json read back."""

from pathlib import Path

from pydantic import ValidationError

from hevesy.errors import CaseError
from hevesy.files.model_refusal import refuse_shape
from hevesy.files.result_models import ResultModel

__all__ = ["read_result"]


def read_result(path: Path) -> ResultModel:
    """Read a `result.json` of this version.

    Parameters
    ----------
    path : Path

    Returns
    -------
    ResultModel

    Raises
    ------
    CaseError
        The file is not there, is no JSON, or is not of this version's form.

    Examples
    --------
    >>> read_result(Path(__file__))
    Traceback (most recent call last):
    ...
    hevesy.errors.CaseError: result_read.py is not valid JSON; restore it, or make it again
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise CaseError(
            "a result can't be read", got=path.name, remedy="give a result.json of hevesy dose"
        ) from None
    try:
        return ResultModel.model_validate_json(text)
    except ValidationError as error:
        raise refuse_shape(error, ResultModel, path.name) from None
