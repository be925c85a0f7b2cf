"""`hevesy pharmacy` and `hevesy protect`: the real command's answers and refusals."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hevesy.cli import main

PREDICT = ["pharmacy", "predict", "--parent", "37 GBq", "--since", "24 h", "--left", "0 GBq",
           "--yield", "0.8"]  # fmt: skip
NET = ["pharmacy", "net", "--nuclide", "Re-188", "--pre", "2000 MBq", "--pre-time",
       "2024-03-01T09:40+01:00", "--post", "160 MBq", "--post-time", "2024-03-01T10:30+01:00",
       "--start", "2024-03-01T10:00+01:00"]  # fmt: skip
WASTE = ["protect", "waste", "--nuclide", "Re-188", "--activity", "10 GBq", "--to", "100 kBq",
         "--parent-fraction", "1e-5"]  # fmt: skip
REGIONS = ["--region", "product=20:60", "--region", "free=65:95", "--background", "0:10"]


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def answer(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    code, out, err = run([*arguments, "--json"], capsys)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def without(arguments: list[str], *options: str) -> list[str]:
    """The same command without some options and their values."""
    kept, skip = [], False
    for word in arguments:
        if skip:
            skip = False
        elif word in options:
            skip = True
        else:
            kept.append(word)
    return kept


def strip(folder: Path, product: float = 90_000, free: float = 10_000, seed: int = 3) -> Path:
    at = np.arange(0.0, 100.5, 0.5)
    shape = sum(
        counts * np.exp(-0.5 * ((at - middle) / 3) ** 2) / (3 * np.sqrt(2 * np.pi)) * 0.5
        for counts, middle in ((product, 40), (free, 80))
    )
    counts = np.random.default_rng(seed).poisson(shape + 10)
    path = folder / "strip.csv"
    rows = "".join(f"{a},{b},1\n" for a, b in zip(at, counts, strict=True))
    path.write_text("mm,counts,dwell_s\n" + rows)
    return path


def test_predict(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(PREDICT, capsys)
    assert set(found) == {
        "parent_gbq", "available_gbq", "eluted_gbq", "left_gbq", "hours_to_maximum",
    }  # fmt: skip
    assert found["parent_gbq"] == pytest.approx(37 * 2 ** (-1 / 69.78), rel=1e-6)
    assert found["available_gbq"] == pytest.approx(0.6205 * 37, abs=0.00005 * 37)
    assert found["eluted_gbq"] == pytest.approx(0.8 * found["available_gbq"])
    assert found["left_gbq"] == pytest.approx(0.2 * found["available_gbq"])
    assert found["hours_to_maximum"] == pytest.approx(113.75, abs=0.005)
    more = answer(
        [*PREDICT, "--yield-uncertainty", "3 %", "--needed", f"{found['eluted_gbq']} GBq"], capsys
    )
    assert more["eluted_uncertainty_gbq"] == pytest.approx(0.03 * found["available_gbq"])
    assert more["hours_to_needed"] == pytest.approx(24, rel=1e-6)
    text = run(PREDICT, capsys)[1]
    assert "18.37 GBq (496.38 mCi)" in text


def test_net(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(NET, capsys)
    by_hand = 2000 * 2 ** (-1 / 3 / 17.004) - 160 * 2 ** (0.5 / 17.004)
    assert found["net_mbq"] == pytest.approx(by_hand, rel=1e-9)
    assert found["net_mci"] == pytest.approx(by_hand / 37, rel=1e-9)
    assert found["kind"] == "net"
    gross = without(NET, "--post", "--post-time")
    assert answer(gross, capsys)["kind"] == "gross"
    assert answer(gross, capsys)["net_mbq"] == pytest.approx(2000 * 2 ** (-1 / 3 / 17.004))
    assert "gross, not net" in run(gross, capsys)[1]
    text = run([*NET, "--prescribed", "2200 MBq", "--uncertainty", "3 %"], capsys)[1]
    assert "warning: injected 1809.71 MBq (net) of 2200 MBq prescribed: -17.7 %" in text
    assert "± 54 MBq" in text


def test_net_in_the_sites_own_time(capsys: pytest.CaptureFixture[str]) -> None:
    local = [word.replace("+01:00", "") for word in NET]
    same = answer([*local, "--timezone", "Europe/Warsaw"], capsys)
    assert same["net_mbq"] == answer(NET, capsys)["net_mbq"]
    # over the night when clocks go forward: 1:30 to 3:30 is one hour
    night = ["2024-03-31T01:30" if "09:40" in word else word for word in local]
    night = ["2024-03-31T03:30" if "10:00" in w or "10:30" in w else w for w in night]
    night = without(night, "--post", "--post-time")
    found = answer([*night, "--timezone", "Europe/Warsaw"], capsys)
    assert found["net_mbq"] == pytest.approx(2000 * 2 ** (-1 / 17.004))


def test_waste(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(WASTE, capsys)
    assert found["hours"] == pytest.approx(1687, abs=0.5)
    assert found["hours_daughter_only"] == pytest.approx(282, abs=0.5)
    parent = 100 * 2 ** (-found["hours"] / 24 / 69.78)
    assert found["parent_at_that_time_kbq"] == pytest.approx(parent, rel=1e-6)
    assert found["together_at_hours_daughter_only_kbq"] == pytest.approx(279, abs=0.5)
    assert "keep it 1687 h" in run(WASTE, capsys)[1]
    alone = answer(without(WASTE, "--parent-fraction"), capsys)
    assert alone["hours"] == pytest.approx(alone["hours_daughter_only"])
    assert alone["parent_at_that_time_kbq"] == 0


def test_tlc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["pharmacy", "tlc", str(strip(tmp_path)), "--nuclide", "Re-188", *REGIONS]
    found = answer([*command, "--limit", "85"], capsys)
    product = found["regions"]["product"]
    assert set(product) == {"counts", "percent", "percent_uncertainty"}
    assert product["percent_uncertainty"] == pytest.approx(0.10, abs=0.005)
    assert product["percent"] == pytest.approx(90, abs=3 * 0.1)
    assert found["rcp_percent"] == product["percent"]
    assert found["regions"]["free"]["percent"] == pytest.approx(100 - product["percent"])
    assert found["passed"] is True
    whole = answer([*command, "--whole"], capsys)
    assert whole["rcp_percent"] == pytest.approx(90, abs=0.5)
    assert whole["rcp_percent"] != found["rcp_percent"]
    text = run([*command, "--limit", "99"], capsys)[1]
    assert "limit 99 %: NOT met" in text
    assert "one after the other, 3.35 min in all" in text  # 201 points of 1 s


def test_a_rounding_never_crosses_the_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.csv"
    path.write_text("mm,counts\n0,0\n1,8499900\n2,1500100\n3,0\n")
    command = ["pharmacy", "tlc", str(path), "--nuclide", "Re-188", "--region", "product=0:2",
               "--region", "free=2:4", "--limit", "85"]  # fmt: skip
    text = run(command, capsys)[1]
    assert "84.999 ±" in text
    assert "NOT met" in text


def test_a_trace_without_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A device or a pipe does not say its size; a file of half a gigabyte is not read either."""
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(500_000_000)
    for trace in (Path("/dev/zero"), large):
        code, out, error = run(
            ["pharmacy", "tlc", str(trace), "--nuclide", "Re-188", *REGIONS], capsys
        )
        assert (code, out, error.count("\n")) == (2, "", 1)
        assert "too large for a trace" in error


