"""Closure, parts of the injected activity and early stop through the real command."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hevesy.cli import main
from hevesy.report import ReportDocument
from tests.cli.whole_body_case import (
    HALF_LIFE_H,
    HEAD,
    HOURS,
    OPTIONS,
    PARTS,
    activity,
    write_case,
)

ONE_SCAN = OPTIONS + 'effective_half_life = "15 h"\neffective_half_life_uncertainty = "1 h"\n'
CONTOUR = 'contour_uncertainty = "0.3 mm"\n'
URINE = """[[urine]]
start = 2024-03-05T10:00:00
end = 2024-03-06T09:55:00
activity = "{mbq} MBq"
measured_at = 2024-03-06T10:30:00
uncertainty = "5 %"
volume = "1.8 L"
"""


@pytest.fixture(autouse=True)
def without_pages(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Drawing and laying out a report takes most of a run, and has its own tests."""
    monkeypatch.setattr("hevesy.report.html_to_pdf", lambda html: b"%PDF-")
    if "needle" not in request.node.name:
        blank = ReportDocument(html="<html></html>", number="0123456789")
        monkeypatch.setattr("hevesy.report.render_report", lambda result: blank)


def run(case: Path, *more: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["dose", str(case), "--out", str(case.parent / "out"), "--quiet", *more])
    return int(ended.value.code or 0)


def done(case: Path, *more: str) -> dict[str, Any]:
    assert run(case, *more) == 0
    return json.loads((case.parent / "out" / "result.json").read_text())  # type: ignore[no-any-return]


def warnings(result: dict[str, Any]) -> str:
    texts = [*result["warnings"], *(t for r in result["regions"] for t in r["warnings"])]
    return "\n".join(texts)


def test_it_adds_up(tmp_path: Path) -> None:
    """Everything against what was written into the images (float32: 1e-5)."""
    result = done(write_case(tmp_path))
    closure = result["closure"]
    assert closure["verdict"] == "closes"
    assert closure["net_injected_mbq"] == 1000.0
    assert closure["ratio"] == pytest.approx(1.0, abs=1e-5)
    # calibration 3 %, activity 2 %, counts under 0.1 %
    assert closure["ratio_uncertainty"] == pytest.approx(np.hypot(0.03, 0.02), rel=0.01)
    assert closure["measured_mbq"] == pytest.approx(1000 * 0.5 ** (1 / HALF_LIFE_H), rel=1e-5)
    assert closure["excreted_by"] == "balance"
    assert closure["excreted_mbq"] == pytest.approx(1000 * (1 - sum(PARTS[2])), rel=1e-4)
    regions = {region["name"]: region for region in result["regions"]}
    for n, scan in enumerate(closure["per_scan"]):
        left = 0.5 ** (HOURS[n] / HALF_LIFE_H)
        for name, share in zip(("lesion", "liver"), PARTS[n], strict=False):
            part = regions[name]["biodistribution"][n]
            assert regions[name]["percent_ia"][n] == part["percent"]
            assert part["decay_corrected_percent"] == pytest.approx(100 * share, rel=1e-5)
            assert part["percent"] == pytest.approx(100 * share * left, rel=1e-5)
            assert part["below_detection"] is False
        assert scan["remainder_mbq"] == pytest.approx(1000 * PARTS[n][2] * left, rel=1e-3)
        gone = 1 - sum(PARTS[n]) / sum(PARTS[0])
        assert scan["excreted_since_first_percent"] == pytest.approx(100 * gone, abs=1e-3)
        assert scan["outside_at_most_mbq"] == 0.0
        # all there is: regions, remainder, and what left
        held = sum(
            region["biodistribution"][n]["decay_corrected_percent"] for region in regions.values()
        )
        held += 100 * scan["remainder_mbq"] / (1000 * left)
        assert held + scan["excreted_percent"] == pytest.approx(100.0, abs=1e-6)
    liver = regions["liver"]["kinetics"][0]
    assert liver["residence_time_h"] == pytest.approx(regions["liver"]["tia_mbq_h"] / 1000.0)
    assert regions["liver"]["effective_half_life_h"] == liver["effective_half_life_h"]


