"""A study from screening to evidence and exports, by the `hevesy` commands alone: all made up.

Screening, batches, injections, scans, doses; the rule of the threshold, fixed; events, sizes,
departures; then flow, checks, tables, data sets for others, the unblinding, the evidence, the
report, and the report once more from its bundle alone; last, a de-identified copy beside the
folder. The truth is drawn from one seed (`truth.py`). Run it:
`python examples/simulated_study/run.py FOLDER [PATIENTS]`
"""

import json
import sys
from datetime import date, timedelta
from pathlib import Path

import batches
from commands import passphrases, run, say, sets
from follow_up import enter_follow_up, enter_screenings
from scan_files import HOURS, write_scans
from truth import FIRST_DAY, Person, draw_people, true_dose_gy

SEED = 1
PEOPLE = {
    "ada": "pharmacist", "ben": "pharmacist", "cleo": "pharmacist", "dana": "pharmacist",
    "yann": "physicist", "ines": "investigator", "cora": "coordinator", "stan": "statistician",
}  # fmt: skip
PROTOCOL = """
[[site]]
name = "Workshop"
timezone = "Asia/Shanghai"

[[test]]
name = "pH"
low = 5.0
high = 7.5

[[test]]
name = "sterility"
accepted = ["no growth"]
before_injection = false
"""
CONDUCT = """
[[cohort]]
name = "up to 2 GBq"
high = "2 GBq"

[[cohort]]
name = "2 GBq and more"
low = "2 GBq"

[[visit]]
name = "week 6"
day = 42
before_days = 7
after_days = 7

[[visit]]
name = "month 3"
day = 91
before_days = 14
after_days = 14

[events]
ctcae = "5.0"

[response]
criteria = "recist1.1"
"""
CRITERIA = (
    "age", "histology", "site of the tumour", "size", "earlier treatment", "ECOG", "survival",
)  # fmt: skip
UNMET = {"no appropriate lesion": "size", "ineligible examination results": "survival"}
DOSE = """
[dose]
method = "monte-carlo"
precision = "4 %"  # of single voxels: a lesion's mean has less than a tenth of a per cent
resolution = "12.3 mm"  # 12 mm and the voxels
partial_volume = "gtm"
contour_uncertainty = "1 mm"
count_uncertainty = "4 %"
"""
RULE = """
name = "Primary threshold"
metric = "mean_dose_gy"
endpoint = "response"
probability = 0.5
common_dose_share = 0.05
"""


def start_study(folder: Path) -> None:
    """The paper's template with what a site adds, and its people."""
    run("trial", "init", folder, "--template", "imdendrim", "--as", "root", shown=True)
    toml = folder / "study.toml"
    text = toml.read_text("utf-8").replace('# injected_within = "..."', 'injected_within = "8 h"')
    text = text.replace("\n[visits]", f"{PROTOCOL}\n[visits]") + CONDUCT + DOSE
    toml.write_text(text, "utf-8")
    run("trial", "amend", folder, "--reason", "the site's own limits", "--as", "root")
    for name, role in PEOPLE.items():
        run("user", "add", name, "--study", folder, "--role", role, "--as", "root")
    run("trial", "record", "site", "east", "--study", folder, "--as", "root",
        *sets(name=batches.HOSPITAL, timezone="Asia/Shanghai"))  # fmt: skip


def screen(folder: Path, person: Person, day: date) -> None:
    """A patient with lesions, taken up or not."""
    study = ("--study", folder, "--as", "cora")
    at = f"{day.isoformat()}T09:00"
    run("trial", "record", "patient", person.name, *study, *sets(site="east", sex=person.sex))
    criteria = {f"criteria__{name}": "yes" for name in CRITERIA}
    unmet = UNMET.get(person.failure, "")
    if unmet:
        criteria[f"criteria__{unmet}"] = "no"
    run("trial", "record", "inclusion", f"{person.name}-1", *study, *sets(
        patient=person.name, at=at, eligible="no" if person.failure else "yes", ecog=person.ecog,
        consent_at=f"{day.isoformat()}T08:00", **criteria))  # fmt: skip
    for lesion in person.lesions:
        run("trial", "record", "lesion", lesion.name, *study, *sets(
            patient=person.name, organ=person.organ,
            longest_diameter=f"{lesion.sizes_mm[0]} mm"))  # fmt: skip


