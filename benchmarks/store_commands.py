"""Every kind of command that writes, each many times on one study, timed by its workflow.

Used by `benchmarks.store_speed`, which fills the study first.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.files import write_volume
from hevesy.files.batch_record import parse_batch_file
from hevesy.images import Grid, Quantity, Volume
from hevesy.pharmacy import InjectionPart, SyringeMeasurement
from hevesy.store import opening
from hevesy.workflows import people
from hevesy.workflows.custody.dispensing import dispense, withdraw
from hevesy.workflows.custody.generators import elute, receive_generator
from hevesy.workflows.custody.injections import InjectionRequest, inject
from hevesy.workflows.custody.labelling import label_batch
from hevesy.workflows.custody.release import add_test, decide, invalidate_test
from hevesy.workflows.custody.supply import VialReading, dispatch_vial, receive_vial
from hevesy.workflows.study import amend_study, init_study
from hevesy.workflows.study_records import correct_record, type_record

PASSPHRASE = "correct horse battery"
PEOPLE = {
    "ada": "pharmacist", "ben": "pharmacist", "cleo": "pharmacist", "dana": "pharmacist",
    "yann": "physicist", "ines": "investigator", "cora": "coordinator",
}  # fmt: skip
SITES = """
[[site]]
name = "Workshop"
timezone = "Asia/Shanghai"
[[test]]
name = "pH"
low = 5.0
high = 7.5
"""
RECORD = """
site = "Workshop"
[[elution]]
name = "E{n}"
volume = "10 mL"
activity = "24 GBq"
measured = 2024-03-03T06:12:00Z
[[step]]
name = "reduction"
start = 2024-03-03T06:20:00Z
end = 2024-03-03T06:40:00Z
gas = "CO"
performed_by = "ada"
checked_by = "ben"
[[step]]
name = "coupling"
start = 2024-03-03T06:42:00Z
end = 2024-03-03T07:42:00Z
performed_by = "ada"
checked_by = "ben"
[[vial]]
name = "V{n}"
container = "10 mL vial"
volume = "10 mL"
activity = "20 GBq"
uncertainty = "3 %"
measured = 2024-03-03T07:50:00Z
"""
CRITERIA = (
    "age", "histology", "site of the tumour", "size", "earlier treatment", "ECOG", "survival",
)  # fmt: skip
START = datetime(2024, 3, 3, 6, tzinfo=UTC)
Step = Callable[[Path, int], object]


def after(minutes: float) -> datetime:
    """A moment of the day that is repeated."""
    return START + timedelta(minutes=minutes)


def make_study(folder: Path) -> None:
    """The paper's study, with a workshop, a test that the example adds, and its people."""
    init_study(folder, template="imdendrim", user="root", full_name="Root", passphrase=PASSPHRASE)
    toml = folder / "study.toml"
    text = toml.read_text("utf-8").replace('# injected_within = "..."', 'injected_within = "8 h"')
    toml.write_text(text.replace("\n[visits]", f"{SITES}\n[visits]"), "utf-8")
    amend_study(folder, user="root", passphrase=PASSPHRASE, reason="the site's own limits")
    for name, role in PEOPLE.items():
        add_person(folder, name, role)


def add_person(folder: Path, name: str, role: str) -> None:
    """Somebody with the passphrase that all have here."""
    people.add_user(
        folder, name, full_name=name, roles=(role,), new_passphrase=PASSPHRASE, user="root",
        passphrase=PASSPHRASE,
    )  # fmt: skip


def _reading(gbq: float, minutes: float) -> VialReading:
    return VialReading(activity_bq=gbq * 1e9, relative_uncertainty=0.03, measured_at=after(minutes))


def _typed(kind: str, user: str, *pairs: str) -> Step:
    def enter(folder: Path, n: int) -> object:
        words = [pair.replace("#", str(n)) for pair in pairs]
        return type_record(folder, kind, f"{kind.replace('_', '-')}-n{n}", words, user=user)

    return enter