def test_a_tenth_lost_in_the_needle_is_found(tmp_path: Path) -> None:
    result = done(write_case(tmp_path, kept=0.9))
    closure = result["closure"]
    assert closure["verdict"] == "does not close"
    assert abs(closure["ratio"] - 0.9) < closure["ratio_uncertainty"]
    assert closure["ratio"] == pytest.approx(0.9, abs=1e-5)
    assert "lost part of the syringe" in [e["cause"] for e in closure["explanations"]][:2]
    assert "the whole body: does not close" in warnings(result)
    html = (tmp_path / "out" / "report.html").read_text()
    assert "1. Did it add up?" in html
    assert html.index("1. Did it add up?") < html.index("2. What dose did the lesion get?")
    assert html.index("3. How sure?") < html.index("4. What else got dose?")
    assert "No: does not close." in html


def test_gross_is_blamed_on_the_residual(tmp_path: Path) -> None:
    closure = done(write_case(tmp_path, kept=0.85, head=HEAD.replace('"net"', '"gross"')))[
        "closure"
    ]
    assert closure["kind"] == "gross"
    assert closure["verdict"] == "does not close"
    assert closure["explanations"][0]["cause"] == "residual"


def test_a_field_that_cuts_the_body_is_partial(tmp_path: Path) -> None:
    """Slices 9 to 20 of 30 hold liver and lesion; the body's ends are missing."""
    result = done(write_case(tmp_path, rows=slice(9, 21)))
    closure = result["closure"]
    assert closure["verdict"] == "partial"
    scan = closure["per_scan"][0]
    # the ellipsoid between z = -48 and 48 mm of 100: 3/2 u - u^3/2 at 0.48
    assert scan["body_in_field_percent"] == pytest.approx(66.5, abs=2.0)
    missing = scan["expected_mbq"] - scan["measured_mbq"]
    assert scan["outside_at_most_mbq"] > missing > 0
    assert "the whole body: partial" in warnings(result)


def test_without_ct_a_short_field_is_partial(tmp_path: Path) -> None:
    result = done(write_case(tmp_path, ct=False))
    assert result["closure"]["verdict"] == "partial"
    assert "too short for an adult" in result["closure"]["reason"]
    assert result["closure"]["per_scan"][0]["body_in_field_percent"] is None


def test_uncertainty_that_is_not_stated_is_said(tmp_path: Path) -> None:
    head = HEAD.replace('activity_uncertainty = "2 %"\n', "")
    result = done(write_case(tmp_path, head=head))
    closure = result["closure"]
    assert closure["ratio_uncertainty"] is None
    assert closure["unstated"] == ["administered activity"]
    assert closure["ratio_stated_uncertainty"] == pytest.approx(0.03, rel=0.01)
    assert "the administered activity's uncertainty is not stated" in warnings(result)


def test_urine_closes_the_balance(tmp_path: Path) -> None:
    """At 24 h 88 % are in the body: the other 12 % in a bottle, measured at 24.5 h."""
    mbq = 120.0 * 0.5 ** (24.5 / HALF_LIFE_H)
    case = write_case(tmp_path, scans=2, tables=URINE.format(mbq=f"{mbq:.6f}"))
    closure = done(case)["closure"]
    assert closure["verdict"] == "closes"
    late = closure["per_scan"][1]
    assert late["tests_closure"]
    assert late["ratio"] == pytest.approx(1.0, abs=1e-5)
    assert closure["excreted_by"] == "urine"
    assert closure["excreted_mbq"] == pytest.approx(120.0, rel=1e-5)
    assert closure["excreted_uncertainty_mbq"] == pytest.approx(6.0, rel=1e-5)


