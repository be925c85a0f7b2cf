"""Injections on record: what was in the syringe, what stayed in it, what each lesion got."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from hevesy.errors import CustodyError
from hevesy.nuclides import Nuclide, decay_factor, get_nuclide
from hevesy.pharmacy import (
    InjectionPart,
    LesionActivity,
    NetActivity,
    SyringeMeasurement,
    elapsed_s,
    judge_prescription,
    net_injected_activity,
    split_over_lesions,
    unit_slip_question,
)
from hevesy.protocol import Action, StudyProtocol
from hevesy.store import Writer
from hevesy.store import tables as t
from hevesy.workflows.custody.acting import acting, confirm, confirm_activity, happened
from hevesy.workflows.custody.dispensing import label_subject
from hevesy.workflows.custody.measuring import VialReading, apply_calibrator
from hevesy.workflows.custody.standing import (
    Standing,
    read_standing,
    require_standing,
    syringe_sites,
)

__all__ = ["InjectionRequest", "RecordedInjection", "ask_total", "inject"]

_PLAUSIBLE = 2.0  # two calibrators never differ by more, but for a slip


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionRequest:
    """One syringe as it was injected.

    Parameters
    ----------
    administration : str
        The course; made with its first syringe.
    inclusion : str or None
        Needed where the administration is new.
    syringe : str
    parts : tuple of InjectionPart
        The lesions.
    before : SyringeMeasurement
    after : SyringeMeasurement or None
        None: the answer is gross, and says so.
    started_at, ended_at : datetime
    calibrator_uncertainty_fraction : float
        k = 1, common to both readings.
    prescribed_bq : float or None
        Of the whole administration, at the end of its last injection, Bq.
    device : str or None
        The dose calibrator of both readings.
    is_reading : bool
        Both are what the device showed, to be multiplied by its factor on record.
    unusual : str
        See `VialReading`.
    needle_gauge : str or None
        As the needle's packing states it: ``"22G"``.
    needle_tracks : dict of str to list
        By lesion: each track's points in LPS mm, the entry first.
    """

    administration: str
    inclusion: str | None
    syringe: str
    parts: tuple[InjectionPart, ...]
    before: SyringeMeasurement
    after: SyringeMeasurement | None
    started_at: datetime
    ended_at: datetime
    calibrator_uncertainty_fraction: float
    prescribed_bq: float | None = None
    device: str | None = None
    is_reading: bool = False
    unusual: str = ""
    needle_gauge: str | None = None
    needle_tracks: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedInjection:
    """A syringe's injection as it was entered.

    Parameters
    ----------
    administration : Administration
        The store's, with this syringe.
    injections : tuple of Injection
        The store's, one a lesion.
    net : NetActivity
    lesions : tuple of LesionActivity
    warnings : tuple of str
    """

    administration: t.Administration
    injections: tuple[t.Injection, ...]
    net: NetActivity
    lesions: tuple[LesionActivity, ...]
    warnings: tuple[str, ...]


def inject(
    folder: Path, request: InjectionRequest, *, user: str, confirmed: bool = False
) -> RecordedInjection:
    """Enter an injection; of a batch that must not be used, or without sense, it is refused.

    What is asked is how the batch stood at the injection: one that was recalled since is
    entered, for the patient must be found.

    Parameters
    ----------
    folder : Path
    request : InjectionRequest
    user : str
        The operator.
    confirmed : bool
        An implausible activity was asked about, and is right.

    Returns
    -------
    RecordedInjection
    """
    reason = f"syringe {request.syringe} was injected"
    reason += f"; {request.unusual}" if request.unusual else ""
    with acting(folder, user, Action.ADMINISTER, reason=reason) as (protocol, writer):
        happened(writer, request.ended_at, "the injection")
        elapsed_s(request.started_at, request.ended_at, "an injection's start and end")
        syringe = _syringe(writer, request)
        batch = writer.get(t.Batch, writer.get(t.Vial, syringe.vial).batch)
        standing = read_standing(writer, protocol, batch.id, request.ended_at)
        require_standing(standing, request.started_at, "injection")
        require_standing(standing, request.ended_at, "injection")
        nuclide = get_nuclide(batch.nuclide)
        request, calibration = _measure(writer, protocol, syringe, request, nuclide.name)
        net = net_injected_activity(
            nuclide,
            before=request.before,
            after=request.after,
            started_at=request.started_at,
            ended_at=request.ended_at,
            calibrator_uncertainty_fraction=request.calibrator_uncertainty_fraction,
        )
        _ask(syringe, request, nuclide, confirmed=confirmed)
        lesions = split_over_lesions(net, request.parts)
        administration, old = _administration(writer, protocol, request, net, nuclide, user)
        _check_patient(writer, administration, syringe, request.parts)
        ask_total(protocol, administration, confirmed=confirmed)
        made = _enter(writer, administration, old, request, net, lesions, user, calibration)
        return RecordedInjection(
            administration=made[0],
            injections=made[1],
            net=net,
            lesions=lesions,
            warnings=_warnings(writer, protocol, batch, standing, made[0], net),
        )


def _measure(
    writer: Writer,
    protocol: StudyProtocol,
    syringe: t.Syringe,
    request: InjectionRequest,
    nuclide: str,
) -> tuple[InjectionRequest, dict[str, Any] | None]:
    """Both readings by the factor of the syringe as it was filled: it is common to both."""
    found: dict[str, tuple[VialReading, dict[str, Any] | None]] = {}
    sites = syringe_sites(writer, syringe, [part.lesion for part in request.parts])
    for key, entered in (("pre", request.before), ("post", request.after)):
        if entered is not None:
            found[key] = apply_calibrator(
                writer,
                protocol,
                VialReading(
                    activity_bq=entered.activity_bq,
                    relative_uncertainty=request.calibrator_uncertainty_fraction,
                    measured_at=entered.measured_at,
                    device=request.device,
                    is_reading=request.is_reading,
                    unusual=request.unusual,
                ),
                sites=sites,
                container=syringe.container,
                volume_ml=syringe.volume_ml,
                nuclide=nuclide,
            )
    after = request.after
    if after is not None:
        after = replace(after, activity_bq=found["post"][0].activity_bq)
    measured = replace(
        request,
        before=replace(request.before, activity_bq=found["pre"][0].activity_bq),
        after=after,
        calibrator_uncertainty_fraction=max(one.relative_uncertainty for one, _ in found.values()),
    )
    if request.device is None:
        return measured, None
    return measured, {key: kept for key, (_, kept) in found.items()}


def _syringe(writer: Writer, request: InjectionRequest) -> t.Syringe:
    syringe = writer.get(t.Syringe, request.syringe)
    if writer.all(t.Injection, syringe=syringe.id):
        raise CustodyError(
            f"syringe {syringe.id} was injected already",
            remedy="give all lesions of a syringe at once, or correct the record",
        )
    elapsed_s(syringe.measured_at, request.before.measured_at, "filling and measuring the syringe")
    return syringe


def _ask(
    syringe: t.Syringe, request: InjectionRequest, nuclide: Nuclide, *, confirmed: bool
) -> None:
    """The reading before the injection beside what the syringe was filled with."""
    waited_s = (request.before.measured_at - syringe.measured_at).total_seconds()
    expected_bq = syringe.activity_bq * decay_factor(nuclide, waited_s)
    confirm_activity(
        request.before.activity_bq,
        expected_bq=expected_bq,
        ratio=_PLAUSIBLE,
        what=f"the activity of syringe {syringe.id}",
        confirmed=confirmed,
    )


def ask_total(
    protocol: StudyProtocol, administration: t.Administration, *, confirmed: bool
) -> None:
    """Ask about an administered activity that is outside of the study's range.

    Parameters
    ----------
    protocol : StudyProtocol
    administration : Administration
    confirmed : bool
    """
    low_bq, high_bq = protocol.activity_low_bq, protocol.activity_high_bq
    if low_bq is not None and high_bq is not None:
        confirm(
            unit_slip_question(
                administration.activity_bq,
                low_bq=low_bq,
                high_bq=high_bq,
                what="the administered activity",
            ),
            confirmed=confirmed,
        )


def _administration(
    writer: Writer,
    protocol: StudyProtocol,
    request: InjectionRequest,
    net: NetActivity,
    nuclide: Nuclide,
    user: str,
) -> tuple[t.Administration, t.Administration | None]:
    """The administration with this syringe: activities at the end of the last injection."""
    at = request.ended_at
    faded = decay_factor(nuclide, (at - net.started_at).total_seconds())
    activity_bq, uncertainty_bq = net.activity_bq * faded, net.uncertainty_bq * faded
    kind, prescribed_bq = net.kind, request.prescribed_bq
    old = writer.find(t.Administration, request.administration)
    if old is None:
        if request.inclusion is None:
            raise CustodyError(
                f"administration {request.administration} is new, and names no inclusion",
                remedy="give --inclusion",
            )
        inclusion = request.inclusion
    else:
        inclusion = old.inclusion
        if request.inclusion not in {None, inclusion}:
            raise CustodyError(
                f"administration {old.id} is of another inclusion", remedy="check both names"
            )
        elapsed_s(old.at, request.started_at, "the earlier injection's end and this one's start")
        later = decay_factor(nuclide, (at - old.at).total_seconds())
        activity_bq += old.activity_bq * later
        # one calibrator's error is common to all syringes: it adds up as it is
        uncertainty_bq += (old.activity_uncertainty_bq or 0.0) * later
        kind = "gross" if "gross" in {kind, old.kind} else "net"
        prescribed_bq = prescribed_bq if prescribed_bq is not None else old.prescribed_bq
    if not writer.get(t.Inclusion, inclusion).eligible:
        raise CustodyError("the patient was not found eligible", remedy="check the inclusion")
    return t.Administration(
        id=request.administration,
        inclusion=inclusion,
        agent=protocol.agent,
        nuclide=nuclide.name,
        route=protocol.route,
        at=at,
        kind=kind,
        activity_bq=activity_bq,
        activity_uncertainty_bq=uncertainty_bq,
        prescribed_bq=prescribed_bq,
        operator=user if old is None else old.operator,
        note=None if old is None else old.note,
    ), old


def _check_patient(
    writer: Writer,
    administration: t.Administration,
    syringe: t.Syringe,
    parts: Sequence[InjectionPart],
) -> None:
    patient = writer.get(t.Inclusion, administration.inclusion).patient
    meant = label_subject(syringe)
    if meant not in {None, patient}:
        raise CustodyError(
            f"syringe {syringe.id} is labelled for another patient",
            remedy="check syringe and inclusion",
        )
    for part in parts:
        if writer.get(t.Lesion, part.lesion).patient != patient:
            raise CustodyError(
                f"lesion {part.lesion} is of another patient",
                remedy="check lesion and administration",
            )


def _enter(
    writer: Writer,
    administration: t.Administration,
    old: t.Administration | None,
    request: InjectionRequest,
    net: NetActivity,
    lesions: Sequence[LesionActivity],
    user: str,
    calibration: dict[str, Any] | None,
) -> tuple[t.Administration, tuple[t.Injection, ...]]:
    if old is None:
        kept = writer.add(administration)
    else:
        columns = ("at", "kind", "activity_bq", "activity_uncertainty_bq", "prescribed_bq")
        kept = writer.correct(
            t.Administration,
            old.id,
            expected_version=old.version,
            **{column: getattr(administration, column) for column in columns},
        )
    after = request.after
    made = [
        writer.add(t.Injection(
            id=f"{request.syringe}-I{n}", administration=kept.id, lesion=part.lesion,
            syringe=request.syringe, started_at=request.started_at, ended_at=request.ended_at,
            pre_bq=request.before.activity_bq, pre_at=request.before.measured_at,
            post_bq=None if after is None else after.activity_bq,
            post_at=None if after is None else after.measured_at,
            net_bq=got.activity_bq, net_uncertainty_bq=got.uncertainty_bq, kind=net.kind,
            needle_passes=part.needle_passes, operator=user,
            reflux=f"{100 * part.reflux_fraction:g} %" if part.reflux_fraction else None,
            device=request.device, calibration=calibration, needle_gauge=request.needle_gauge,
            needle_tracks=request.needle_tracks.get(part.lesion),
        ))
        for n, (part, got) in enumerate(zip(request.parts, lesions, strict=True), start=1)
    ]  # fmt: skip
    return kept, tuple(made)


def _warnings(
    writer: Writer,
    protocol: StudyProtocol,
    batch: t.Batch,
    standing: Standing,
    administration: t.Administration,
    net: NetActivity,
) -> tuple[str, ...]:
    found = []
    if net.kind == "gross":
        found.append("gross, not net: the residual was not measured")
    now = read_standing(writer, protocol, batch.id)
    if now.release.state is not standing.release.state or now.demanded is not None:
        state = "must be withdrawn" if now.demanded is not None else now.release.state.value
        found.append(f"batch {batch.id} was usable at the injection; by now: {state}")
    elif now.quality.open_before_injection:
        words = "; ".join(verdict.words for verdict in now.quality.open_before_injection)
        found.append(f"a test of batch {batch.id} does not count any more: {words}")
    if administration.prescribed_bq is not None:
        total = NetActivity(
            kind=net.kind,
            activity_bq=administration.activity_bq,
            uncertainty_bq=administration.activity_uncertainty_bq or 0.0,
            residual_bq=None,
            started_at=administration.at,
        )
        off = judge_prescription(total, prescribed_bq=administration.prescribed_bq)
        if off is not None:
            found.append(off)
    return tuple(found)
