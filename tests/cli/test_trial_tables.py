"""`hevesy trial tables`: the real command on a study's folder, and what it refuses."""

import base64
import csv
import io
import json
import re
from pathlib import Path

import docx
import pytest

from hevesy.cli import main
from hevesy.report.figure_marks import read_figure_csv
from tests.cli import trial_command
from tests.trial.filled_study import PASSPHRASE, fill_study
from tests.trial.made_study import make_study

MADE = make_study(5, patients=25, events=60)


def run(arguments: list[object], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    return trial_command.run(["tables", *arguments], capsys)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("study") / "trial"
    fill_study(place, MADE)
    return place


@pytest.fixture(scope="module")
def written(folder: Path) -> Path:
    out = folder.parent / "out"
    with pytest.raises(SystemExit) as ended:
        main(["trial", "tables", "--study", str(folder), "--out", str(out),
              "--cohorts", "100 mCi, 200 mCi"])  # fmt: skip
    assert ended.value.code in {0, None}
    return out


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).replace("&#39;", "'").strip()


def page_cells(page: str, name: str) -> list[list[str]]:
    """First line of every cell of a table: its heading, then its columns."""
    table = page.split(f'id="{name}">')[1].split("</table>")[0]
    table = re.sub(r'<span class="detail">.*?</span>|<sup>.*?</sup>', "", table)
    rows = re.findall(r'<tr(?: class="lesion")?><th scope="row">(.*?)</th>(.*?)</tr>', table, re.S)
    return [
        [plain(heading), *(plain(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells, re.S))]
        for heading, cells in rows
    ]


def csv_text(row: dict[str, str]) -> str:
    """What a cell says, put together from its fields."""
    if row["statistic"] == "count":
        return f"{row['n']} ({row['percent']} %)" if int(row["denominator"]) else "0 of 0"
    return row["value"]


def test_the_same_numbers_in_html_word_and_csv(written: Path) -> None:
    page = (written / "tables.html").read_text(encoding="utf-8")
    document = docx.Document(str(written / "tables.docx"))
    names = [path.stem for path in (written / "tables").iterdir()]
    assert len(names) == len(document.tables) == 10
    in_word = {
        drawn.rows[1].cells[0].text + drawn.rows[0].cells[-1].text: drawn
        for drawn in document.tables
    }
    assert len(in_word) >= 8
    order = re.findall(r'<figure class="table[^"]*" id="(\w+)"', page)
    for name, drawn in zip(order, document.tables, strict=True):
        text = (written / "tables" / f"{name}.csv").read_text(encoding="utf-8")
        tidy = list(csv.DictReader(io.StringIO(text)))
        html = page_cells(page, name)
        columns = len(html[0]) - 1
        assert len(tidy) == columns * len(html)
        word = [
            [cell.text.split(" [")[0].rstrip("†") for cell in row.cells] for row in drawn.rows[1:]
        ]
        word = [row for row in word if any(row[1:])]  # without the groups' headings
        assert word == html
        for row, cells in zip(html, range(0, len(tidy), columns), strict=True):
            for said, field in zip(row[1:], tidy[cells : cells + columns], strict=True):
                assert field["row"] == row[0]
                if field["statistic"] == "count":
                    assert said == csv_text(field)
                elif field["value"]:
                    assert said.split(" (")[0] == field["value"]
                elif field["lower"] and field["statistic"] in {"range", "quartiles"}:
                    assert said == f"{field['lower']} to {field['upper']}"


def test_each_count_opens_a_list_of_n_rows(written: Path) -> None:
    page = (written / "tables.html").read_text(encoding="utf-8")
    links = re.findall(r'<a href="#([\w-]+)">(\d+) \(', page)
    assert len(links) > 100
    for target, n in links:
        section = page.split(f'<section class="rows" id="{target}">')[1].split("</section>")[0]
        assert section.count("<li>") == int(n)
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!#|data:)', page)
    counted = re.findall(r'<td class="n[^"]*">\s*(\d+) \(', page)
    assert set(counted) == {"0"}, "a count without a link is one of nobody"


def test_the_same_bytes_again(folder: Path, written: Path, tmp_path: Path, capsys) -> None:
    code, _, _ = run(["--study", folder, "--out", tmp_path / "b", "--cohorts", "100 mCi, 200 mCi"],
                     capsys)  # fmt: skip
    assert code == 0
    files = [p.relative_to(written) for p in written.rglob("*") if p.is_file()]
    figures = sorted(str(name) for name in files if name.parent.name == "figures")
    assert len(files) - len(figures) == 12
    drawn = [name.removesuffix(".csv") for name in figures if name.endswith(".csv")]
    assert figures == sorted(f"{name}.{kind}" for name in drawn for kind in ("csv", "svg"))
    page = (written / "tables.html").read_text(encoding="utf-8")
    assert len(drawn) == page.count("data:image/svg+xml") >= 5
    for name in drawn:
        svg = (written / f"{name}.svg").read_bytes()
        assert base64.b64encode(svg).decode() in page  # the page's own picture
        assert read_figure_csv((written / f"{name}.csv").read_text("utf-8"))
    for name in files:
        assert (written / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_fewer_formats_take_the_others_away(folder: Path, tmp_path: Path, capsys) -> None:
    (tmp_path / "o").mkdir()
    for name in ("tables.html", "tables.docx"):  # as an earlier run left them
        (tmp_path / "o" / name).write_text("earlier")
    code, out, err = run(["--study", folder, "--out", tmp_path / "o", "--format", "csv",
                          "--json"], capsys)  # fmt: skip
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer["unit"].startswith("inclusions that were treated, N = ")
    found = [p.relative_to(tmp_path / "o") for p in (tmp_path / "o").rglob("*") if p.is_file()]
    assert {str(tmp_path / "o" / name) for name in found} == set(answer["files"])
    assert {name.parts[0] for name in found} == {"tables", "figures"}


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (
            ["--format", "pdf"],
            "this format of tables is unknown: got 'pdf', allowed: html, docx, csv",
        ),
        (["--unit", "people"], "this unit of analysis is unknown: got 'people'"),
        (["--criteria", "recist"], "this response criterion is unknown"),
        (["--cohorts", "200 mCi, 100 mCi"], "must be positive and ascend"),
        (["--cohorts", "200"], "--cohorts"),
    ],
)
def test_refusals(folder: Path, tmp_path: Path, option, said, capsys) -> None:
    code, out, err = run(["--study", folder, "--out", tmp_path / "o", *option], capsys)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert not (tmp_path / "o").exists()


def test_a_study_in_which_nobody_was_treated(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("HEVESY_PASSPHRASE", PASSPHRASE)
    with pytest.raises(SystemExit):
        main(["trial", "init", str(tmp_path / "s"), "--template", "imdendrim", "--as", "ada"])
    code, out, err = run(["--study", tmp_path / "s", "--out", tmp_path / "o"], capsys)
    assert (code, out) == (2, "")
    assert "nobody has been treated in this study" in err
    assert not (tmp_path / "o").exists()