def test_a_body_mass_below_what_the_ct_shows_whole_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An ellipsoid of 8 x 7 x 10 cm, 2.35 L: 2 kg is not nine tenths of it, 3 kg is above it."""
    case = write_case(tmp_path, scans=2, tables='[rest_of_body]\nbody_mass = "2 kg"\n')
    assert run(case) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "body_mass is not above the mass of the body that the CT shows: got '2 kg'" in said
    assert not (tmp_path / "out").exists()
    case.write_text(case.read_text().replace("2 kg", "3 kg"))
    rest = done(case)["rest_of_body"]
    assert rest["whole_body_reason"].endswith("`body_mass` is above its mass")
    assert rest["whole_body"]["mass_g"] == pytest.approx(2346.0, rel=0.1)


def test_each_ratio_stands_with_its_own_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half of the urine was lost: 1 h still closes at 1, and 24 h has 0.88 of 0.94."""
    mbq = 60.0 * 0.5 ** (24.5 / HALF_LIFE_H)
    case = write_case(tmp_path, scans=2, tables=URINE.format(mbq=f"{mbq:.6f}"))
    closure = done(case)["closure"]
    said = capsys.readouterr().out
    assert closure["ratio"] == pytest.approx((1.0 + 0.88 / 0.94) / 2, abs=0.005)  # or weighted
    assert "960.1 MBq, and 960.1 MBq are expected" in said
    assert "ratio 1.000 ± 0.036; over the 2 scans that can test it 0.96" in said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("start = 2024-03-05T10:00:00\nend = 2024-03-06T09:55:00\n", "", "urine[1] has no time"),
        ("start = 2024-03-05T10:00:00\n", "", "half of a time"),
        ("end = 2024-03-06T09:55:00", "end = 2024-03-05T09:00:00", "before the injection"),
        ("measured_at = 2024-03-06", "measured_at = 2024-03-05", "before it was finished"),
        ('"20 MBq"', '"20 MB"', "urine[1].activity"),
        ('"20 MBq"', '"-20 MBq"', "negative"),
        ('"1.8 L"', '"1.8 kg"', "urine[1].volume"),
        ('uncertainty = "5 %"\n', "", "urine[1].uncertainty is missing"),
        ('volume = "1.8 L"\n', 'volume = "1.8 L"\n' + URINE.format(mbq=3), "overlap"),
    ],
)
def test_urine_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    urine = URINE.format(mbq=20)
    assert old in urine
    case = write_case(tmp_path, scans=2, tables=urine.replace(old, new))
    assert run(case) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert words in said
    assert not (tmp_path / "out").exists()


def test_more_urine_than_was_injected_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(write_case(tmp_path, scans=2, tables=URINE.format(mbq=900))) == 2
    assert "more was excreted before scan 2 than was injected" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_overlapping_regions_are_counted_once(tmp_path: Path) -> None:
    result = done(write_case(tmp_path, scans=1, overlap=True, options=ONE_SCAN))
    scan = result["closure"]["per_scan"][0]
    left = 0.5 ** (1 / HALF_LIFE_H)
    assert scan["counted_twice_mbq"] == pytest.approx(700 * left, rel=1e-5)
    assert scan["regions_mbq"] == pytest.approx(900 * left, rel=1e-5)
    assert scan["remainder_mbq"] == pytest.approx(100 * left, rel=1e-3)
    assert "regions 'lesion' and 'liver' share" in warnings(result)


def test_more_than_all_is_named(tmp_path: Path) -> None:
    images = {1: activity(1, kept=1.3 / 0.7)}
    result = done(write_case(tmp_path, images=images, scans=1, options=ONE_SCAN + CONTOUR))
    assert result["closure"]["verdict"] == "does not close"
    assert "region 'lesion', scan 1: it holds 130" in warnings(result)
    assert "liver', scan" not in warnings(result)


