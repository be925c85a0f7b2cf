"""Who is in the simulated study, and what is true of them: all made up, from one seed."""

import math
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

ZONE = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(2024, 3, 7)  # a Thursday; one batch each week
A_DAY = 4  # patients treated from one batch
DENSITY_G_PER_ML = 1.04
GY_G_PER_MBQ_H = 0.4494  # 188Re's electrons, 0.7793 MeV a decay (ICRP-107), all absorbed
HALF_RESPONSE_GY = 200.0  # the dose at which half of the lesions respond
STEEPNESS = 4.0  # of the logistic curve in the dose's logarithm
FAILURES = (
    "no appropriate lesion", "ineligible examination results", "consent withdrawn by the family",
)  # fmt: skip
TUMOURS = ("colon cancer", "lung cancer", "hepatic carcinoma", "gastric cancer")
EVENTS = (  # term, class, probability, worst grade, by the agent or by the procedure
    ("fatigue", "general", 0.45, 2, "possible", "unlikely"),
    ("pain", "general", 0.40, 2, "unlikely", "definite"),
    ("nausea", "gastrointestinal", 0.30, 2, "possible", "unlikely"),
    ("fever", "general", 0.20, 2, "possible", "possible"),
    ("pneumothorax", "respiratory", 0.35, 3, "unrelated", "definite"),
)
LABORATORY = (
    ("neutrophils", "10^9/L", 4.2, 2.0, 7.0),
    ("platelets", "10^9/L", 210.0, 125.0, 350.0),
)
VISITS = (("baseline", -7), ("week 6", 42), ("month 3", 91))


@dataclass(frozen=True, kw_only=True)
class Lesion:
    """A ball; sizes in mm at each of `VISITS`."""

    name: str
    centre_mm: tuple[float, float, float]
    radius_mm: float
    share: float
    half_life_h: float
    sizes_mm: tuple[float, ...] = ()

    @property
    def densities_hu(self) -> tuple[float, ...]:
        """On contrast CT at each visit: a lesion that shrinks has lost its blood before."""
        before = 40 + self.radius_mm
        shrunk = [max(0.0, 1 - size / self.sizes_mm[0]) for size in self.sizes_mm]
        return tuple(round(before * (1 - min(0.6, 1.2 * share)), 1) for share in shrunk)

    @property
    def mass_g(self) -> float:
        """Of the ball, g."""
        return DENSITY_G_PER_ML * 4 / 3 * math.pi * (self.radius_mm / 10) ** 3


@dataclass(frozen=True, kw_only=True)
class Event:
    """An adverse event, so many days after the injection."""

    term: str
    organ_class: str
    grade: int
    day: int
    agent: str
    procedure: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person; `failure` says why one was not taken up, `lost` that one did not come again."""

    name: str
    age: int
    sex: str
    ecog: int
    tumour: str
    organ: str
    lines: int
    failure: str
    lost: bool = False
    activity_mbq: float = 0.0
    injected_at: datetime = datetime(2024, 1, 1, tzinfo=ZONE)
    lesions: tuple[Lesion, ...] = ()
    events: tuple[Event, ...] = ()
    laboratory: tuple[tuple[str, str, float, float, float, int], ...] = field(default=())


def true_dose_gy(lesion: Lesion, activity_mbq: float) -> float:
    """All of the electrons' energy stays in the lesion: no border, as large lesions are."""
    tia_mbq_h = activity_mbq * lesion.share * lesion.half_life_h / math.log(2)
    return GY_G_PER_MBQ_H * tia_mbq_h / lesion.mass_g


def draw_people(seed: int, treated: int) -> tuple[Person, ...]:
    """So many who are treated; every fourth person screened fails, every seventh is lost."""
    rng = np.random.default_rng(seed)
    people: list[Person] = []
    count = 0
    while count < treated:
        number = len(people) + 1
        person = _person(rng, number)
        if number % 4 != 0:
            person = _treated(rng, person, count)
            count += 1
        people.append(person)
    return tuple(people)


