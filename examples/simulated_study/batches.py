"""One batch a week: elution to release, its way to the hospital, a syringe for each patient."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from commands import run
from truth import FIRST_DAY, ZONE, Person

from hevesy.nuclides import get_nuclide

HOSPITAL = "Shanghai East Hospital"
CALIBRATED = FIRST_DAY - timedelta(days=6)
PARENT_GBQ, YIELD = 37.0, 0.8
ERROR = ("--uncertainty", "3 %")


def _at(day: date, clock: str) -> str:
    return datetime.combine(day, time.fromisoformat(clock), ZONE).isoformat()


def _left(hours: float, nuclide: str = "Re-188") -> float:
    return float(2.0 ** (-hours * 3600 / get_nuclide(nuclide).half_life_s))


def start_generator(folder: Path) -> None:
    """A generator that has stood long enough to be in equilibrium."""
    run("pharmacy", "generator", "G-1", "--study", folder, "--as", "ada", "--site", "Workshop",
        "--parent", f"{PARENT_GBQ} GBq", "--uncertainty", "5 %", "--daughter", f"{PARENT_GBQ} GBq",
        "--calibrated", _at(CALIBRATED, "14:00"), "--lot", "W24-7")  # fmt: skip


def make_batch(folder: Path, number: int, day: date) -> float:
    """Elute, label, test, release, send; give the vial's activity at 16:00, GBq."""
    study = ("--study", folder, "--as", "ada")
    hours = (day - CALIBRATED).days * 24.0
    eluted = YIELD * PARENT_GBQ * _left(hours, "W-188")
    run("pharmacy", "elute", f"E-{number}", *study, "--generator", "G-1", "--at", _at(day, "14:00"),
        "--measured", _at(day, "14:10"), "--activity", f"{eluted * _left(1 / 6):.4f} GBq",
        "--volume", "10 mL", *ERROR)  # fmt: skip
    labelled = 0.93 * eluted * _left(2.0)
    record = folder / f"B-{number}.toml"
    record.write_text(_batch(number, day, eluted * _left(1 / 6), labelled), "utf-8")
    run("pharmacy", "label", f"B-{number}", *study, "--record", record)
    _test(folder, number, day)
    run("pharmacy", "release", f"B-{number}", "conditional", "--study", folder, "--as", "dana",
        "--at", _at(day, "16:24"))  # fmt: skip
    run("pharmacy", "withdraw", f"V-{number}", *study, "--purpose", "sample", "--volume", "0.5 mL",
        "--activity", f"{labelled * 0.05:.4f} GBq", "--measured", _at(day, "16:00"),
        *ERROR)  # fmt: skip
    sent = labelled * 0.95
    run("pharmacy", "dispatch", f"V-{number}", *study, "--to", HOSPITAL, "--activity",
        f"{sent * _left(25 / 60):.4f} GBq", "--measured", _at(day, "16:25"), "--at",
        _at(day, "16:30"), *ERROR)  # fmt: skip
    run("pharmacy", "receive", f"V-{number}-T1", "--study", folder, "--as", "yann", "--at",
        _at(day, "17:20"), "--activity", f"{sent * _left(85 / 60):.4f} GBq", "--measured",
        _at(day, "17:25"), *ERROR)  # fmt: skip
    return labelled


def _batch(number: int, day: date, eluate_gbq: float, labelled_gbq: float) -> str:
    stamp = f"{day.isoformat()}T"
    components = "\n".join(
        f'    {{ name = "{name}", lot = "24-{number}", expires = 2025-12-01T00:00:00 }},'
        for name in ("acid", "reducing agent", "ligand-dendrimer")
    )
    return f"""site = "Workshop"
timezone = "Asia/Shanghai"
component = [
{components}
]

[[elution]]
name = "E-{number}"
volume = "10 mL"
activity = "{eluate_gbq:.4f} GBq"
measured = {stamp}14:10:00

[[step]]
name = "reduction"
start = {stamp}14:18:00
end = {stamp}14:38:00
temperature_low_deg_c = 71.4
temperature_high_deg_c = 72.3
gas = "CO"
performed_by = "ada"
checked_by = "ben"

[[step]]
name = "coupling"
start = {stamp}14:45:00
end = {stamp}15:46:00
temperature_low_deg_c = 71.6
temperature_high_deg_c = 72.2
performed_by = "ada"
checked_by = "ben"

[[vial]]
name = "V-{number}"
container = "10 mL vial"
volume = "10 mL"
activity = "{labelled_gbq:.4f} GBq"
uncertainty = "3 %"
measured = {stamp}16:00:00
"""


