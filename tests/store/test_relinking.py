"""`hevesy pharmacy correct` on links, shares and reflux, and every kind as every role."""

# ruff: noqa: F811 - fixtures that are imported are named by parameters

import json
from pathlib import Path

import pytest

from hevesy.workflows.custody.correcting import CORRECTED
from tests.store.chain_study import at, call
from tests.store.test_chain import (
    READ,
    Run,
    _known,  # noqa: F401 - a fixture
    dispense,
    inject,
    json_of,
    refused,
    run,  # noqa: F401 - a fixture
    study,  # noqa: F401 - a fixture
)
from tests.store.test_measurements import Trial, later, sets, shown, trial  # noqa: F401

WHY = ("--reason", "mistaken")
ROLES = ("pharmacist", "physicist", "investigator", "coordinator", "statistician", "monitor",
         "administrator")  # fmt: skip


def test_a_syringe_of_another_vial(run: Run, trial: Trial, study: Path) -> None:
    """Both vials' books, the label and a recall follow; by hand: 1 mL of 5 is a fifth."""
    yann = ("--as", "yann", *WHY)
    assert run("dispense S2 --subject P2", *dispense())[0] == 0
    fix = "correct syringe S2"
    refused(run(fix, *yann, *sets(vial="V2")), "can't be used for the dispensing")  # no release
    refused(run(fix, *yann, *sets(vial="V3")), "can't be used for the dispensing", "recalled")
    refused(run(fix, *yann, *sets(vial="V9")), "no such vial")
    done = json_of(run(f"{fix} --json", *yann, *sets(vial="V4")))
    assert any("B4" in str(line) for line in done["label"])  # type: ignore[attr-defined]
    assert "subject P2" in done["label"]  # type: ignore[operator]
    assert shown(trial, "syringe", "S2")["vial"] == "V4"
    told = "patient P2: labelled for, not injected (syringe S2)"
    assert told in run("recall B4")[1]
    assert told not in run("recall B1")[1]
    # 5 mL: 2 mL of V1 were drawn as S1, 1 mL of V4 as S2
    more = dispense(volume="3.1 mL", activity="1.9 GBq", measured=at("08:20"))
    refused(run("dispense S3", *more), "more was drawn than the vial")
    most = dispense(volume="3 mL", activity="1.9 GBq", measured=at("08:20"))
    assert run("dispense S3", *most)[0] == 0
    # V1 has nothing left for S2 now: its books would not add up
    refused(run(fix, *yann, *sets(vial="V1")), "more was drawn than the vial")
    assert shown(trial, "syringe", "S2")["version"] == 2
    assert call("trial", "check", study, "--audit") == 0


def test_a_link_on_which_something_rests_stays(run: Run, trial: Trial) -> None:
    assert run("inject A1", *inject())[0] == 0
    refused(run("correct syringe S1 --as yann", *WHY, *sets(vial="V4")),
            "syringe S1 keeps its link", "injection S1-I1 rests on it")  # fmt: skip
    assert shown(trial, "syringe", "S1")["version"] == 1
    ada = ("--as", "ada", *WHY)
    refused(run("correct batch_elution B1-E1", *ada, *sets(elution="E2")),
            "batch_elution B1-E1 keeps its link", "release_decision", "rests on it")  # fmt: skip
    refused(run("correct batch_elution B2-E1", *ada, *sets(elution="E9")), "no such elution")
    # nothing was decided on B2: E2 was eluted a day earlier and has 2 mL to give
    early = sets(elution="E2", activity="3.9 GBq")
    assert run("correct batch_elution B2-E1", *ada, *early)[0] == 0
    assert shown(trial, "batch_elution", "B2-E1")["elution"] == "E2"
    names = [one["name"] for one in json_of(run("trace E2 --json"))["items"]]  # type: ignore[attr-defined]
    assert "B2" in names
    too_much = sets(elution="E3", volume="9 mL")
    refused(run("correct batch_elution B2-E1", *ada, *too_much), "rests on it")