def _generator(folder: Path, n: int) -> object:
    return receive_generator(
        folder, f"G{n}", user="ada", site="Workshop", parent_bq=37e9,
        parent_relative_uncertainty=0.05, daughter_bq=30e9, calibrated_at=START, lot="7",
    )  # fmt: skip


def _elute(folder: Path, n: int) -> object:
    return elute(
        folder, f"E{n}", generator=f"G{n}", user="ada", at=after(1), volume_ml=10.0,
        reading=_reading(25.0, 12),
    )  # fmt: skip


def _test(test: str, number: float) -> Step:
    return lambda folder, n: add_test(
        folder, f"L{n}", test, user="cleo", sampled_at=after(115), result_at=after(118),
        number=number,
    )  # fmt: skip


def _inject(folder: Path, n: int) -> object:
    request = InjectionRequest(
        administration=f"A{n}", inclusion=f"inclusion-n{n}", syringe=f"S{n}",
        parts=(InjectionPart(lesion=f"lesion-n{n}", share=1.0, needle_passes=1),),
        before=SyringeMeasurement(activity_bq=3.5e9, measured_at=after(200)),
        after=SyringeMeasurement(activity_bq=0.2e9, measured_at=after(215)),
        started_at=after(205), ended_at=after(210), calibrator_uncertainty_fraction=0.03,
    )  # fmt: skip
    return inject(folder, request, user="ines")


def _scan(folder: Path, n: int) -> object:
    place = folder / "dicom" / str(n)
    place.mkdir()
    grid = Grid.from_spacing((2, 2, 2), spacing_mm=(5, 5, 5))
    values = np.full(grid.shape, 1.0 + n, dtype=np.float32)
    write_volume(place / "s.nii.gz", Volume(values=values, grid=grid, quantity=Quantity.BQ_PER_ML))
    words = [f"administration=A{n}", "at=2024-03-03T20:00Z", f"spect=dicom/{n}/s.nii.gz",
             "unit=kBq/mL"]  # fmt: skip
    return type_record(folder, "scan", f"scan-n{n}", words, user="yann")


def _amend(folder: Path, n: int) -> object:
    toml = folder / "study.toml"
    toml.write_text(toml.read_text("utf-8").replace(f"words {n - 1}", "").replace(
        'words = "18 years or older', f'words = "words {n}18 years or older'), "utf-8")  # fmt: skip
    return amend_study(folder, user="root", passphrase=PASSPHRASE, reason="wording")


