"""EX, PR and XD: what was given, by which procedure, and the absorbed dose that it gave."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from hevesy.protocol import StudyProtocol
from hevesy.trial.export.draft import GENERATED, Draft, Qualifier
from hevesy.trial.export.subjects import Subjects, iso
from hevesy.trial.rows import AdministrationRow, DoseRow, InjectionRow, StudyRows
from hevesy.units import MBQ_PER_MCI

__all__ = ["Exposures", "draft_doses", "draft_exposure", "draft_procedures", "find_exposures"]

_ROUTES = {"intratumoral": "INTRATUMOR"}
_FIGURES = {  # of a dose: code, name, unit
    "d98_gy": ("D98", "Least Dose to the Hottest 98 Percent", "Gy"),
    "d70_gy": ("D70", "Least Dose to the Hottest 70 Percent", "Gy"),
    "d50_gy": ("D50", "Least Dose to the Hottest 50 Percent", "Gy"),
    "d2_gy": ("D2", "Least Dose to the Hottest 2 Percent", "Gy"),
    "eud_gy": ("EUD", "Equivalent Uniform Dose", "Gy"),
    "bed_gy": ("BED", "Biologically Effective Dose", "Gy"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposures:
    """Injections by administration, and when each administration began and ended.

    Parameters
    ----------
    injections : mapping of str to tuple of InjectionRow
    moments : mapping of str to (datetime, datetime)

    Examples
    --------
    >>> Exposures(injections={}, moments={}).moments
    mappingproxy({})
    """

    injections: Mapping[str, tuple[InjectionRow, ...]]
    moments: Mapping[str, tuple[datetime, datetime]]

    def __post_init__(self) -> None:
        for name in ("injections", "moments"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))


def find_exposures(rows: StudyRows) -> Exposures:
    """Arrange injections; an administration without one begins and ends when it was given.

    Parameters
    ----------
    rows : StudyRows

    Returns
    -------
    Exposures

    Examples
    --------
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> start, end = find_exposures(sample_rows()).moments["A1"]
    >>> start == end
    True
    """
    own: dict[str, list[InjectionRow]] = {}
    for row in sorted(rows.injections, key=lambda one: (one.started_at, one.injection)):
        own.setdefault(row.administration, []).append(row)
    moments = {}
    for given in rows.administrations:
        parts = own.get(given.administration)
        moments[given.administration] = (
            (min(one.started_at for one in parts), max(one.ended_at for one in parts))
            if parts
            else (given.given_at, given.given_at)
        )
    return Exposures(injections={name: tuple(p) for name, p in own.items()}, moments=moments)


def draft_exposure(
    rows: StudyRows, subjects: Subjects, protocol: StudyProtocol, exposures: Exposures
) -> Iterator[Draft]:
    """Draft EX: a row for each injection, else one for the administration.

    EXDOSE is in MBq; the same activity in mCi, its standard uncertainty and whether it is net or
    gross stand in SUPPEX.

    Parameters
    ----------
    rows : StudyRows
    subjects : Subjects
    protocol : StudyProtocol
    exposures : Exposures

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> exposures = find_exposures(rows)
    >>> next(draft_exposure(rows, made.subjects, protocol, exposures)).cells["EXDOSE"]
    700.0
    """
    organs = {place.lesion: place.organ for place in rows.lesions}
    for given in rows.administrations:
        parts = exposures.injections.get(given.administration, ())
        for part in parts:
            yield _exposure(subjects, protocol, given, part, organs.get(part.lesion, ""))
        if not parts:
            yield _exposure(subjects, protocol, given, None, "")


def _exposure(
    subjects: Subjects,
    protocol: StudyProtocol,
    given: AdministrationRow,
    part: InjectionRow | None,
    organ: str,
) -> Draft:
    subject = subjects.of(given.inclusion, given.administration)
    name = given.administration if part is None else part.injection
    start = given.given_at if part is None else part.started_at
    end = given.given_at if part is None else part.ended_at
    activity_mbq = given.activity_mbq if part is None else part.net_mbq
    uncertain = given.activity_uncertainty_mbq if part is None else part.net_uncertainty_mbq
    route = protocol.route
    return Draft(
        source=("administration", name) if part is None else ("injection", name),
        cells={
            "USUBJID": subject.usubjid,
            "EXGRPID": given.administration,
            "EXSPID": name,
            "EXLNKID": None if part is None else part.lesion,
            "EXTRT": protocol.agent,
            "EXDOSE": activity_mbq,
            "EXDOSU": "MBq",
            "EXDOSFRM": "INJECTION",
            "EXROUTE": _ROUTES.get(route.casefold(), route.upper()),
            "EXLOT": None if part is None else part.lot,
            "EXLOC": organ.upper(),
            "EXSTDTC": iso(start),
            "EXENDTC": iso(end),
            "EXSTDY": subject.day(start.date()),
            "EXENDY": subject.day(end.date()),
        },
        qualifiers=(
            Qualifier(name="DOSEMCI", label="Dose in mCi", value=repr(activity_mbq / MBQ_PER_MCI),
                      origin="Derived"),
            Qualifier(name="DOSEKIND", label="Net or Gross Activity", value=given.kind),
            Qualifier(name="DOSESD", label="Standard Uncertainty of EXDOSE (k = 1)",
                      value="" if uncertain is None else repr(uncertain)),
            *([GENERATED] if given.generated else []),
        ),
    )  # fmt: skip


def draft_procedures(
    rows: StudyRows, subjects: Subjects, protocol: StudyProtocol, exposures: Exposures
) -> Iterator[Draft]:
    """Draft PR: the procedure of each administration.

    Parameters
    ----------
    rows : StudyRows
    subjects : Subjects
    protocol : StudyProtocol
    exposures : Exposures

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> exposures = find_exposures(rows)
    >>> next(draft_procedures(rows, made.subjects, protocol, exposures)).cells["PRTRT"]
    'INTRATUMORAL INJECTION'
    """
    for given in rows.administrations:
        subject = subjects.of(given.inclusion, given.administration)
        start, end = exposures.moments[given.administration]
        yield Draft(
            source=("administration", given.administration),
            cells={
                "USUBJID": subject.usubjid,
                "PRGRPID": given.administration,
                "PRSPID": given.administration,
                "PRTRT": f"{protocol.route} injection".upper(),
                "PRCAT": "ADMINISTRATION",
                "PRSTDTC": iso(start),
                "PRENDTC": iso(end),
                "PRSTDY": subject.day(start.date()),
                "PRENDY": subject.day(end.date()),
            },
            qualifiers=(GENERATED,) if given.generated else (),
        )


def draft_doses(rows: StudyRows, subjects: Subjects, exposures: Exposures) -> Iterator[Draft]:
    """Draft XD, the sponsor's domain of absorbed dose: a row for each figure of each region.

    DOSEU is the standard uncertainty (k = 1) of DOSEMEAN of the same XDSPID. XDDTC is the moment
    of the administration that gave the dose.

    Parameters
    ----------
    rows : StudyRows
    subjects : Subjects
    exposures : Exposures

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> exposures = find_exposures(rows)
    >>> [one.cells["XDTESTCD"] for one in draft_doses(rows, made.subjects, exposures)]
    ['DOSEMEAN', 'DOSEU', 'VOLUME', 'MASS', 'D70', 'V100']
    """
    given = {row.administration: row for row in rows.administrations}
    for dose in rows.doses:
        administration = given[dose.administration]
        subject = subjects.of(administration.inclusion, dose.dose)
        start, _ = exposures.moments[dose.administration]
        for code, words, amount, unit in _figures(dose):
            yield Draft(
                source=("dose", dose.dose, code),
                cells={
                    "USUBJID": subject.usubjid,
                    "XDGRPID": dose.administration,
                    "XDSPID": dose.dose,
                    "XDLNKID": dose.lesion,
                    "XDTESTCD": code,
                    "XDTEST": words,
                    "XDORRES": repr(amount),
                    "XDORRESU": unit,
                    "XDSTRESC": repr(amount),
                    "XDSTRESN": amount,
                    "XDSTRESU": unit,
                    "XDLOC": dose.region,
                    "XDMETHOD": dose.method,
                    "XDDTC": iso(start),
                    "XDDY": subject.day(start.date()),
                },
                qualifiers=(GENERATED,) if administration.generated else (),
            )


def _figures(dose: DoseRow) -> Iterator[tuple[str, str, float, str]]:
    yield "DOSEMEAN", "Mean Absorbed Dose", float(dose.mean_dose_gy), "Gy"
    plain = (
        ("DOSEU", "Standard Uncertainty of the Mean Dose", dose.mean_dose_uncertainty_gy, "Gy"),
        ("VOLUME", "Volume of the Region", dose.volume_ml, "mL"),
        ("MASS", "Mass of the Region", dose.mass_g, "g"),
    )
    for code, words, amount, unit in plain:
        if amount is not None:
            yield code, words, float(amount), unit
    for key in sorted(dose.metrics):
        amount = float(dose.metrics[key])
        if key in _FIGURES:
            code, words, unit = _FIGURES[key]
            yield code, words, amount, unit
        elif key.startswith("v") and key.endswith("_share"):
            gy = key[1 : -len("_share")]
            yield (
                f"V{gy}".replace(".", "P")[:8],
                f"Share of Volume with {gy} Gy or More",
                amount,
                "1",
            )
