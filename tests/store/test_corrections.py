"""`hevesy pharmacy correct`: what follows, and what would become impossible, on both databases."""

# ruff: noqa: F811 - fixtures that are imported are named by parameters

import json
from pathlib import Path

import pytest

from hevesy.pharmacy import parse_label_payload
from tests.store.chain_study import at, call
from tests.store.test_chain import (
    Run,
    _known,  # noqa: F401 - a fixture
    dispense,
    inject,
    json_of,
    refused,
    run,  # noqa: F401 - a fixture
    study,  # noqa: F401 - a fixture
)
from tests.store.test_measurements import Trial, amend, equip, later, sets, shown, trial  # noqa: F401

WHY = ("--reason", "read wrongly")


def test_a_late_residual_makes_it_net(run: Run, trial: Trial, study: Path) -> None:
    """The lesions, the administration and its uncertainty follow; sums by hand."""
    shot = inject(post="", lesion="P1-L", **{"post-time": "", "reflux": "P1-L=10 %"})
    assert json_of(run("inject A1 --json", *shot))["kind"] == "gross"
    assert run("dispense S2", *dispense())[0] == 0
    more = inject(syringe="S2", inclusion="", pre="640 MBq", start=at("08:55"), end=at("08:57"),
                  post="40 MBq", **{"post-time": at("09:00")})  # fmt: skip
    assert json_of(run("inject A1 --json", *more))["kind"] == "net"
    assert shown(trial, "administration", "A1")["kind"] == "gross"
    fix = ("correct injection S1-I1", "--as", "ines", *WHY)
    refused(run(*fix, *sets(post="100 MBq")), "a residual needs its activity and its time")
    late = sets(post="100 MBq", post_at=at("08:50"))
    done = json_of(run(f"{fix[0]} --json", *fix[1:], *late))
    assert (done["version"], done["followed"]) == (2, ["administration A1"])
    net = 1270 * later(10 / 60) - 100 / later(10 / 60)
    row = shown(trial, "injection", "S1-I1")
    assert row["net_bq"] == pytest.approx(0.9 * net * 1e6, rel=1e-5)
    assert row["net_uncertainty_bq"] == pytest.approx(0.03 * 0.9 * net * 1e6, rel=1e-5)
    second = 640 * later(25 / 60) - 40 / later(5 / 60)
    given = shown(trial, "administration", "A1")
    both = net * later(17 / 60) + second * later(2 / 60)
    assert (given["kind"], given["version"]) == ("net", 3)
    assert given["activity_bq"] == pytest.approx(both * 1e6, rel=1e-5)
    assert given["activity_uncertainty_bq"] == pytest.approx(0.03 * both * 1e6, rel=1e-5)
    refused(run(*fix, *late), "changes nothing")
    refused(run(*fix, *sets(post="1.3 GBq")), "not less than what the syringe held")
    refused(run(*fix, *sets(post_at=at("08:42"))), "before the injection was over")
    refused(run(*fix, *sets(post="90 MBq"), "--version", "1"), "changed meanwhile", "version 2")
    refused(run(*fix, *sets(pre="34.3 MBq", post="2.7 MBq")), "were 34.3 mCi")
    assert call("trial", "check", study, "--audit") == 0


def test_the_readings_uncertainty_reaches_the_administration(run: Run, trial: Trial) -> None:
    assert run("inject A1", *inject())[0] == 0
    refused(run("trace A1"), "traced from its injections", "S1-I1")
    before = shown(trial, "administration", "A1")
    spread = ("correct injection S1-I1", "--as", "ines", *WHY, *sets(uncertainty="10 %"))
    assert run(*spread)[0] == 0
    after = shown(trial, "administration", "A1")
    assert after["activity_bq"] == before["activity_bq"]
    assert after["activity_uncertainty_bq"] == pytest.approx(
        0.10 * float(str(after["activity_bq"]))
    )


def test_typed_records_under_an_injection(run: Run, trial: Trial, study: Path) -> None:
    """What was injected, into whom and when is not typed over."""
    assert run("inject A1", *inject())[0] == 0
    ines = ("--as", "ines")
    for words in (
        ("record patient PX", *sets(site="Hospital")),
        ("record inclusion PX-1", *sets(patient="PX", at=at("06:00"), eligible="no")),
    ):
        assert trial(*words, *ines)[0] == 0
    lesion = str(shown(trial, "injection", "S1-I1")["lesion"])
    inclusion = str(shown(trial, "administration", "A1")["inclusion"])
    before = shown(trial, "administration", "A1")
    for what, values, said in (
        ("administration A1", {"activity": "1 GBq"}, "sum of its injections"),
        ("administration A1", {"kind": "gross"}, "sum of its injections"),
        ("administration A1", {"at": at("08:50")}, "sum of its injections"),
        ("administration A1", {"inclusion": "PX-1"}, "of another patient"),
        (f"lesion {lesion}", {"patient": "PX"}, "injection S1-I1 rests on it"),
        (f"inclusion {inclusion}", {"patient": "PX"}, "administration A1 rests on it"),
        (f"inclusion {inclusion}", {"at": at("23:00")}, "after its administration, A1"),
    ):
        refused(trial(f"correct {what}", *sets(**values), *ines, *WHY), said)
    assert shown(trial, "administration", "A1") == before
    words = ("correct administration A1", *sets(note="seen"), "--as", "ines", *WHY)
    assert trial(*words)[0] == 0
    assert call("trial", "check", study, "--audit") == 0