STEPS: dict[str, Step] = {
    "user add": lambda folder, n: add_person(folder, f"u{n}", "monitor"),
    "user role": lambda folder, n: people.set_roles(
        folder, f"u{n}", roles=("coordinator",), user="root", passphrase=PASSPHRASE, reason="x"),
    "user passphrase": lambda folder, n: people.change_passphrase(
        folder, user=f"u{n}", passphrase=PASSPHRASE, new_passphrase="other words again"),
    "trial amend": _amend,
    "trial record site": _typed("site", "root", "name=Workshop", "timezone=Asia/Shanghai"),
    "trial record device": _typed("device", "yann", "kind=dose calibrator", "site=site-n#"),
    "trial record device_factor": _typed(
        "device_factor", "yann", "device=device-n#", "nuclide=Re-188", "container=vial",
        "volume=5 mL", "factor=1.02", "relative_uncertainty=2 %", "traceable_to=LNHB",
        "valid_from=2024-01-01T00:00Z", "valid_until=2025-01-01T00:00Z"),
    "trial record device_check": _typed(
        "device_check", "yann", "device=device-n#", "source=Cs-137", "at=2024-03-03T05:00Z",
        "expected=5 MBq", "measured=5.01 MBq", "performed_by=yann"),
    "trial record patient": _typed("patient", "cora", "site=site-n#", "sex=F"),
    "trial record inclusion": _typed(
        "inclusion", "cora", "patient=patient-n#", "at=2024-03-01T09:00Z", "eligible=yes", *(f"criteria.{name}=yes" for name in CRITERIA)),
    "trial record lesion": _typed("lesion", "cora", "patient=patient-n#", "organ=liver"),
    "trial correct lesion": lambda folder, n: correct_record(
        folder, "lesion", f"lesion-n{n}", ["organ=lung"], user="cora", reason="read again"),
    "pharmacy generator": _generator,
    "pharmacy elute": _elute,
    "pharmacy label": lambda folder, n: label_batch(
        folder, f"L{n}", parse_batch_file(RECORD.format(n=n)), user="ada"),
    "pharmacy test": _test("pH", 6.2),
    "pharmacy test (2)": _test("radio-TLC", 91.5),
    "pharmacy release": lambda folder, n: decide(
        folder, f"L{n}", "conditional", user="dana", passphrase=PASSPHRASE, at=after(120),
        reason="no harm"),
    "pharmacy dispatch": lambda folder, n: dispatch_vial(
        folder, f"V{n}", user="ada", to_site="Shanghai Xinhua Hospital", at=after(130),
        reading=_reading(19.7, 125)),
    "pharmacy receive": lambda folder, n: receive_vial(
        folder, f"V{n}-T1", user="yann", at=after(180), reading=_reading(18.9, 185)),
    "pharmacy dispense": lambda folder, n: dispense(
        folder, f"S{n}", vial=f"V{n}", user="yann", container="5 mL syringe", shield="W",
        volume_ml=2.0, reading=_reading(3.6, 190)),
    "pharmacy withdraw": lambda folder, n: withdraw(
        folder, f"V{n}", user="yann", purpose="sample", volume_ml=0.5,
        reading=_reading(0.9, 195)),
    "pharmacy inject": _inject,
    "pharmacy invalidate": lambda folder, n: invalidate_test(
        folder, f"L{n}-Q1", user="dana", passphrase=PASSPHRASE, reason="drift",
        expected_version=1),
    "trial record administration": _typed(
        "administration", "ines", "inclusion=inclusion-n#", "at=2024-03-20T10:00Z", "kind=net",
        "activity=40 mCi", "operator=ines"),
    "trial record scan": _scan,
    "trial record region_volume": _typed(
        "region_volume", "yann", "scan=scan-n#", "region=tumour", "volume=15 mL",
        "lesion=lesion-n#"),
}  # fmt: skip
"""Kinds of command in the order in which a day needs them."""


class _Argon:
    """How long passphrases took, which is what argon2 is for; apart from the write."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*words: Any) -> Any:
            begin = time.perf_counter()
            try:
                return function(*words)
            finally:
                self.seconds += time.perf_counter() - begin

        return call


def run(folder: Path, numbers: range) -> dict[str, dict[str, float]]:
    """Run each kind with each number; milliseconds at the median, passphrases apart.

    A run opens the study, as each command does; the process's start is not in it.
    """
    argon = _Argon()
    kept = opening.check_passphrase, people.hash_passphrase
    opening.check_passphrase = argon.timed(kept[0])  # type: ignore[attr-defined]
    people.hash_passphrase = argon.timed(kept[1])  # type: ignore[attr-defined]
    found = {}
    try:
        for name, step in STEPS.items():
            took, secret = [], []
            for n in numbers:
                argon.seconds, begin = 0.0, time.perf_counter()
                step(folder, n)
                took.append(time.perf_counter() - begin - argon.seconds)
                secret.append(argon.seconds)
            found[name] = {
                "ms": 1e3 * statistics.median(took),
                "passphrase_ms": 1e3 * statistics.median(secret),
            }
    finally:
        opening.check_passphrase, people.hash_passphrase = kept  # type: ignore[attr-defined]
    return found
