"""The same day as `prepare.py`, on a study's records: each step by the `hevesy` command.

Elution to injection, radio-TLC at 84.9 % (refused) and at 85 %, and a sterility test that fails
five days later. Activities, the site's limits and names are made up; steps and the 85 % are the
[188Re]Re-ImDendrim trial's. Run it: `python examples/preparation/study.py FOLDER`
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from hevesy.cli import main as hevesy
from hevesy.store.tables import Inclusion, Lesion, Patient
from hevesy.workflows.study import open_study

DAY = "2024-03-07"  # a Thursday
SITE = """
[[site]]
name = "Workshop"
timezone = "Asia/Shanghai"
"""
TESTS = """
[[test]]
name = "pH"
low = 5.0
high = 7.5

[[test]]
name = "sterility"
accepted = ["no growth"]
before_injection = false
"""
BATCH = """
site = "Workshop"
timezone = "Asia/Shanghai"
equipment = { heater = "H-1" }
elution = [
    { name = "E-3", volume = "10 mL", activity = "19.6 GBq", measured = 2024-03-07T14:12:00 },
]
component = [
    { name = "acid", lot = "24-1", expires = 2024-05-01T00:00:00 },
    { name = "reducing agent", lot = "24-1", expires = 2024-05-01T00:00:00 },
    { name = "ligand-dendrimer", lot = "24-1", expires = 2024-05-01T00:00:00 },
]

[[step]]
name = "reduction"
start = 2024-03-07T14:18:00
end = 2024-03-07T14:39:00
temperature_low_deg_c = 71.4
temperature_high_deg_c = 72.3
gas = "CO"
performed_by = "ada"
checked_by = "ben"

[[step]]
name = "coupling"
start = 2024-03-07T14:45:00
end = 2024-03-07T15:48:00
temperature_low_deg_c = 71.6
temperature_high_deg_c = 72.2
performed_by = "ada"
checked_by = "ben"

[[vial]]
name = "V-1"
container = "10 mL vial"
volume = "10 mL"
activity = "17 GBq"
uncertainty = "3 %"
measured = 2024-03-07T16:00:00
"""
PEOPLE = {
    "ada": "pharmacist", "ben": "pharmacist", "cleo": "pharmacist", "dana": "pharmacist",
    "yann": "physicist", "ines": "investigator",
}  # fmt: skip


def say(text: str) -> None:
    """Write a line."""
    sys.stdout.write(text + "\n")


def run(*words: object) -> int:
    """Show a command and run it; give its exit code."""
    shown = [f'"{word}"' if " " in str(word) else str(word) for word in words]
    say(f"$ hevesy {' '.join(shown)}")
    sys.stdout.flush()
    try:
        hevesy([str(word) for word in words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def at(time: str, day: str = DAY) -> str:
    """A time in Shanghai."""
    return f"{day}T{time}+08:00"


def prepare_study(folder: Path) -> None:
    """A study from the paper's template, with the site's own limits, its people."""
    run("trial", "init", folder, "--template", "imdendrim", "--as", "root")
    toml = folder / "study.toml"
    text = toml.read_text("utf-8").replace('# injected_within = "..."', 'injected_within = "8 h"')
    toml.write_text(text.replace("\n[visits]", f"{SITE}{TESTS}\n[visits]"), "utf-8")
    run("trial", "amend", folder, "--reason", "the site's own limits", "--as", "root")
    for name, role in PEOPLE.items():
        run("user", "add", name, "--study", folder, "--role", role, "--as", "root")


def prepare_batch(folder: Path) -> None:
    """Four days of elutions, and the fourth one's eluate labelled."""
    study = ("--study", folder, "--as", "ada")
    run("pharmacy", "generator", "G-1", *study, "--site", "Workshop", "--parent", "37 GBq",
        "--uncertainty", "5 %", "--daughter", "30 GBq", "--calibrated", at("14:00", "2024-03-03"),
        "--lot", "W24-7")  # fmt: skip
    for number, activity in enumerate(("26.8 GBq", "21.6 GBq", "20.3 GBq", "19.6 GBq")):
        day = f"2024-03-{4 + number:02d}"
        run("pharmacy", "elute", f"E-{number}", *study, "--generator", "G-1",
            "--at", at("14:00", day), "--measured", at("14:12", day), "--activity", activity,
            "--volume", "10 mL", "--uncertainty", "0.5 %")  # fmt: skip
        if number == 2:
            run("pharmacy", "predict", "--study", folder, "--generator", "G-1",
                "--at", at("14:00"))  # fmt: skip
    record = folder / "B-1.toml"
    record.write_text(BATCH, "utf-8")
    run("pharmacy", "label", "B-1", *study, "--record", record)