def test_a_lesion_that_moved_is_named(tmp_path: Path) -> None:
    """By 16 mm on scan 2; the window around the mask holds all of it."""
    result = done(write_case(tmp_path, images={2: activity(2, lesion_shift_mm=16.0)}))
    said = warnings(result)
    assert "region 'lesion', scan 2: the centre of its activity lies" in said
    assert "scan 3: the centre" not in said
    shift = float(said.split("lies ")[1].split(" mm")[0])
    assert 8.0 < shift <= 16.5  # up to all of it: the window's end may cut a part


def test_counts_that_fall_at_the_first_scan_show_as_a_rise(tmp_path: Path) -> None:
    """A third of the first scan is lost, as by dead time; the case can't say where it went."""
    images = {1: activity(1, kept=0.66)}
    closure = done(write_case(tmp_path, images=images))["closure"]
    assert closure["verdict"] == "does not close"
    assert closure["explanations"][0] | {"words": ""} == {
        "cause": "dead time", "strength": "strong", "words": "",
    }  # fmt: skip


def test_early_stop_is_the_case_of_that_time(tmp_path: Path) -> None:
    """As if the third scan had never been: it is not even there."""
    whole = write_case(tmp_path)
    (tmp_path / "spect3.nii.gz").unlink()
    early = done(whole, "--scans", "2")
    short = tmp_path / "short"
    short.mkdir()
    alone = done(write_case(short, scans=2))
    assert [len(r["scans"]) for r in early["regions"]] == [2, 2]
    for one, other in zip(early["regions"], alone["regions"], strict=True):
        assert one["mean_dose_gy"] == other["mean_dose_gy"]
        assert one["biodistribution"] == other["biodistribution"]
    assert early["closure"] == alone["closure"]
    assert "stopped after scan 2 of 3" in warnings(early)


@pytest.mark.parametrize(("wanted", "words"), [("4", "1 to 3"), ("0", "1 to 3"), ("-1", "1 to 3")])
def test_early_stop_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wanted: str, words: str
) -> None:
    assert run(write_case(tmp_path), "--scans", wanted) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_early_stop_needs_scans_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = write_case(tmp_path)
    text = case.read_text().replace("time = 2024-03-07T10", "time = 2024-03-05T10:30:00 #")
    case.write_text(text)
    assert run(case, "--scans", "2") == 2
    assert "list the [[scan]] tables in order of time" in capsys.readouterr().err


SECOND = """[[administration]]
activity = "500 MBq"
activity_uncertainty = "2 %"
kind = "net"
time = 2024-03-07T09:00:00
route = "intratumoral"
[[administration.injection]]
lesion = "lesion"
activity = "500 MBq"
"""


def test_a_second_course_is_balanced_without_the_first(tmp_path: Path) -> None:
    """The first course leaves nothing but by decay, so what it left is known exactly.

    The second begins an hour before the third scan: 1000 MBq, decayed by 48 h, lie beside 500 MBq,
    decayed by 1 h.
    """
    stays = ((0.7, 0.2, 0.1),) * 3
    left, own = (0.5 ** (hours / HALF_LIFE_H) for hours in (48.0, 1.0))
    images = {n: activity(n, parts=stays) for n in (1, 2)}
    images[3] = activity(3, parts=stays) * (left + 0.5 * own) / left
    # time zero is 10:00 on the 5th: the third scan is at 10:00 on the 7th
    head = HEAD.replace("[administration]", "[[administration]]") + SECOND
    result = done(write_case(tmp_path, images=images, head=head, options=ONE_SCAN))
    late = result["closure"]["per_scan"][2]
    assert late["course"] == 2
    assert late["left_over_mbq"] == pytest.approx(1000 * left, rel=1e-4)
    assert late["expected_mbq"] == pytest.approx(500 * own, rel=1e-6)
    assert late["ratio"] == pytest.approx(1.0, abs=2e-4)
    # 3 % of what is seen of this course, 2 % of what was given; the decayed rest is common to both
    assert late["ratio_uncertainty"] == pytest.approx(np.hypot(0.03, 0.02), rel=0.02)
    assert result["closure"]["verdict"] == "closes"
