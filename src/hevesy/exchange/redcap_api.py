"""Records of a REDCap project by its API."""

from urllib.parse import urlsplit

from hevesy.errors import TrialError
from hevesy.exchange.source_table import LARGEST_BYTES
from hevesy.exchange.table_source import TableSource, text_source

__all__ = ["redcap_source"]

_TOKEN_LENGTH = 32
_TIMEOUT_S = 120
_HERE = ("localhost", "127.0.0.1", "::1")


def redcap_source(url: str, token: str) -> TableSource:
    """Export all records of a REDCap project: flat, raw codes, unique names of events.

    The token goes to that address alone, over HTTPS (plain HTTP only to this machine), redirects
    are not followed, and it is in no message.

    Parameters
    ----------
    url : str
        Of the API; it ends in ``/api/``.
    token : str
        The project's, with the right to export.

    Returns
    -------
    TableSource

    Raises
    ------
    TrialError
        Address or token can't be used, the server does not answer, or refuses.

    References
    ----------
    REDCap API documentation, "Export Records"; PyCap, `Project.export_records`.

    Examples
    --------
    >>> redcap_source("http://redcap.example.org/api/", "0" * 32)
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: the token would travel unencrypted: got 'http', allowed: https; ...
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.endswith("/api/"):
        raise TrialError(
            "this is not the address of a REDCap API",
            got=f"{parts.scheme}://{parts.hostname or ''}",
            allowed="https://.../api/",
            remedy="take it from the project's page API",
        )
    if parts.scheme == "http" and parts.hostname not in _HERE:
        raise TrialError(
            "the token would travel unencrypted",
            got="http",
            allowed="https",
            remedy="give the https address",
        )
    if len(token) != _TOKEN_LENGTH or not token.isalnum():
        raise TrialError(
            "this is not the token of a REDCap project",
            got=f"{len(token)} characters",
            allowed=f"{_TOKEN_LENGTH} letters and digits",
            remedy="set HEVESY_REDCAP_TOKEN to the one from the project's page API",
        )
    text = _export(url, token)
    if text[:1] in ("<", "{") or not text.strip():
        raise TrialError(
            "the server's answer is no table of records",
            got="a web page" if text[:1] == "<" else "something else",
            remedy="check the address, and that the token has the right to export",
        )
    if len(text.encode()) > LARGEST_BYTES:
        raise TrialError(
            "the project's records are too large",
            got=f"{len(text.encode()) / 1e6:.0f} MB",
            allowed=f"up to {LARGEST_BYTES / 1e6:.0f} MB",
            remedy="export them by forms, and import the files",
        )
    return text_source(text, name="REDCap's records")


def _export(url: str, token: str) -> str:
    from redcap.project import Project  # slow to import, and needed here alone
    from redcap.request import RedcapError

    problem = ""
    try:
        project = Project(url, token, timeout=_TIMEOUT_S, allow_redirects=False)
        text = project.export_records(format_type="csv", event_name="unique")
        return str(text)
    except RedcapError as error:  # the server's refusals, and those of the network
        refused = type(error) is RedcapError
        problem = "the REDCap server refused" if refused else "the REDCap server gave no answer"
        got = " ".join(str(error).split())[:120] if refused else type(error).__name__
    raise TrialError(
        problem,
        got=got.replace(token, "(token)"),
        remedy="check the address, the token and its right to export",
    )