def test_tlc_of_two_strips(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("mm,counts\n0,0\n1,950\n2,50\n3,0\n")
    second.write_text("mm,counts\n0,0\n1,970\n2,30\n3,0\n")
    command = ["pharmacy", "tlc", str(first), str(second), "--nuclide", "Re-188",
               "--region", "1/product=0:2", "--region", "1/front=2:4",
               "--region", "2/product=0:2", "--region", "2/colloid=2:4"]  # fmt: skip
    found = answer(command, capsys)
    assert found["rcp_percent"] == pytest.approx(92.0)
    assert [set(regions) for regions in found["strips"]] == [
        {"product", "front"}, {"product", "colloid"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "magic"), [("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.svg", b"<?xml")]
)
def test_tlc_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, magic: bytes
) -> None:
    trace = strip(tmp_path)
    answer(["pharmacy", "tlc", str(trace), "--nuclide", "Re-188", *REGIONS, "--figure",
            str(tmp_path / name)], capsys)  # fmt: skip
    assert (tmp_path / name).read_bytes().startswith(magic)
    assert {path.name for path in tmp_path.iterdir()} == {"strip.csv", name}


def replaced(arguments: list[str], option: str, value: str) -> list[str]:
    at = arguments.index(option)
    return [*arguments[: at + 1], value, *arguments[at + 2 :]]