def _test(folder: Path, number: int, day: date) -> None:
    study = ("--study", folder, "--as", "cleo")
    when = ("--sampled", _at(day, "16:05"), "--result", _at(day, "16:12"))
    run("pharmacy", "test", f"B-{number}", "pH", *study, "--value", "6.2", *when)
    product = 91_000 + 700 * number
    strip = folder / f"strip-{number}.csv"
    strip.write_text(f"mm,counts\n0,0\n10,{product}\n20,0\n30,{100_000 - product}\n40,0\n", "utf-8")
    run("pharmacy", "test", f"B-{number}", "radio-TLC", *study, "--trace", strip,
        "--region", "product=5:25", "--region", "free=25:35", *when)  # fmt: skip


def test_sterility(folder: Path, number: int, day: date) -> None:
    """The late test, and with it the last release."""
    late = day + timedelta(days=5)
    run(
        "pharmacy",
        "test",
        f"B-{number}",
        "sterility",
        "--study",
        folder,
        "--as",
        "cleo",
        "--words",
        "no growth",
        "--sampled",
        _at(day, "16:05"),
        "--result",
        _at(late, "14:00"),
    )
    run("pharmacy", "release", f"B-{number}", "approve", "--study", folder, "--as", "dana",
        "--at", _at(late, "15:00"))  # fmt: skip


def treat(folder: Path, batch: int, people: Sequence[Person], labelled_gbq: float) -> None:
    """A syringe for each, at its time; 4 % of it stays behind."""
    for person in people:
        start = person.injected_at
        drawn = start - timedelta(minutes=15)
        pre = person.activity_mbq / 0.96 * 2 ** (0.25 / 17.0)
        syringe = f"S-{person.name}"
        hours = (drawn - datetime.combine(drawn.date(), time(16), ZONE)).total_seconds() / 3600
        volume_ml = pre / (100 * labelled_gbq * _left(hours))  # 10 mL held it at 16:00
        run("pharmacy", "dispense", syringe, "--study", folder, "--as", "yann", "--vial",
            f"V-{batch}", "--volume", f"{volume_ml:.2f} mL", "--activity", f"{pre:.1f} MBq",
            "--measured", drawn.isoformat(), *ERROR, "--container", "5 mL syringe",
            "--shield", "10 mm PMMA", "--subject", person.name)  # fmt: skip
        after = start + timedelta(minutes=12)
        left = 0.04 * person.activity_mbq / 0.96 * 2 ** (-0.2 / 17.0)
        lesions = [
            w for lesion in person.lesions for w in ("--lesion", f"{lesion.name}={lesion.share}")
        ]
        passes = [w for lesion in person.lesions for w in ("--passes", f"{lesion.name}=1")]
        run("pharmacy", "inject", f"A-{person.name}", "--study", folder, "--as", "ines",
            "--inclusion", f"{person.name}-1", "--syringe", syringe, *lesions, *passes, "--pre",
            f"{pre:.1f} MBq", "--pre-time", drawn.isoformat(), "--start", start.isoformat(),
            "--end", (start + timedelta(minutes=6)).isoformat(), "--post", f"{left:.2f} MBq",
            "--post-time", after.isoformat(), *ERROR)  # fmt: skip


def weeks(people: Sequence[Person]) -> dict[date, list[Person]]:
    """Who is treated on which day."""
    found: dict[date, list[Person]] = {}
    for person in people:
        if not person.failure:
            found.setdefault(person.injected_at.date(), []).append(person)
    return found
