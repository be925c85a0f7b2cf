"""A recorded scan's files: where they lie, what is in them, whose they are."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from hevesy.dicom import find_dicom_series
from hevesy.errors import IdentityError, ImageFileError
from hevesy.files import is_volume_file, record_input
from hevesy.store import Reader
from hevesy.store.tables import Administration, Inclusion, Scan

__all__ = [
    "FILE_KEYS",
    "hash_files",
    "identify",
    "inside_study",
    "patient_of",
    "require_identity",
    "require_unchanged",
]

FILE_KEYS = ("spect", "projections", "ct", "structures", "calibration")
"""What of a scan names files."""

_KEY_FILE = ".identity-key"


def inside_study(folder: Path, text: str, key: str) -> str:
    """Give a scan's path as it is kept: relative to the study's folder.

    Parameters
    ----------
    folder : Path
        The study's.
    text : str
        Absolute, or relative to the study's folder.
    key : str
        One of `FILE_KEYS`.

    Returns
    -------
    str
        Images lie in ``dicom/``; a calibration may lie elsewhere in the study's folder.

    Raises
    ------
    ImageFileError
        It is not there, or lies elsewhere.

    Examples
    --------
    >>> inside_study(Path("no-such-folder"), "dicom/1", "spect")
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: there is no such file or folder for `spect`: got 'dicom/1'; ...
    """
    path = (folder / text).resolve()
    if not text.strip() or not path.exists():
        raise ImageFileError(
            f"there is no such file or folder for `{key}`",
            got=text,
            remedy="give its path from the study's folder, such as dicom/P01/1h",
        )
    images = (folder / "dicom").resolve()
    if path != images and path.is_relative_to(images):
        return (Path("dicom") / path.relative_to(images)).as_posix()
    if key == "calibration" and path.is_relative_to(folder.resolve()):
        return path.relative_to(folder.resolve()).as_posix()
    raise ImageFileError(
        f"`{key}` does not lie in the study",
        got=text,
        allowed="below dicom/ in the study's folder",
        remedy="copy it there: what a dose rests on stays with the study",
    )


def hash_files(folder: Path, keys: Mapping[str, object]) -> tuple[str, dict[str, str]]:
    """Hash a scan's files, each kind for itself, and all of them together.

    Parameters
    ----------
    folder : Path
        The study's.
    keys : mapping of str to object
        A scan's values; of them `FILE_KEYS` count.

    Returns
    -------
    str
        SHA-256 over the single ones.
    dict of str to str
        By key, as `hevesy.files.record_input` hashes; of projections and structures by number.
    """
    single = {role: record_input(role, folder / text).sha256 for role, text in sorted(_named(keys))}
    joined = "\n".join(f"{role} {digest}" for role, digest in sorted(single.items()))
    return hashlib.sha256(joined.encode()).hexdigest(), single


def _named(keys: Mapping[str, object]) -> list[tuple[str, str]]:
    found = []
    for key in FILE_KEYS:
        value = keys.get(key)
        if isinstance(value, str):
            found.append((key, value))
        elif isinstance(value, list | tuple):
            found += [(f"{key} {number}", str(text)) for number, text in enumerate(value, start=1)]
    return found


def require_unchanged(folder: Path, scan: Scan) -> None:
    """Refuse a scan whose files are not those that were recorded.

    Parameters
    ----------
    folder : Path
        The study's.
    scan : Scan

    Raises
    ------
    ImageFileError
        One is missing, or has another content.
    """
    keys = {key: getattr(scan, key) for key in FILE_KEYS}
    for role, text in _named(keys):
        if not (folder / text).exists():
            raise ImageFileError(
                f"the {role} of scan {scan.id} is not there",
                got=text,
                remedy="put it back as it was received",
            )
    digest, single = hash_files(folder, keys)
    if digest != scan.files_sha256:
        known = (scan.options or {}).get("files", {})
        changed = [role for role, found in single.items() if known.get(role) != found]
        raise ImageFileError(
            f"the files of scan {scan.id} are not those that were recorded",
            got=f"another {', '.join(changed) or 'content'}",
            remedy="put them back, or record the change by `hevesy trial correct scan`",
        )


def identify(folder: Path, keys: Mapping[str, object]) -> str | None:
    """Give a keyed hash of the DICOM patient; no identifier, and none can be guessed back from it.

    The key is a secret of the study that lies beside the images and in no record, so that records
    and backups alone tell nobody's number.

    Parameters
    ----------
    folder : Path
        The study's.
    keys : mapping of str to object
        A scan's values.

    Returns
    -------
    str or None
        Hexadecimal; None where no file names a patient (NIfTI, NRRD).

    Raises
    ------
    IdentityError
        Files of two patients.
    """
    found = {
        series.patient_key
        for role, text in _named(keys)
        if role != "calibration" and not _holds_volumes(folder / text)
        for series in find_dicom_series(folder / text)
    }
    if len(found) > 1:
        raise IdentityError(
            "the scan's files are of two patients (ID, name and birth date are compared)",
            remedy="give files of one patient",
        )
    if not found:
        return None
    return hmac.new(_secret(folder / "dicom"), found.pop().encode(), hashlib.sha256).hexdigest()


def _holds_volumes(path: Path) -> bool:
    if path.is_dir():
        return any(is_volume_file(file) for file in path.rglob("*"))
    return is_volume_file(path)


def _secret(folder: Path) -> bytes:
    path = folder / _KEY_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    except OSError as error:
        raise ImageFileError(
            "dicom/ can't be written to", got=str(error.strerror), remedy="check its permissions"
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(32))
        file.flush()
        os.fsync(file.fileno())
    return path.read_bytes()


def patient_of(reader: Reader, administration: str) -> str:
    """Give the pseudonym of who was given an administration."""
    inclusion = reader.get(Administration, administration).inclusion
    return reader.get(Inclusion, inclusion).patient


def require_identity(reader: Reader, scan: str, administration: str, identity: str | None) -> None:
    """Refuse a scan whose DICOM patient is not the one that the pseudonym stands for so far.

    Parameters
    ----------
    reader : Reader
    scan : str
        Its name: its own earlier versions don't count.
    administration : str
    identity : str or None
        From `identify`.

    Raises
    ------
    IdentityError
        The patient's other scans are of somebody else, or somebody else's scans are of this
        person.
    """
    if identity is None:
        return
    patient = patient_of(reader, administration)
    for other in reader.each(Scan):
        known = (other.options or {}).get("identity")
        if other.id == scan or known is None:
            continue
        whose = patient_of(reader, other.administration)
        if (whose == patient) != (known == identity):
            raise IdentityError(
                f"the DICOM patient of these files is not the one of scan {other.id}"
                if whose == patient
                else f"the DICOM patient of these files is the one of another pseudonym's "
                f"scan {other.id}",
                got=f"{patient} and {whose}" if whose != patient else patient,
                remedy="check whose files these are (ID, name and birth date are compared); "
                "a study without its dicom/.identity-key can't compare",
            )