REFUSED = [
    (replaced(PREDICT, "--parent", "37"), "allowed: Bq, kBq, MBq"),
    (replaced(PREDICT, "--since", "-24 h"), "negative"),
    (replaced(PREDICT, "--yield", "80"), "0 to 1"),
    (replaced(PREDICT, "--yield", "nan"), "0 to 1"),
    ([*PREDICT, "--needed", "40 GBq"], "at most"),
    ([*PREDICT, "--nuclide", "Lu-177"], "parent"),
    (without(PREDICT, "--left"), "--left"),
    (replaced(NET, "--pre-time", "2024-03-01T09:40"), "no time zone"),
    (replaced(NET, "--pre-time", "2024-03-01"), "not a date and time"),
    (replaced(NET, "--pre-time", "yesterday"), "not a date and time"),
    (replaced(NET, "--post-time", "2024-03-01T09:59+01:00"), "before the injection was over"),
    (replaced(NET, "--pre-time", "2024-03-01T10:01+01:00"), "wrong order"),
    (replaced(NET, "--post-time", "2034-03-01T10:30+01:00"), "too late to be carried back"),
    (replaced(NET, "--pre-time", "1824-03-01T10:30+01:00"), "above 0"),
    (replaced(NET, "--post", "2000 MBq"), "not less than what the syringe held"),
    (without(NET, "--post-time"), "needs its activity and its time"),
    ([*replaced(NET, "--start", "2024-10-27T02:30"), "--timezone", "Europe/Warsaw"], "twice"),
    ([*replaced(NET, "--start", "2024-03-31T02:30"), "--timezone", "Europe/Warsaw"], "never was"),
    ([*replaced(NET, "--start", "2024-03-01T10:00"), "--timezone", "Warsaw"], "Europe/Warsaw"),
    (replaced(WASTE, "--to", "0 kBq"), "above 0"),
    (replaced(WASTE, "--parent-fraction", "-1"), "cannot be"),
    (replaced(WASTE, "--nuclide", "Lu-177"), "name the parent"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), REFUSED)
def test_refusals(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(arguments, capsys)
    assert (code, out) == (2, "")
    assert err.startswith("hevesy: error: ")
    assert err.count("\n") == 1
    assert words in err


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("mm,counts\n0,5\n1,-3\n2,4\n", [], "got '-3 at 1 mm'"),
        ("mm,counts\n0,5\n1,\n2,4\n", [], "line 3"),
        ("mm,counts\n0,5\n1,3\n2,4\n", ["--region", "b=0:2"], "overlap"),
        ("mm,counts\n0,5\n1,3\n2,4\n", ["--region", "b=x:2"], "numbers in mm"),
        ("mm,counts\n0,5\n1,3\n2,4\n", ["--region", "2/b=1:2"], "not there"),
        ("mm,counts\n0,5\n1,3\n2,4\n", ["--background", "ten"], "FROM:TO"),
        ("mm,counts\n0,5\n1,3\n2,4\n", ["--limit", "nan"], "0 to 100"),
        ("mm,counts\n0,5\n1,3\n2,4\n", ["--product", "other"], "allowed: product"),
        ("mm,counts\n0,5\n1,3\n2,4\n", ["--figure", "strip.gif"], ".png, .pdf, .svg"),
        ("mm,counts\n0,5\n1,3\n2,4\n", ["--figure", "missing/strip.png"], "could not be written"),
        (None, [], "could not be read"),
    ],
)
def test_tlc_refusals(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str | None,
    more: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path("strip.csv").write_text(text)
    before = set(tmp_path.iterdir())
    code, out, err = run(
        ["pharmacy", "tlc", "strip.csv", "--nuclide", "Re-188", "--region", "product=0:2", *more],
        capsys,
    )
    assert (code, out) == (2, "")
    assert err.startswith("hevesy: error: ")
    assert err.count("\n") == 1
    assert words in err
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (replaced(NET, "--post-time", "2024-03-01T09:59+01:00"), "before the injection was over"),
        (["pharmacy", "tlc", "strip.csv", "--nuclide", "Re-188", *REGIONS], "got '-3 at 1 mm'"),
    ],
)
def test_the_real_process_refuses(tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "strip.csv").write_text("mm,counts\n0,5\n1,-3\n2,4\n")
    done = subprocess.run(
        [sys.executable, "-m", "hevesy", *arguments],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("hevesy: error: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["strip.csv"]