def test_a_syringe_and_its_label(run: Run, trial: Trial) -> None:
    assert run("dispense S2 --subject P1", *dispense())[0] == 0
    fix = ("correct syringe S2 --json", "--as", "yann", *WHY)
    done = json_of(run(*fix, *sets(activity="640 MBq", uncertainty="2 %", volume="0.9 mL")))
    lines = done["label"]
    assert isinstance(lines, list)
    assert "640 MBq (17.3 mCi) in 0.9 mL" in lines
    assert "subject P1" in lines
    assert parse_label_payload(str(lines[-1])).activity_bq == pytest.approx(640e6)
    row = shown(trial, "syringe", "S2")
    assert row["activity_uncertainty_bq"] == pytest.approx(0.02 * 640e6)
    for values, said in (
        ({"volume": "3.5 mL", "activity": "1.6 GBq"}, "more was drawn than the vial"),
        ({"measured_at": at("07:20")}, "can't be used for the dispensing"),
        ({"measured_at": at("14:50")}, "past its expiry"),
        ({"activity": "17.3 MBq"}, "were 17.3 mCi"),
        ({"activity": "17.3"}, "needs a number and a unit"),
        ({"measured_at": "2024-03-31T02:30"}, "2024-03-31"),
        ({"measured_at": "2024-10-27T02:30"}, "happened twice"),
        ({"measured_at": "2199-01-01T00:00Z"}, "has not come yet"),
        ({"vial": "V9"}, "no such vial"),
        ({"label": "x"}, "has no such value"),
        ({"device": "D9"}, "no such device"),
    ):
        refused(run(*fix, *sets(**values)), said)
    refused(run(*fix), "nothing is given to correct")
    refused(run("correct syringe S2 --as ines", *WHY, *sets(shield="Pb")), "ines may not")
    refused(run("correct syringe S9 --as yann", *WHY, *sets(shield="Pb")), "no such syringe")
    refused(run("correct syringe S2 --as yann --reason", " ", *sets(shield="Pb")), "a reason")
    refused(run("correct patient P1 --as yann", *WHY, *sets(sex="F")), "hevesy trial correct")
    refused(run("correct syring S2 --as yann", *WHY, *sets(shield="Pb")), 'mean "syringe"')


def test_what_rests_on_it_is_named(run: Run, trial: Trial, study: Path) -> None:
    """Nothing is written where a later record would become impossible."""
    assert run("inject A1", *inject())[0] == 0
    ada = ("--as", "ada", *WHY)
    cases = (
        ("vial V1", {"volume": "1.5 mL"}, ("syringe S1 rests on it", "more was drawn")),
        ("vial V1", {"activity": "1 GBq"}, ("syringe S1 rests on it", "more was drawn")),
        ("vial V1", {"measured_at": at("06:30")}, ("before", "wrong order")),
        ("vial V1", {"activity": "4.2 GBq"}, ("batch B1", "is 4200 MBq")),
        ("elution E3", {"volume": "7 mL"}, ("batch B4 rests on it", "eluate E3")),
        ("elution E3", {"activity": "10 GBq"}, ("batch B3 rests on it", "eluate E3")),
        ("elution E3", {"measured_at": at("06:13")}, ("rests on it", "before its last event")),
        ("batch_elution B1-E1", {"volume": "5 mL"}, ("rests on it", "eluate E3")),
        ("batch_elution B1-E1", {"activity": "2 GBq"}, ("batch B1 rests on it", "is 3400 MBq")),
        ("batch B1", {"expires_at": at("08:30")}, ("injection S1-I1 rests on it", "expiry")),
        ("batch B1", {"expires_at": at("07:50")}, ("syringe S1 rests on it", "expiry")),
        ("batch B1", {"expires_at": at("14:50")}, ("later than the study allows",)),
        ("batch_step B1-S1", {"ended_at": at("07:10")}, ("V1 rests on it", "wrong order")),
        ("batch_step B1-S1", {"checked_by": "ada"}, ("performed and checked by one person",)),
        ("batch_component B1-C1", {"expires_at": at("00:00", 1)}, ("past its expiry",)),
        ("generator G1", {"expires_at": at("00:00", 7)}, ("elution E3 rests on it", "expiry")),
        ("generator G1", {"calibrated_at": at("00:00", 5)}, ("wrong order",)),
    )  # fmt: skip
    for record, values, said in cases:
        refused(run(f"correct {record}", *ada, *sets(**values)), *said)
        assert shown(trial, *record.split())["version"] == 1
    refused(run("correct syringe S1 --as yann", *WHY, *sets(measured_at=at("08:35"))),
            "injection S1-I1 rests on it", "wrong order")  # fmt: skip


