"""`study.toml` read into the frozen values of `hevesy.protocol`, and its templates."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hevesy.case import CaseOptions
from hevesy.errors import CaseError, ImageFileError, StudyError, UnitError
from hevesy.files.case_models import OptionsModel
from hevesy.files.case_options import to_options
from hevesy.files.case_quantities import activity_bq, duration_s
from hevesy.files.case_refusal import nearest
from hevesy.files.case_times import read_zone
from hevesy.files.model_refusal import refuse_shape
from hevesy.files.study_conduct import LATER_TABLES, study_conduct
from hevesy.files.study_models import CalibratorModel, GeneratorModel, StudyModel
from hevesy.nuclides import get_nuclide
from hevesy.protocol import Criterion, LabellingStep, ProtocolSite, QualityLimit, StudyProtocol
from hevesy.units import parse_duration_s, parse_share

__all__ = [
    "STUDY_TEMPLATES",
    "StudyFile",
    "parse_study",
    "read_study",
    "study_options",
    "study_template",
]

STUDY_TEMPLATES = ("imdendrim", "blank")
"""Protocols that a study can start from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFile:
    """What a study.toml says.

    Parameters
    ----------
    protocol : StudyProtocol
    content : dict
        The protocol as plain values, without [store], for the record.
    sha256 : str
        Of the content's canonical text; layout and comments of the file don't matter.
    url : str or None
        Address of the database; None for study.db in the folder.
    dose : OptionsModel
        How doses are computed: [dose], as [options] of a case file.
    """

    protocol: StudyProtocol
    content: dict[str, Any]
    sha256: str
    url: str | None
    dose: OptionsModel


def study_template(name: str) -> str:
    """Text of a template for study.toml.

    Raises
    ------
    StudyError
        There is no such template.

    Examples
    --------
    >>> parse_study(study_template("imdendrim")).protocol.scan_times_s[-1] / 3600
    96.0
    """
    if name not in STUDY_TEMPLATES:
        near = nearest(name, STUDY_TEMPLATES)
        raise StudyError(
            "there is no such template",
            got=name,
            allowed=", ".join(STUDY_TEMPLATES),
            remedy=f'did you mean "{near}"?' if near else "take one of these",
        )
    return (files("hevesy.files") / "templates" / f"{name}.toml").read_text("utf-8")


def read_study(path: Path) -> StudyFile:
    """Read a study.toml.

    Raises
    ------
    StudyError
        It is missing, is not TOML, or contradicts itself.
    CaseError
        A key is unknown, missing or of a wrong type (from `parse_study`).

    Examples
    --------
    >>> read_study(Path("no-such-folder/study.toml"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise StudyError(
            "this folder holds no study",
            got=str(path.parent),
            remedy="give a study's folder, or make one by `hevesy trial init`",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(
            "study.toml can't be read", got=type(error).__name__, remedy="correct the file"
        ) from error
    return parse_study(text)


def parse_study(text: str) -> StudyFile:
    """Turn the text of a study.toml into values.

    Parameters
    ----------
    text : str
        TOML.

    Returns
    -------
    StudyFile

    Raises
    ------
    StudyError
        It is not TOML, or contradicts itself.

    Examples
    --------
    >>> parse_study('name = "A"')
    Traceback (most recent call last):
    ...
    hevesy.errors.CaseError: nuclide is missing in study.toml; add it
    """
    try:
        model = StudyModel.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise StudyError(
            "study.toml is not valid TOML", got=str(error)[:80], remedy="correct the file"
        ) from None
    except ValidationError as error:
        raise refuse_shape(error, StudyModel, "study.toml") from None
    dose = model.dose or OptionsModel()
    _check_options(dose)
    content = _content(model)
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return StudyFile(
        protocol=_protocol(model),
        content=content,
        sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        url=model.store.url,
        dose=dose,
    )


def _content(model: StudyModel) -> dict[str, Any]:
    """The protocol for the record; what it leaves out is no part: old ones keep their hash."""
    later = {"dose", "calibrator", "generator", *LATER_TABLES}
    content = model.model_dump(mode="json", exclude={"store", *later})
    for criterion in content["criterion"]:
        for key in ("measure", "low", "high"):
            if criterion[key] is None:
                del criterion[key]
    given = model.model_dump(mode="json", include=later, exclude_unset=True)
    return content | {key: value for key, value in given.items() if value is not None}


def study_options(study: StudyFile, folder: Path) -> CaseOptions:
    """Give how a study's doses are computed, as its table [dose] says.

    Parameters
    ----------
    study : StudyFile
    folder : Path
        The study's folder; files that [dose] names are relative to it.

    Returns
    -------
    CaseOptions

    Raises
    ------
    StudyError
        It contradicts itself, or a file that it names is not there.

    Examples
    --------
    >>> study_options(parse_study(study_template("blank")), Path()).method
    'auto'
    """
    try:
        return to_options(study.dose, folder)
    except (CaseError, ImageFileError, UnitError) as error:
        raise StudyError(
            f"study.toml: {error.problem.replace('options.', 'dose.')}",
            got=error.got,
            allowed=error.allowed,
            remedy="correct [dose]; its files are relative to the study's folder",
        ) from None


def _check_options(model: OptionsModel) -> None:
    """All of [dose] but the files that it names, which only the study's folder can show."""
    named = model.prior.endswith(".toml")
    bare = model.model_copy(
        update={"hu_to_density": None, "prior": "wide" if named else model.prior}
    )
    try:
        to_options(bare, Path())
    except (CaseError, UnitError) as error:
        raise StudyError(
            f"study.toml: {error.problem.replace('options.', 'dose.')}",
            got=error.got,
            allowed=error.allowed,
            remedy=error.remedy,
        ) from None


