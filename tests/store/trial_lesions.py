"""A made-up study with doses, sizes, events and blood counts, entered as a site would in bulk."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from hevesy.store import Store
from hevesy.store import tables as t
from hevesy.workflows.study import open_study

GIVEN = datetime(2026, 1, 12, 9, tzinfo=UTC)
HALF_GY, STEEP = 100.0, 4.0
PEOPLE = {"stan": "statistician", "ines": "investigator", "cora": "coordinator",
          "yann": "physicist", "mona": "monitor"}  # fmt: skip
Rows = dict[str, dict[str, Any]]


def people_of(study: Path) -> Iterator[tuple[object, ...]]:
    for name, role in PEOPLE.items():
        yield ("user", "add", name, "--role", role, "--study", study, "--as", "ada")


def enter_doses(study: Path, *, patients: int, seed: int = 1) -> dict[str, float]:
    """Enter patients with two lesions each, and give the lesions' true doses.

    The last patient's second lesion has doses of two regions, so none that can be taken, and a
    third one was not injected; doses are read with 15 % uncertainty.
    """
    random = Random(seed)
    truth: dict[str, float] = {}
    patient: Rows = {}
    inclusion: Rows = {}
    lesion: Rows = {}
    given: Rows = {}
    result: Rows = {}
    dose: Rows = {}
    for number in range(1, patients + 1):
        name = f"P{number:02d}"
        at = GIVEN + timedelta(days=number)
        patient[name] = {"site": "east", "sex": "F"}
        inclusion[f"{name}-1"] = {"patient": name, "at": at - timedelta(days=9), "eligible": True}
        activity = 1.2e9 + 2e7 * number
        given[f"A-{name}"] = {
            "inclusion": f"{name}-1", "agent": "X", "nuclide": "Re-188", "route": "intratumoral",
            "at": at, "kind": "net", "activity_bq": activity, "activity_uncertainty_bq": 3e7,
            "operator": "ines",
        }  # fmt: skip
        result[f"U-{name}"] = {
            "administration": f"A-{name}", "kind": "dose", "computed_at": at + timedelta(days=7),
            "content": json.dumps({"regions": []}), "content_sha256": "c" * 64,
        }  # fmt: skip
        regions = {"liver": (4.0 * activity / 1e9, None)}
        for which in (1, 2):
            own = f"{name}-L{which}"
            truth[own] = HALF_GY * math.exp(random.gauss(0.0, 0.6))
            lesion[own] = {"patient": name, "organ": "liver"}
            regions[own] = (truth[own] * math.exp(random.gauss(0.0, 0.15)), own)
        if number == patients:
            regions["second region"] = regions[f"{name}-L2"]
            lesion[f"{name}-L3"] = {"patient": name, "organ": "liver"}
            truth[f"{name}-L3"] = 1.0
        for region, (gy, of) in regions.items():
            dose[f"D-{name}-{region.replace(' ', '-')}"] = {
                "result": f"U-{name}", "administration": f"A-{name}", "region": region,
                "lesion": of, "method": "local", "mean_dose_gy": gy,
                "mean_dose_uncertainty_gy": 0.15 * gy,
            }  # fmt: skip
    with open_study(study) as (_, store):
        _add(store, "ada", {t.Site: {"east": {"name": "Hospital", "timezone": "Europe/Warsaw"}}})
        _add(store, "ines", {t.Patient: patient, t.Inclusion: inclusion, t.Lesion: lesion,
                             t.Administration: given})  # fmt: skip
        _add(store, "yann", {t.Result: result, t.Dose: dose})
    return truth


def enter_outcomes(study: Path, truth: dict[str, float], *, seed: int = 2) -> None:
    """Enter sizes and densities after a known curve, events and blood counts.

    The first patient's second lesion was not seen again.
    """
    random = Random(seed)
    sizes: Rows = {}
    events: Rows = {}
    values: Rows = {}
    for own, gy in truth.items():
        name = own.split("-")[0]
        number = int(name[1:])
        day = (GIVEN + timedelta(days=number)).date()
        who = {"inclusion": f"{name}-1", "lesion": own, "role": "target", "status": "present"}
        chance = 1 / (1 + (gy / HALF_GY) ** -STEEP)
        after = Decimal(18) if random.random() < chance else Decimal(29)
        looks = [("baseline", -3, Decimal(30), 40), ("week 6", 42, after, 40 - int(gy / 10))]
        for visit, days, size, density in looks[: 1 if own == "P01-L2" else 2]:
            sizes[f"{own}-{visit[:4]}"] = {
                **who, "visit": visit, "assessed_on": day + timedelta(days=days),
                "diameter_mm": size, "density_hu": Decimal(density),
            }  # fmt: skip
        if not own.endswith("L1"):
            continue
        if random.random() < 0.5:
            events[f"AE-{name}"] = {
                "inclusion": f"{name}-1", "term": "Fever", "organ_class": "General",
                "grade": 1 + number % 3, "began_on": day + timedelta(days=2),
                "related_agent": "possible",
            }  # fmt: skip
        for visit, days, value in (("baseline", -3, "4.0"), ("week 6", 42, f"{4 - number / 50:g}")):
            values[f"M-{name}-{visit[:4]}"] = {
                "inclusion": f"{name}-1", "visit": visit, "measured_on": day + timedelta(days=days),
                "test": "neutrophils", "value": Decimal(value), "unit": "10^9/L",
            }  # fmt: skip
    with open_study(study) as (_, store):
        _add(store, "ines", {t.LesionAssessment: sizes, t.AdverseEvent: events,
                             t.Measurement: values})  # fmt: skip


def _add(store: Store, user: str, kinds: dict[Any, Rows]) -> None:
    for kind, rows in kinds.items():
        with store.writing(user) as writer:
            writer.add_many(kind, rows.items())