def test_sums_and_residues_follow(run: Run, trial: Trial, study: Path) -> None:
    done = json_of(run("correct vial V2 --as ada --json", *WHY, *sets(activity="3.3 GBq")))
    assert done["followed"] == ["batch B2"]
    assert shown(trial, "batch", "B2")["activity_bq"] == pytest.approx(3.3e9)
    before = [shown(trial, "elution", f"E{n}")["left_bq"] for n in range(4)]
    fix = ("correct elution E1 --as ada --json", *WHY)
    done = json_of(run(*fix, *sets(activity="21 GBq")))
    assert done["followed"] == ["elution E2", "elution E3"]
    after = [shown(trial, "elution", f"E{n}")["left_bq"] for n in range(4)]
    assert after[0] == before[0]
    assert isinstance(after[1], float)
    assert isinstance(before[1], float)
    # 0.6 GBq less at 06:12 was 12 min of decay more at 06:00; a day on, 1/2.66 of it is left
    more = 0.6e9 / later(12 / 60)
    assert after[1] - before[1] == pytest.approx(more, rel=1e-5)
    assert after[2] - before[2] == pytest.approx(more * later(24), rel=1e-5)  # type: ignore[operator]
    refused(run(*fix, *sets(activity="0.5 GBq")), "were 500 mCi")
    assert run(*fix, *sets(activity="0.5 GBq"), "--yes-unit")[0] == 0
    assert call("trial", "check", study, "--audit") == 0


def test_a_late_breakthrough_forces_a_recall(run: Run, study: Path) -> None:
    """The truth can be entered, and the batch must then go."""
    amend(study, '[generator]\nbreakthrough_limit = 2e-6\nbreakthrough_after = "24 h"\n')
    fix = ("correct elution E3 --as ada", *WHY)
    refused(run("dispense X", *dispense()), "W-188 in eluate E3: missing")
    assert run(*fix, *sets(breakthrough_relative="1e-7", breakthrough_at=at("06:12")))[0] == 0
    assert run("dispense S2", *dispense())[0] == 0
    assert run(*fix, *sets(breakthrough_relative="1e-6"))[0] == 0
    found = json_of(run("recall B1 --json"))["batches"]
    assert isinstance(found, list)
    assert found[0]["demanded"] == "recalled"
    assert "W-188 in eluate E3" in found[0]["failed"][0]
    refused(run("dispense X", *dispense(measured=at("08:20"))), "a test failed")


def test_a_reading_corrected_by_its_factor(run: Run, trial: Trial) -> None:
    equip(trial)
    yann = ("--as", "yann", *WHY)
    assert run("dispense S2 --reading --device D1", *dispense(activity="520 MBq"))[0] == 0
    assert run("correct syringe S2 --reading", *yann, *sets(activity="512 MBq"))[0] == 0
    row = shown(trial, "syringe", "S2")
    assert row["activity_bq"] == pytest.approx(512e6 * 1.25)
    assert row["activity_uncertainty_bq"] == pytest.approx(0.05 * 640e6)
    assert row["calibration"]["entered_bq"] == 512e6  # type: ignore[index]
    # in another container the same reading has another factor, or none
    refused(run("correct syringe S2", *yann, *sets(container="3 mL syringe")), "no calibrator")
    assert run("correct syringe S2", *yann, *sets(volume="0.95 mL"))[0] == 0
    assert shown(trial, "syringe", "S2")["activity_bq"] == pytest.approx(640e6)
    assert run("inject A1 --reading --device D1", *inject(pre="1016 MBq", post="80 MBq"))[0] == 0
    fix = ("correct injection S1-I1 --reading", "--as", "ines", *WHY)
    assert run(*fix, *sets(post="72 MBq", needle_passes=3))[0] == 0
    row = shown(trial, "injection", "S1-I1")
    net = 1270 * later(10 / 60) - 90 / later(10 / 60)
    assert row["net_bq"] == pytest.approx(net * 1e6, rel=1e-5)
    assert row["net_uncertainty_bq"] == pytest.approx(0.05 * net * 1e6, rel=1e-5)
    assert (row["post_bq"], row["needle_passes"]) == (pytest.approx(90e6), 3)
    history = json.loads(trial("show injection S1-I1 --history --json")[1])["records"]
    assert [entry["post_bq"] for entry in history] == [pytest.approx(100e6), pytest.approx(90e6)]
