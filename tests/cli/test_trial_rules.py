"""`hevesy trial grade|events|response`: the real command's answers and refusals."""

from pathlib import Path

import pytest

from tests.cli.trial_command import answer, refused, run

EVENTS = "subject,term,class,grade,related_agent,related_procedure\n"
LESIONS = "subject,visit,day,lesion,role,organ,node,injected,diameter_mm,status\n"


def table(folder: Path, text: str | bytes) -> str:
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_grade(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["grade", "Neutrophil count decreased", "--value", "0.9 10^9/L", "--ctcae", "5.0"]
    found = answer(asked, capsys)
    assert (found["grade"], found["possible_grades"]) == (3, [3])
    assert found["source"].startswith("CTCAE v5.0")
    assert "grade 3" in run(asked, capsys)[1]
    alt = ["grade", "alt increased", "--value", "200 U/L", "--ctcae", "5.0", "--uln", "40"]
    assert answer(alt, capsys)["grade"] == 2
    assert answer([*alt, "--baseline", "60"], capsys)["grade"] == 2
    assert answer([*alt, "--baseline", "70"], capsys)["grade"] == 1
    counts = ["grade", "Neutrophil count decreased", "--value", "0.9 10^9/L", "--ctcae"]
    assert [answer([*counts, version], capsys)["grade"] for version in ("4.03", "6.0")] == [3, 2]
    assert answer([*counts, "6.0"], capsys)["ctcae"] == "6.0"
    sodium = ["grade", "Hyponatremia", "--value", "127 mmol/L", "--ctcae", "5.0"]
    assert answer(sodium, capsys)["grade"] is None
    assert answer([*sodium, "--symptoms"], capsys)["grade"] == 3
    assert "not decided by the value" in run(sodium, capsys)[1]


def test_grade_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    def grade(term: str, value: str, *more: str) -> str:
        return refused(["grade", term, "--value", value, "--ctcae", "5.0", *more], capsys)

    assert "--lln" in grade("Neutrophil count decreased", "1.8 10^9/L")
    assert "decimal point" in grade("Neutrophil count decreased", "0,9 10^9/L")
    assert "no cut-off in this unit" in grade("Neutrophil count decreased", "0.9 g/L")
    assert "plain number" in grade("Neutrophil count decreased", "-1 10^9/L")
    assert "same unit" in grade("ALT increased", "100 U/L", "--uln", "0.6 ukat/L")
    other = ["grade", "Anemia", "--value", "90 g/L", "--ctcae", "3.0"]
    assert "versions do not mix" in refused(other, capsys)


def test_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = (
        "p1,Pain,General,1,unlikely,definite\np1,pain,General,3,,\np2,Fever,General,2,possible,\n"
    )
    path = table(tmp_path, b"\xef\xbb\xbf" + (EVENTS + rows).encode())
    found = answer(["events", path, "--denominator", "36"], capsys)
    assert {"any", "classes", "terms"} <= set(found)
    pain = found["terms"]["Pain"]
    assert (pain["all"], pain["grade_1_2"], pain["grade_3_plus"]) == (1, 0, 1)
    assert pain["percent"] == pytest.approx(100 / 36)
    # Clopper-Pearson of 1: the lower limit solves 1 - (1 - p)^36 = 0.025
    assert pain["ci95"][0] == pytest.approx(100 * (1 - 0.975 ** (1 / 36)), rel=1e-9)
    assert found["classes"]["General"]["all"] == found["any"]["all"] == 2
    assert found["attribution"]["agent"]["related"]["all"] == 1
    semicolons = table(tmp_path, (EVENTS + rows).replace(",", ";"))
    assert answer(["events", semicolons, "--denominator", "36"], capsys) == found
    assert "1 (2.8 %)" in run(["events", path, "--denominator", "36"], capsys)[1]


def test_an_attribution_without_degrees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = table(tmp_path, (EVENTS + "1,a,b,1,no,yes\r2,a,b,2,0,1\r").encode())  # old line ends
    found = answer(["events", path, "--denominator", "4"], capsys)["attribution"]
    assert (found["agent"]["related"]["all"], found["procedure"]["related"]["all"]) == (0, 2)


def test_events_refuse_all_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "secret-7,Pain,General,6,maybe,\n,Fever,,2,,\nsecret-8,Pain,General,2,5,5,5\n"
    err = refused(["events", table(tmp_path, EVENTS + rows), "--denominator", "36"], capsys)
    assert "row 4: 7 cells under 6 columns" in err
    err = refused(
        ["events", table(tmp_path, EVENTS + rows.rsplit("secret-8")[0]), "--denominator", "36"],
        capsys,
    )
    for said in ("4 problems", "row 2, column grade: got '6'",
                 "row 2, column related_agent: got 'maybe'", "row 3, column subject",
                 "row 3, column class"):  # fmt: skip
        assert said in err
    assert "secret" not in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (EVENTS, "no rows"),
        ("subject,term,class,grade,related_agent,related_proc\n1,a,b,1,,\n", "meant related_proc"),
        (EVENTS + '1,"a,b,1,,\n', "no CSV table"),
        (EVENTS + "1,a,b,1,perhaps,\n", "or yes, no"),
        (b"PK\x03\x04", "save it as CSV"),
        (b"\x00\x01", "save it as CSV"),
        (EVENTS + "1,a,b,1,,\n2,a,c,1,,\n", "one class"),
        (EVENTS + "1,a,b,1,,\n2,a,b,1,,\n3,a,b,1,,\n", "smaller than the number"),
    ],
)
def test_tables_that_do_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | bytes, said: str
) -> None:
    assert said in refused(["events", table(tmp_path, text), "--denominator", "2"], capsys)


