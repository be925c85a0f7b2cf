"""A study with four batches on the way from the generator to the patient, for the chain's tests."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hevesy.cli import main
from hevesy.store import tables as t
from hevesy.workflows.study import init_study, open_study
from tests.store.chain_protocol import PEOPLE, PROTOCOL
from tests.store.cluster import run_on
from tests.store.study import PASSPHRASE

TOML = f"""{PROTOCOL}[activity]
low = "30 mCi"
high = "337 mCi"
[events]
ctcae = "5.0"
"""
RECORD = """
site = "Workshop"
[[elution]]
name = "E3"
volume = "{volume} mL"
activity = "{used} GBq"
measured = 2024-03-07T06:12:00Z
[[component]]
name = "acid"
lot = "1"
expires = 2024-05-01T00:00:00Z
[[step]]
name = "reduction"
start = 2024-03-07T06:20:00Z
end = 2024-03-07T06:40:00Z
temperature_low_deg_c = 71.0
temperature_high_deg_c = 73.0
gas = "{gas}"
performed_by = "ada"
checked_by = "ben"
[[vial]]
name = "{vial}"
container = "10 mL vial"
volume = "5 mL"
activity = "{held} GBq"
uncertainty = "3 %"
measured = 2024-03-07T07:00:00Z
"""


def at(time: str, day: int = 7) -> str:
    return f"2024-03-{day:02d}T{time}+00:00"


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def record(folder: Path, batch: str, **other: object) -> Path:
    values = {"volume": 2, "used": 3.9, "held": 3.4, "gas": "CO", "vial": batch.replace("B", "V")}
    path = folder / f"{batch}.toml"
    path.write_text(RECORD.format(**{**values, **other}))
    return path


TEST = ("--sampled", at("07:05"), "--result", at("07:10"))
READ = ("--measured", at("08:00"), "--uncertainty", "3 %")
DRAW = ("--container", "5 mL syringe", "--shield", "W")


def fill(folder: Path) -> None:
    """B1 released with a syringe S1, B2 in quarantine, B3 recalled, B4 released."""
    study = ("--study", folder, "--as")
    for name, role in PEOPLE.items():
        assert call("user", "add", name, "--role", role, *study, "root") == 0
    assert call(
        "pharmacy", "generator", "G1", *study, "ada", "--site", "Workshop", "--parent", "37 GBq",
        "--uncertainty", "5 %", "--daughter", "30 GBq", "--calibrated", at("06:00", 3),
        "--lot", "7",
    ) == 0  # fmt: skip
    for number, activity in enumerate((26.8, 21.6, 20.3, 19.6)):
        day = 4 + number
        assert call(
            "pharmacy", "elute", f"E{number}", *study, "ada", "--generator", "G1",
            "--at", at("06:00", day), "--measured", at("06:12", day),
            "--activity", f"{activity} GBq", "--volume", "10 mL", "--uncertainty", "0.5 %",
        ) == 0  # fmt: skip
    for batch in ("B1", "B2", "B3", "B4"):
        path = record(folder, batch)
        assert call("pharmacy", "label", batch, *study, "ada", "--record", path) == 0
    for batch in ("B1", "B3", "B4"):
        for test, value in (("pH", 6.2), ("radio-TLC", 91.5)):
            assert (
                call("pharmacy", "test", batch, test, *study, "cleo", "--value", value, *TEST) == 0
            )
        decision = ("pharmacy", "release", batch, "conditional", *study, "dana")
        assert call(*decision, "--at", at("07:30")) == 0
    assert call("pharmacy", "release", "B3", "recall", *study, "dana", "--reason", "x",
                "--at", at("07:40")) == 0  # fmt: skip
    assert call("pharmacy", "dispense", "S1", *study, "yann", "--vial", "V1", "--volume", "2 mL",
                "--activity", "1.3 GBq", *READ, *DRAW) == 0  # fmt: skip
    with open_study(folder) as (_, store), store.writing("root") as writer:
        writer.add(t.Site(id="Hospital", name="Hospital", timezone="Europe/Warsaw"))
    with open_study(folder) as (_, store), store.writing("ines") as writer:
        for person in ("P1", "P2"):
            writer.add(t.Patient(id=person, site="Hospital"))
            writer.add(t.Inclusion(id=f"{person}-1", patient=person, eligible=person == "P1",
                                   at=datetime(2024, 3, 1, tzinfo=UTC)))  # fmt: skip
            writer.add(t.Lesion(id=f"{person}-L", patient=person, organ="liver"))


@pytest.fixture(scope="session")
def chained(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Give a study's folder that is copied, never written to; made once for each database."""
    made: dict[str, Path] = {}

    def find(dialect: str) -> Path:
        if dialect not in made:
            folder = tmp_path_factory.mktemp("chained") / "s"
            url = None
            if dialect == "postgresql":
                address = request.getfixturevalue("postgresql")
                run_on(address, "CREATE DATABASE chained TEMPLATE template0")
                url = f"{address}/chained"
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("HEVESY_PASSPHRASE", PASSPHRASE)
                patch.setenv("HEVESY_NEW_PASSPHRASE", PASSPHRASE)
                patch.setattr("hevesy.workflows.study.study_template", lambda _: TOML)
                init_study(folder, template="imdendrim", user="root", full_name="Root",
                           passphrase=PASSPHRASE, url=url)  # fmt: skip
                fill(folder)
            made[dialect] = folder
        return made[dialect]

    return find
