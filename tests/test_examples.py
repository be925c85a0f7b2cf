"""The examples run as their pages say, and their figures are those of the truth that is in them."""

import csv
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from tests.report.report_counts import check_counts

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def run(*words: object) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_a_day_in_the_workshop() -> None:
    said = run(EXAMPLES / "preparation/prepare.py")
    assert "84.9 %" in said
    assert "recall" in said.lower()


def test_the_same_day_on_records(tmp_path: Path) -> None:
    said = run(EXAMPLES / "preparation/study.py", tmp_path / "study")
    assert "S-1" in said.split("recall B-1")[-1]
    assert "All agrees." in said


def unpack(bundle: Path, out: Path) -> Path:
    with zipfile.ZipFile(bundle) as packed:
        packed.extractall(out)
    return out


def redraw(unpacked: Path) -> list[Path]:
    """Run the bundle's own script where hevesy can't be imported."""
    code = "import sys, runpy; sys.modules['hevesy'] = None; runpy.run_path('redraw.py', "
    code += "run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=unpacked, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return sorted((unpacked / "redrawn").glob("*.png"))


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_tables(folder: Path, flow: dict[str, str], again: Path) -> None:
    """Every N of the report is that of the flow, or of the records that were typed in."""
    lesions = len({line["lesion"] for line in lines(folder / "tables-in/lesions.csv")})
    serious = sum(line["serious"] == "yes" for line in lines(folder / "tables-in/events.csv"))
    treated, batches = int(flow["Treated"]), 1  # four in a week
    activities_mbq = [
        float(line["value"])
        for line in lines(again / "report-tables/administrations.csv")
        if line["unit"] == "MBq" and line["value"]
    ]
    few = sum(activity_mbq < 2000 for activity_mbq in activities_mbq)
    units = ("inclusions that were treated", "inclusions", "administrations",
             "regions of administrations with a result", "administrations with a balance",
             "column all")  # fmt: skip
    expected = dict.fromkeys(units, treated) | {
        "column up to 2 GBq": few, "column 2 GBq and more": treated - few,
        "eluates": batches, "batches": batches, "dispatches": batches,
        "values: results": 3 * batches, "results": treated, "serious events": serious,
        "waivers and deviations": 0, "queries": 0, "findings": 0,
    } | dict.fromkeys(
        ("doses of regions", "lesions' doses with a budget", "target lesions with a baseline",
         "lesions of an administration", "column lesions, all", "column lesions, injected"),
        lesions,
    ) | {"column lesions, not injected": 0}  # fmt: skip
    for place in (folder / "derived/report", again):
        page = (place / "study-report.html").read_text("utf-8")
        assert check_counts(page, expected) > 60
    stages = {line["row"]: line["text"] for line in lines(again / "report-tables/flow.csv")}
    assert {name: stages[name] for name in flow} == flow


def check_exports(folder: Path) -> None:
    """Dataset-JSON, read by pandas, has the values of the Parquet and the CSV."""
    files = sorted(folder.rglob("*.json"))
    assert len(files) > 15
    for file in files:
        told = json.loads(file.read_text("utf-8"))
        names = [column["name"] for column in told["columns"]]
        read = pd.DataFrame(told["rows"], columns=names, dtype=object)
        kept = pd.read_parquet(file.with_suffix(".parquet")).astype(object)
        typed = pd.read_csv(file.with_suffix(".csv"), dtype=str, keep_default_na=False)
        assert len(read) == told["records"] > 0
        for other in (kept, typed):
            assert list(other.columns) == names
            for name in names:
                pairs = zip(read[name], other[name], strict=True)
                assert all(plain(a) == plain(b) for a, b in pairs), (file.name, name)