def image(folder: Path, person: Person) -> None:
    """The scans of one administration, and its dose."""
    write_scans(person, folder / "dicom", seed=SEED)
    for number, hours in enumerate(HOURS, start=1):
        place = f"dicom/{person.name}/scan-{number}"
        start = person.injected_at + timedelta(minutes=6, hours=hours)
        keys = {"administration": f"A-{person.name}", "at": start.isoformat(),
                "spect": f"{place}/spect.dcm"}  # fmt: skip
        if number == 1:
            keys |= {"ct": f"{place}/ct", "structures": f"{place}/regions.dcm"}
            keys |= {f"lesions__{lesion.name}": lesion.name for lesion in person.lesions}
        run("trial", "record", "scan", f"{person.name}-scan-{number}", "--study", folder,
            "--as", "yann", *sets(**keys))  # fmt: skip
    said = run("dose", "--study", folder, "--administration", f"A-{person.name}", "--as", "yann",
               "--json", "--quiet")  # fmt: skip
    doses = {region["name"]: region for region in json.loads(said)["regions"]}
    for lesion in person.lesions:
        found = doses[lesion.name]
        say(
            f"{lesion.name}: {found['mean_dose_gy']:.0f} +- "
            f"{found['mean_dose_uncertainty_gy']:.0f} Gy "
            f"({true_dose_gy(lesion, person.activity_mbq):.0f} if all stayed in it)"
        )


def report(folder: Path) -> None:
    """Whether it agrees with itself, and its tables."""
    run("trial", "flow", "--study", folder, shown=True)
    run("trial", "check", folder, "--data", "--audit", shown=True, allowed=(0, 1))
    run("trial", "tables", "--study", folder, "--out", folder / "derived" / "tables", shown=True)
    run("trial", "export", "--study", folder, "--out", folder / "derived" / "export",
        "--format", "dataset-json,xpt,csv,parquet", shown=True)  # fmt: skip


def fix_rule(folder: Path) -> None:
    """The threshold's rule, before any outcome is known."""
    file = folder / "threshold.toml"
    file.write_text(RULE, "utf-8")
    run("trial", "threshold", "fix", file, "--study", folder, "--as", "stan", shown=True)


def show_evidence(folder: Path) -> None:
    """Outcomes beside doses, from here on."""
    run("trial", "threshold", "unblind", "--study", folder, "--reason", "the data are final",
        "--as", "ines")  # fmt: skip
    run("trial", "evidence", "--study", folder, "--out", folder / "derived" / "evidence",
        shown=True)  # fmt: skip


def write_report(folder: Path) -> None:
    """The report in every format; its bundle; and the report from the bundle, which must agree."""
    out, file, again = (folder / "derived" / name for name in ("report", "bundle.zip", "rebuilt"))
    run("trial", "report", "--study", folder, "--out", out, shown=True)
    run("trial", "bundle", "--study", folder, "--out", file, shown=True)
    run("trial", "rebuild", file, "--out", again, shown=True)
    for what, place in (
        ("report", out), ("bundle", file), ("rebuilt report", again),
        ("tables", folder / "derived" / "tables"), ("data sets", folder / "derived" / "export"),
        ("evidence", folder / "derived" / "evidence"),
    ):  # fmt: skip
        say(f"{what}: {place}")


def share(folder: Path) -> None:
    """A de-identified copy beside the study; its key stays with the study."""
    run("trial", "share", "--study", folder, "--out", copy_of(folder),
        "--key", folder / "sharing.key", "--as", "cora", shown=True)  # fmt: skip
    say(f"copy: {copy_of(folder)}")


def copy_of(folder: Path) -> Path:
    """Where the copy goes: not into the study, from which it is to go out."""
    return folder.with_name(f"{folder.name}-copy")


def main() -> None:
    """Run the study in a new folder."""
    if len(sys.argv) not in (2, 3):
        raise SystemExit("give a new folder: python examples/simulated_study/run.py FOLDER [N]")
    folder = Path(sys.argv[1])
    if copy_of(folder).exists():
        raise SystemExit(f"{copy_of(folder)} is there already: give another new folder")
    people = draw_people(SEED, int(sys.argv[2]) if len(sys.argv) == 3 else 12)
    with passphrases("made up, as all here"):
        start_study(folder)
        batches.start_generator(folder)
        day = FIRST_DAY - timedelta(days=10)
        for person in people:
            screen(folder, person, day)
        enter_screenings(folder, people, day.isoformat())
        for number, (day, treated) in enumerate(batches.weeks(people).items(), start=1):
            labelled_gbq = batches.make_batch(folder, number, day)
            batches.treat(folder, number, treated, labelled_gbq)
            batches.test_sterility(folder, number, day)
            for person in treated:
                image(folder, person)
        fix_rule(folder)
        enter_follow_up(folder, people)
        report(folder)
        show_evidence(folder)
        write_report(folder)
        share(folder)


if __name__ == "__main__":
    main()