def _person(rng: np.random.Generator, number: int) -> Person:
    failure = FAILURES[(number // 4) % len(FAILURES)] if number % 4 == 0 else ""
    return Person(
        name=f"P{number:02d}",
        age=int(np.clip(rng.normal(60, 10), 30, 84)),
        sex=str(rng.choice(["F", "M"])),
        ecog=int(rng.choice([0, 1, 2], p=[0.2, 0.5, 0.3])),
        tumour=str(rng.choice(TUMOURS)),
        organ=str(rng.choice(["liver", "lung"], p=[0.7, 0.3])),
        lines=int(rng.integers(2, 6)),
        failure=failure,
    )


def _treated(rng: np.random.Generator, person: Person, count: int) -> Person:
    day = FIRST_DAY + timedelta(days=7 * (count // A_DAY))
    at = datetime(day.year, day.month, day.day, 18, 0, tzinfo=ZONE)
    activity_mbq = float(np.round(rng.uniform(1200, 3400), -1))
    lost = (count + 1) % 7 == 0
    lesions = _lesions(rng, person.name, activity_mbq, two=bool(rng.random() < 0.4))
    events = tuple(
        Event(term=term, organ_class=klass, grade=int(rng.integers(1, worst + 1)),
              day=int(rng.integers(0, 8)), agent=agent, procedure=procedure)
        for term, klass, probability, worst, agent, procedure in EVENTS
        if rng.random() < probability and (term != "pneumothorax" or person.organ == "lung")
    )  # fmt: skip
    laboratory = tuple(
        (test, unit, round(float(mean * rng.uniform(low, high)), 2), lower, upper, day)
        for test, unit, mean, lower, upper in LABORATORY
        for day, low, high in ((-7, 0.8, 1.3), (14, 0.6, 1.2))
    )
    return Person(
        name=person.name, age=person.age, sex=person.sex, ecog=person.ecog, tumour=person.tumour,
        organ=person.organ, lines=person.lines, failure="", lost=lost, activity_mbq=activity_mbq,
        injected_at=at + timedelta(minutes=20 * (count % A_DAY)), lesions=lesions, events=events,
        laboratory=laboratory,
    )  # fmt: skip


def _lesions(
    rng: np.random.Generator, person: str, activity_mbq: float, *, two: bool
) -> tuple[Lesion, ...]:
    places = ((-38.0, 0.0, 0.0), (42.0, 4.0, 6.0)) if two else ((0.0, 0.0, 0.0),)
    shares = (0.55, 0.45) if two else (1.0,)
    found = []
    for number, (place, share) in enumerate(zip(places, shares, strict=True), start=1):
        lesion = Lesion(
            name=f"{person}-L{number}", centre_mm=place, radius_mm=float(rng.uniform(22, 30)),
            share=share, half_life_h=float(rng.uniform(14.5, 16.5)),
        )  # fmt: skip
        found.append(_grown(rng, lesion, activity_mbq))
    return tuple(found)


def _grown(rng: np.random.Generator, lesion: Lesion, activity_mbq: float) -> Lesion:
    """Whether it responds is drawn by its true dose; sizes follow."""
    dose_gy = true_dose_gy(lesion, activity_mbq)
    chance = 1 / (1 + (HALF_RESPONSE_GY / dose_gy) ** STEEPNESS)
    size = 2 * lesion.radius_mm
    if rng.random() < chance:
        factors = (1.0, rng.uniform(0.60, 0.75), rng.uniform(0.45, 0.65))
    else:
        factors = (1.0, rng.uniform(0.95, 1.10), rng.uniform(1.00, 1.35))
    sizes = tuple(round(float(size * factor), 1) for factor in factors)
    return Lesion(
        name=lesion.name, centre_mm=lesion.centre_mm, radius_mm=lesion.radius_mm,
        share=lesion.share, half_life_h=lesion.half_life_h, sizes_mm=sizes,
    )  # fmt: skip
