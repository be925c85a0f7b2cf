"""A study with one patient whose truth is known."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from hevesy.files import write_volume
from hevesy.images import Grid, Quantity, Volume
from hevesy.protocol import Role
from hevesy.store import open_store
from hevesy.store.tables import Injection
from hevesy.workflows.people import add_user
from hevesy.workflows.study import amend_study
from hevesy.workflows.study_records import type_record
from tests.store.commands import address_of
from tests.store.study import PASSPHRASE

GRID = Grid.from_spacing((8, 9, 10), spacing_mm=(5, 5, 5))
HALF_LIFE_H = 12.0
GIVEN = datetime(2024, 3, 5, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
DOSE = """
[dose]
method = "local"
density_g_cm3 = 1.0
count_uncertainty = "1 %"
effective_half_life = "12 h"
effective_half_life_uncertainty = "1 h"
"""
SET = "--set"
CRITERIA = ("age", "histology", "site of the tumour", "size", "earlier treatment", "ECOG",
            "survival")  # fmt: skip
MET = [word for name in CRITERIA for word in (SET, f"criteria.{name}=yes")]
"""Every criterion of the paper's protocol, answered."""


def clock() -> datetime:
    return datetime.now(UTC)


def block() -> np.ndarray:
    labels = np.zeros(GRID.shape, dtype=np.uint8)
    labels[2:6, 2:7, 2:8] = 1
    return labels


def write_scan(study: Path, name: str, *, hours: float, kbq_per_ml: float = 1000.0) -> None:
    """A uniform block that leaves with 12 h from time zero."""
    folder = study / "dicom" / name
    folder.mkdir(parents=True)
    labels = block()
    values = kbq_per_ml * labels * 2.0 ** (-hours / HALF_LIFE_H)
    write_volume(
        folder / "spect.nii.gz", Volume(values=values, grid=GRID, quantity=Quantity.BQ_PER_ML)
    )
    write_volume(
        folder / "labels.nrrd", Volume(values=labels, grid=GRID, quantity=Quantity.RELATIVE)
    )


def sets(**values: object) -> list[str]:
    """--set for each; a double underscore is a dot."""
    found = []
    for key, value in values.items():
        found += [SET, f"{key.replace('__', '.')}={value}"]
    return found


def scan(name: str, **changes: object) -> list[str]:
    return sets(
        **{
            "spect": f"dicom/{name}/spect.nii.gz",
            "structures": f"dicom/{name}/labels.nrrd",
            "structure_names__1": "tumour",
            "unit": "kBq/mL",
            "decay_corrected_to": "acquisition",
            "lesions__L1": "tumour",
            **changes,
        }
    )


def enter(study: Path, kind: str, name: str, user: str, *words: str) -> None:
    type_record(study, kind, name, [word for word in words if word != SET], user=user)


def make_trial(study: Path) -> None:
    """People of every role, a site, a patient with a lesion, one administration with one scan."""
    toml = study / "study.toml"
    toml.write_text(toml.read_text() + DOSE)
    amend_study(study, user="ada", passphrase=PASSPHRASE, reason="how doses are computed")
    for role in Role:
        if role is not Role.ADMINISTRATOR:
            add_user(
                study, role, full_name=role, roles=(role,), new_passphrase=PASSPHRASE,
                user="ada", passphrase=PASSPHRASE,
            )  # fmt: skip
    site = sets(name="Shanghai Xinhua Hospital", timezone="Asia/Shanghai")
    enter(study, "site", "S1", "ada", *site)
    enter(study, "patient", "P01", "coordinator", *sets(site="S1", sex="F", birth_year=1960))
    enter(
        study,
        "inclusion",
        "P01-1",
        "coordinator",
        *sets(patient="P01", at="2024-03-01T09:00", eligible="yes", ecog=1),
        *MET,
    )
    enter(
        study,
        "lesion",
        "L1",
        "coordinator",
        *sets(patient="P01", organ="liver", longest_diameter="31 mm"),
    )
    enter(
        study,
        "administration",
        "A1",
        "investigator",
        *sets(
            inclusion="P01-1",
            at="2024-03-05T10:00",
            kind="net",
            activity="1.5 GBq",
            activity_uncertainty="30 MBq",
            operator="investigator",
        ),
    )
    inject(study, "I1", "A1", GIVEN)
    write_scan(study, "1", hours=6.0)
    enter(study, "scan", "N1", "physicist", *sets(
        administration="A1", at="2024-03-05T16:00"), *scan("1"))  # fmt: skip


def inject(study: Path, name: str, administration: str, at: datetime, **changes: object) -> None:
    """As the pharmacy files it: the net activity holds at the injection's start."""
    values = {
        "administration": administration, "lesion": "L1", "started_at": at, "ended_at": at,
        "pre_bq": 1.6e9, "pre_at": at, "post_bq": 1e8, "post_at": at, "net_bq": 1.5e9,
        "kind": "net", "operator": "investigator", **changes,
    }  # fmt: skip
    address = address_of(study)
    local = address.startswith("sqlite")
    store = open_store(study / "study.db" if local else address, clock=clock)
    with store.writing("investigator") as writer:
        writer.add(Injection(id=name, **values))
    store.close()


CASE = """patient = "P01"
nuclide = "Re-188"
agent = "ImDendrim"
timezone = "Asia/Shanghai"
[administration]
activity = "1.5 GBq"
activity_uncertainty = "2 %"
kind = "net"
time = 2024-03-05T10:00:00
route = "intratumoral"
[[administration.injection]]
lesion = "tumour"
activity = "1.5 GBq"
[[scan]]
spect = "dicom/1/spect.nii.gz"
structures = ["dicom/1/labels.nrrd"]
structure_names = { 1 = "tumour" }
time = 2024-03-05T16:00:00
unit = "kBq/mL"
decay_corrected_to = "acquisition"
""" + DOSE.replace("[dose]", "[options]")