def _protocol(model: StudyModel) -> StudyProtocol:
    for site in model.site:
        read_zone(site.timezone)
    labelling, activity = model.labelling, model.activity
    calibrator, generator = (
        model.calibrator or CalibratorModel(),
        model.generator or GeneratorModel(),
    )
    return StudyProtocol(
        name=model.name,
        nuclide=get_nuclide(model.nuclide).name,
        agent=model.agent,
        route=model.route,
        source=model.source,
        sites=tuple(ProtocolSite(**site.model_dump()) for site in model.site),
        criteria=tuple(
            Criterion(
                name=criterion.name,
                words=criterion.words,
                include=criterion.include,
                measure=criterion.measure or "",
                lowest_value=criterion.low,
                highest_value=criterion.high,
            )
            for criterion in model.criterion
        ),
        steps=tuple(
            LabellingStep(
                name=step.name,
                temperature_deg_c=step.temperature_deg_c,
                temperature_tolerance_deg_c=step.temperature_tolerance_deg_c,
                duration_s=duration_s(step.duration, f"labelling.step[{n}].duration"),
                duration_tolerance_s=duration_s(
                    step.duration_tolerance, f"labelling.step[{n}].duration_tolerance"
                ),
                gas=step.gas,
            )
            for n, step in enumerate(labelling.step, start=1)
        ),
        tests=tuple(
            QualityLimit(
                name=test.name,
                unit=test.unit,
                lowest_value=test.low,
                highest_value=test.high,
                accepted=tuple(test.accepted),
                before_injection=test.before_injection,
            )
            for test in model.test
        ),
        labelled_within_s=duration_s(labelling.labelled_within, "labelling.labelled_within"),
        injected_within_s=duration_s(labelling.injected_within, "labelling.injected_within"),
        scan_times_s=tuple(duration_s(text, "visits.scans") or 0.0 for text in model.visits.scans),
        activity_low_bq=None if activity.low is None else activity_bq(activity.low, "activity.low"),
        activity_high_bq=(
            None if activity.high is None else activity_bq(activity.high, "activity.high")
        ),
        calibrator_factors=calibrator.factors,
        constancy_within_fraction=_within(calibrator.constancy_within),
        constancy_every_s=duration_s(calibrator.constancy_every, "calibrator.constancy_every"),
        breakthrough_limit_ratio=generator.breakthrough_limit,
        breakthrough_after_s=_after_s(generator.breakthrough_after),
        **study_conduct(model),
    )


def _within(text: str | None) -> float | None:
    return None if text is None else parse_share(text, "calibrator.constancy_within")


def _after_s(text: str | None) -> float | None:
    """A time after the elution; at the elution itself is 0."""
    if text is None:
        return None
    return parse_duration_s(text, "generator.breakthrough_after")