def check_copy(folder: Path, copy: Path) -> None:
    """No name of a person, a batch or a user in it; the same study days, values and doses."""
    names = re.compile(
        r"(?<![A-Za-z0-9])(P0\d|B-?\d|cora|yann|ines|Workshop|Shanghai)(?![A-Za-z0-9])"
    )
    for file in copy.rglob("*"):
        if file.suffix in {".csv", ".json", ".toml", ".md", ".html"}:
            assert not names.search(file.read_text("utf-8")), file
    assert not list(copy.rglob("*.key"))
    ages = lines(copy / "tables/product_age.csv")
    assert ages
    assert all(line["hours_from_labelling"].isdigit() for line in ages)
    for name, kept in (
        ("adam/adtr", ("PARAMCD", "ADY", "AVAL", "PCHG")), ("adam/adae", ("AETERM", "ASTDY")),
        ("adam/addose", ("PARAMCD", "AVAL")), ("sdtm/lb", ("LBTESTCD", "LBORRES", "LBDY")),
    ):  # fmt: skip
        before, after = (
            sorted(tuple(line[column] for column in kept) for line in lines(place / f"{name}.csv"))
            for place in (folder / "derived/export", copy / "tables")
        )
        assert before == after
    (dose, *_) = lines(copy / "tables/rows/doses.csv")
    case = copy / f"cases/{dose['administration']}.toml"
    run("-m", "hevesy", "dose", case, "--out", copy.parent / "dose")
    again = json.loads((copy.parent / "dose/result.json").read_text("utf-8"))
    doses = {region["name"]: region["mean_dose_gy"] for region in again["regions"]}
    assert doses[dose["region"]] == float(dose["mean_dose_gy"])  # to the last digit


def plain(value: object) -> object:
    """A number or a word; nothing is nothing in any form."""
    if value is None or value != value or value == "":
        return None
    try:
        return float(str(value))
    except ValueError:
        return str(value)


@pytest.mark.slow
def test_a_simulated_study_from_screening_to_evidence(tmp_path: Path) -> None:
    """Four treated, one screen failure; every table counts those whom the flow calls treated."""
    folder = tmp_path / "study"
    said = run(EXAMPLES / "simulated_study/run.py", folder, 4)
    doses = re.findall(r"(\d+) \+- (\d+) Gy \((\d+) if all stayed in it\)", said)
    assert len(doses) >= 4
    for found, uncertainty, all_in in doses:
        # a ball of 22 to 30 mm loses 4 to 10 % of the electrons' energy over its border (188Re's
        # mean range is 3.5 mm), and voxels of 4 mm draw it up to 8 % larger or smaller
        # 0.90 x 0.92 from below, less the 4 % of the counts; 0.96 x 1.08 x 1.04 from above
        assert 0.79 * float(all_in) < float(found) < 1.08 * float(all_in)
        assert float(uncertainty) > 0
    flow = dict(re.findall(r"^(Screened|Enrolled|Treated|Analysed) +(\d+)$", said, re.MULTILINE))
    assert (flow["Screened"], flow["Enrolled"], flow["Treated"]) == ("5", "4", "4")
    counts = re.findall(r"inclusions that were treated, N = (\d+)", said)
    assert set(counts) == {flow["Treated"]}
    assert "All agrees." in said
    assert "0 findings of the conformance checks." in said
    assert "0 findings of the data checks." in said
    assert (folder / "derived/tables/tables.html").is_file()
    assert (
        said.index("threshold fix") < said.index("tables-in/lesions") < said.index("trial evidence")
    )
    assert "pre-specified (signed before the unblinding)" in said
    assert "0 were in the records when the rule was fixed" in said
    assert (folder / "derived/evidence/evidence.html").is_file()
    assert re.search(r"\d\d tables are equal, byte by byte\n(\d+) figures' data are equal, "
                     r"byte by byte\n\1 figures' pictures are equal", said)  # fmt: skip
    report, again = folder / "derived/report", folder / "derived/rebuilt"
    assert all((report / f"study-report.{kind}").is_file() for kind in ("html", "pdf", "docx"))
    check_tables(folder, flow, again)
    figures = sorted(path.stem for path in (report / "report-figures").glob("*.csv"))
    pictures = redraw(unpack(folder / "derived/bundle.zip", tmp_path / "bundle"))
    assert [path.stem for path in pictures] == figures
    assert len(figures) > 12
    check_exports(folder / "derived/export")
    assert "nothing of the source was found" in said
    check_copy(folder, tmp_path / "study-copy")