def check_batch(folder: Path) -> None:
    """At 84.9 % the release is refused; that strip was spoilt, and the next one gives 85 %."""
    study = ("--study", folder, "--as", "cleo")
    when = ("--sampled", at("16:05"), "--result", at("16:12"))
    run("pharmacy", "test", "B-1", "pH", *study, "--value", "6.2", *when)
    for product in (84_900, 85_000):
        strip = folder / f"strip-{product}.csv"
        strip.write_text(
            f"mm,counts\n0,0\n10,{product}\n20,0\n30,{100_000 - product}\n40,0\n", "utf-8"
        )
        run("pharmacy", "test", "B-1", "radio-TLC", *study, "--trace", strip,
            "--region", "product=5:25", "--region", "free=25:35", *when)  # fmt: skip
        decide = ("pharmacy", "release", "B-1", "conditional", "--study", folder, "--as", "dana")
        if run(*decide, "--at", at("16:24")):
            run("pharmacy", "invalidate", "B-1-Q2", "--study", folder, "--as", "dana",
                "--reason", "the strip was scratched")  # fmt: skip


def enrol(folder: Path) -> None:
    """A patient with two lesions."""
    with open_study(folder) as (_, store), store.writing("ines") as writer:
        writer.add(Patient(id="P-012", site="Shanghai East Hospital"))
        writer.add(Inclusion(id="P-012-1", patient="P-012", eligible=True,
                             at=datetime(2024, 3, 1, 9, tzinfo=UTC)))  # fmt: skip
        for name in ("L1", "L2"):
            writer.add(Lesion(id=name, patient="P-012", organ="liver"))


def treat(folder: Path) -> None:
    """A sample, the way to the hospital, a syringe, its injection into two lesions."""
    study = ("--study", folder)
    run("pharmacy", "withdraw", "V-1", *study, "--as", "ada", "--purpose", "sample",
        "--volume", "0.5 mL", "--activity", "845 MBq", "--measured", at("16:05"),
        "--uncertainty", "3 %")  # fmt: skip
    run("pharmacy", "dispatch", "V-1", *study, "--as", "ada", "--to", "Shanghai East Hospital",
        "--activity", "15.9 GBq", "--measured", at("16:25"), "--at", at("16:30"),
        "--uncertainty", "3 %")  # fmt: skip
    run("pharmacy", "receive", "V-1-T1", *study, "--as", "yann", "--at", at("17:20"),
        "--activity", "15.3 GBq", "--measured", at("17:25"), "--uncertainty", "3 %")  # fmt: skip
    enrol(folder)
    run("pharmacy", "dispense", "S-1", *study, "--as", "yann", "--vial", "V-1",
        "--volume", "2 mL", "--activity", "3.21 GBq", "--measured", at("17:30"),
        "--uncertainty", "3 %", "--container", "5 mL syringe", "--shield", "10 mm PMMA",
        "--subject", "P-012", "--label", folder / "S-1.png")  # fmt: skip
    run("pharmacy", "inject", "A-1", *study, "--as", "ines", "--inclusion", "P-012-1",
        "--syringe", "S-1", "--lesion", "L1=0.6", "--lesion", "L2=0.4", "--passes", "L1=1",
        "--passes", "L2=2", "--reflux", "L2=5 %", "--pre", "3.21 GBq", "--pre-time", at("17:30"),
        "--start", at("18:00"), "--end", at("18:06"), "--post", "0.2 GBq", "--post-time",
        at("18:12"), "--uncertainty", "3 %", "--prescribed", "3 GBq")  # fmt: skip


def fail_late(folder: Path) -> None:
    """Five days later the sterility test has growth: the recall, and who is concerned."""
    late = at("14:00", "2024-03-12")
    run("pharmacy", "test", "B-1", "sterility", "--study", folder, "--as", "cleo",
        "--words", "growth", "--sampled", at("16:05"), "--result", late)  # fmt: skip
    run("pharmacy", "release", "B-1", "recall", "--study", folder, "--as", "dana",
        "--reason", "sterility: growth", "--at", at("14:30", "2024-03-12"))  # fmt: skip
    run("pharmacy", "recall", "B-1", "--study", folder)
    run("pharmacy", "trace", "G-1", "--study", folder, "--to", "P-012")
    run("trial", "check", folder, "--audit")


def main() -> None:
    """Run the day in a new folder."""
    if len(sys.argv) != 2:
        raise SystemExit("give a new folder: python examples/preparation/study.py FOLDER")
    folder = Path(sys.argv[1])
    for variable in ("HEVESY_PASSPHRASE", "HEVESY_NEW_PASSPHRASE"):
        os.environ[variable] = "made up, as all here"  # each person has their own
    prepare_study(folder)
    prepare_batch(folder)
    check_batch(folder)
    treat(folder)
    fail_late(folder)


if __name__ == "__main__":
    main()