def test_a_withdrawal_of_another_vial(run: Run, trial: Trial) -> None:
    sample = ("--as", "yann", "--purpose", "sample", "--volume", "0.5 mL", "--uncertainty", "3 %",
              "--measured", at("08:20"), "--activity", "320 MBq")  # fmt: skip
    assert run("withdraw V1", *sample)[0] == 0
    yann = ("--as", "yann", *WHY)
    assert run("correct withdrawal V1-W1", *yann, *sets(vial="V2"))[0] == 0
    assert shown(trial, "withdrawal", "V1-W1")["vial"] == "V2"
    send = ("--as", "ada", "--to", "Hospital", "--activity", "3.2 GBq", *READ, "--at", at("08:05"))
    assert run("dispatch V4", *send)[0] == 0
    got = ("--activity", "3 GBq", "--uncertainty", "3 %", "--at", at("08:10"), "--measured",
           at("08:12"))  # fmt: skip
    assert run("receive V4-T1", "--as", "yann", *got)[0] == 0
    refused(run("correct withdrawal V1-W1", *yann, *sets(vial="V4")), "was elsewhere", "'Hospital'")


def test_shares_and_reflux_keep_what_left_the_syringe(run: Run, trial: Trial, study: Path) -> None:
    ines = ("--as", "ines", *WHY)
    for lesion, patient in (("P1-M", "P1"), ("P1-N", "P1")):
        new = sets(patient=patient, organ="liver")
        assert trial(f"record lesion {lesion}", *new, "--as", "ines")[0] == 0
    both = [word for word in inject(lesion="", passes="") if word]
    shot = ("--lesion", "P1-L=60 %", "--lesion", "P1-M=40 %", "--passes", "P1-L=2", "--passes",
            "P1-M=1", "--reflux", "P1-M=10 %")  # fmt: skip
    assert run("inject A1", *both, *shot)[0] == 0
    net = (1270 * later(10 / 60) - 100 / later(10 / 60)) * 1e6
    names = {shown(trial, "injection", f"S1-I{n}")["lesion"]: f"S1-I{n}" for n in (1, 2)}
    first, second = names["P1-L"], names["P1-M"]
    given = shown(trial, "administration", "A1")

    def held(shares: dict[str, float], back: dict[str, float]) -> None:
        total = 0.0
        for name, share in shares.items():
            row = shown(trial, "injection", name)
            lost = back.get(name, 0.0)
            assert row["net_bq"] == pytest.approx(share * (1 - lost) * net, rel=1e-5)
            assert row["net_uncertainty_bq"] == pytest.approx(
                0.03 * share * (1 - lost) * net, rel=1e-5
            )
            total += float(str(row["net_bq"])) / (1 - lost)
        assert total == pytest.approx(net, rel=1e-5)
        now = shown(trial, "administration", "A1")
        assert now["activity_bq"] == pytest.approx(given["activity_bq"], rel=1e-12)

    held({first: 0.6, second: 0.4}, {second: 0.1})
    fix = f"correct injection {first}"
    new = ("--set", "share.P1-L=75 %", "--set", "share.P1-M=25 %")
    done = json_of(run(f"{fix} --json", *ines, *new))
    assert done["followed"] == [f"injection {second}"]  # not the administration
    held({first: 0.75, second: 0.25}, {second: 0.1})
    back = f"correct injection {second}"
    assert run(back, *ines, *sets(reflux="20 %"))[0] == 0
    held({first: 0.75, second: 0.25}, {second: 0.2})
    assert shown(trial, "injection", second)["reflux"] == "20 %"
    # with a reading at once: 90 MBq stayed in the syringe instead of 100
    assert run(back, *ines, *sets(post="90 MBq", reflux=""))[0] == 0
    net = (1270 * later(10 / 60) - 90 / later(10 / 60)) * 1e6
    given = shown(trial, "administration", "A1")
    held({first: 0.75, second: 0.25}, {})
    assert shown(trial, "injection", second)["reflux"] is None
    assert run(back, *ines, *sets(lesion="P1-N"))[0] == 0
    held({first: 0.75, second: 0.25}, {})
    versions = {name: shown(trial, "injection", name)["version"] for name in (first, second)}
    for command, values, said in (
        (fix, ("share.P1-L=75 %", "share.P1-N=26 %"), ("1 together", "0.26")),
        (fix, ("share.P1-L=100 %",), ("corrected together", "P1-L, P1-N")),
        (fix, ("share.P1-L=100 %", "share.P1-N=0 %"), ("above 0",)),
        (fix, ("share=75 %",), ("share.LESION",)),
        (fix, ("share.P1-L=75 %", "share.P1-N=25 %"), ("changes nothing",)),
        (back, ("reflux=100 %",), ("part of what was given",)),
        (back, ("reflux=-3 %",), ("reflux",)),
        (back, ("lesion=P2-L",), ("another patient",)),
        (back, ("lesion=P1-L",), ("stands in this injection already",)),
        (back, ("lesion=P9-L",), ("no such lesion",)),
    ):
        refused(run(command, *ines, *(word for one in values for word in ("--set", one))), *said)
    assert versions == {name: shown(trial, "injection", name)["version"] for name in versions}
    assert call("trial", "check", study, "--audit") == 0