def test_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        assert "could not be read" in refused(["events", str(path), "--denominator", "2"], capsys)


def response(*sizes: str, start: int = 0) -> str:
    return LESIONS + "".join(
        f"x,V{i},{start + 42 * i},T1,target,liver,0,1,{size},present\n"
        for i, size in enumerate(sizes)
    )


def test_response(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = table(tmp_path, response("100", "70", "70", "80", "84"))
    found = answer(["response", path, "--criteria", "recist1.1"], capsys)
    subject = found["subjects"]["x"]
    assert [v["overall"] for v in subject["visits"]] == ["baseline", "PR", "PR", "PR", "PD"]
    assert {"visit", "day", "sum_mm", "target", "nontarget", "new", "overall", "reason"} == set(
        subject["visits"][1]
    )
    assert (subject["best_overall"], subject["best_confirmed"]) == ("PR", "PR")
    far = answer(["response", path, "--criteria", "recist1.1", "--confirm", "90d"], capsys)
    assert far["subjects"]["x"]["best_confirmed"] == "SD"
    assert "90 d or more" in far["rule"]
    it = answer(["response", path, "--criteria", "itrecist"], capsys)["subjects"]["x"]
    assert it["visits"][1]["injected"]["overall"] == "PR"
    assert it["visits"][1]["noninjected"]["overall"] == "none"
    assert (
        "+20.0 % and +14 mm over the nadir of visit V1 (70 mm)"
        in (run(["response", path, "--criteria", "recist1.1"], capsys)[1])
    )


def test_response_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(text: str, *more: str) -> str:
        return refused(
            ["response", table(tmp_path, text), "--criteria", "recist1.1", *more], capsys
        )

    bad = LESIONS + (
        "secret,V0,45292,T1,target,liver,0,1,20,present\n"
        "secret,V0,0,T2,goal,liver,2,1,2 cm,there\n"
        "secret,V0,0,T3,target,liver,0,1,12,absent\n"
    )
    err = said(bad)
    for word in ("spreadsheet's date", "row 3, column role", "row 3, column node",
                 "row 3, column diameter_mm", "row 3, column status", "row 4: absent"):  # fmt: skip
        assert word in err
    assert "secret" not in err
    assert "weeks or days" in said(response("20"), "--confirm", "4")
    assert "0 or more" in said(response("20"), "--max-ne", " -1")
    late = response("20") + "x,V1,42,T9,target,liver,0,1,20,present\n"
    assert "row 3: target T9 has no baseline" in said(late)
    comma = response("20").replace(",", ";").replace(";20;", ";20,5;")
    assert "decimal point" in said(comma)
    unknown = ["response", table(tmp_path, response("20")), "--criteria", "recist1.0"]
    assert "recist1.1, itrecist" in refused(unknown, capsys)


def test_replay(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(["replay", "--template", "imdendrim"], capsys)
    assert len(found["statements"]) >= 40
    for one in found["statements"]:
        assert {"id", "published", "recomputed", "verdict", "why"} <= set(one)
        assert one["verdict"] in found["counts"]
        assert (one["recomputed"] is None) == (one["verdict"] == "can't be recomputed")
        assert one["why"]
    assert sum(found["counts"].values()) == len(found["statements"])
    text = run(["replay", "--template", "imdendrim"], capsys)[1]
    assert "published 59, recomputed 59.5" in text
    assert "imdendrim" in refused(["replay", "--template", "other"], capsys)


@pytest.mark.parametrize(
    ("name", "magic"), [("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.svg", b"<?xml")]
)
def test_the_flow_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, magic: bytes
) -> None:
    answer(["replay", "--template", "imdendrim", "--figure", str(tmp_path / name)], capsys)
    assert (tmp_path / name).read_bytes().startswith(magic)


def test_the_flow_refuses_another_ending(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["replay", "--template", "imdendrim", "--figure", str(tmp_path / "a.bmp")]
    assert ".png" in refused(asked, capsys)
    assert list(tmp_path.iterdir()) == []