# what each kind is corrected by, and who may: typed from the table in docs/store/index.md
PHARMACIST, CHAIN, GIVE = {"pharmacist"}, {"pharmacist", "physicist"}, {"physicist", "investigator"}
AS_ROLES = [
    ("generator", "G1", "lot={n}", PHARMACIST),
    ("elution", "E0", "note=n{n}", PHARMACIST),
    ("batch", "B1", "note=n{n}", PHARMACIST),
    ("batch_elution", "B2-E1", "activity=3.9{n} GBq", PHARMACIST),
    ("batch_component", "B1-C1", "lot=x{n}", PHARMACIST),
    ("batch_step", "B1-S1", "temperature_high_deg_c=72.{n}", PHARMACIST),
    ("vial", "V2", "activity=3.3{n} GBq", PHARMACIST),  # the batch's sums follow
    ("vial", "V2", "container=bottle {n}", CHAIN),
    ("withdrawal", "V1-W1", "activity=32{n} MBq", CHAIN),
    ("dispatch", "V4-T1", "activity=3.2{n} GBq", CHAIN),
    ("receipt", "V4-T1-R", "condition=n{n}", CHAIN),
    ("syringe", "S2", "shield=W{n}", CHAIN),
    ("injection", "S1-I1", "needle_gauge=2{n}G", GIVE),
]  # fmt: skip


def test_every_kind_as_every_role(run: Run, trial: Trial, study: Path) -> None:
    for role in ROLES:
        made = ("user", "add", f"a-{role}", "--role", role, "--study", study, "--as", "root")
        assert call(*made) == 0
    sample = ("--as", "yann", "--purpose", "sample", "--volume", "0.5 mL", "--uncertainty", "3 %",
              "--measured", at("08:20"), "--activity", "320 MBq")  # fmt: skip
    assert run("withdraw V1", *sample)[0] == 0
    send = ("--as", "ada", "--to", "Hospital", "--activity", "3.2 GBq", *READ, "--at", at("08:05"))
    assert run("dispatch V4", *send)[0] == 0
    got = ("--activity", "3 GBq", "--uncertainty", "3 %", "--at", at("09:00"), "--measured",
           at("09:05"))  # fmt: skip
    assert run("receive V4-T1", "--as", "yann", *got)[0] == 0
    assert run("dispense S2", *dispense(measured=at("08:25")))[0] == 0
    assert run("inject A1", *inject())[0] == 0
    assert {kind for kind, *_ in AS_ROLES} == set(CORRECTED)
    for kind, name, change, may in AS_ROLES:
        for n, role in enumerate(ROLES, start=1):
            before = shown(trial, kind, name)["version"]
            done = run(f"correct {kind} {name}", "--as", f"a-{role}", *WHY, "--set",
                       change.format(n=n))  # fmt: skip
            if role in may:
                assert done[0] == 0, (kind, role, done)
                assert shown(trial, kind, name)["version"] == before + 1  # type: ignore[operator]
            else:
                refused(done, f"a-{role} may not")
                assert shown(trial, kind, name)["version"] == before
    assert call("trial", "check", study, "--audit") == 0
    assert json.loads(trial("show generator G1 --json")[1])["records"][0]["lot"] == "1"
