"""A statistician opens the exported ADaM in pandas and redoes the study's tables.

The data sets are read as JSON, by nothing of hevesy; proportions by scipy's beta quantiles,
survival by lifelines. The tables are the CSV files that `hevesy trial tables` writes: percentages
and limits with one decimal (0.05 of room), months with one (the day over 30.4375).
"""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times
from scipy.stats import beta

from hevesy.trial.tables import DAYS_PER_MONTH
from hevesy.workflows.trial_export import export_folder
from hevesy.workflows.trial_tables import TableRequest, tabulate_folder
from tests.trial.filled_study import fill_study
from tests.trial.made_study import make_study

HALF = 0.0501  # of the last printed digit


@pytest.fixture(scope="module", params=[6, 7])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, pd.DataFrame], Path]:
    """ADaM as data frames, and the folder of the tables."""
    place = tmp_path_factory.mktemp("study")
    made = make_study(request.param, patients=40, events=120)
    clean = tuple(
        replace(one, term=one.term.strip(), organ_class=one.organ_class.strip())
        for one in made.events
    )
    fill_study(place / "study", replace(made, events=clean))
    export_folder(place / "study", place / "out", formats=["dataset-json"], standards=["adam"])
    tabulate_folder(place / "study", place / "tables", request=TableRequest(), formats=["csv"])
    frames = {}
    for file in (place / "out" / "adam").glob("*.json"):
        read = json.loads(file.read_text("utf-8"))
        names = [column["name"] for column in read["columns"]]
        frames[read["name"]] = pd.DataFrame(read["rows"], columns=names)
    return frames, place / "tables"


def table(folder: Path, name: str) -> pd.DataFrame:
    (file,) = folder.rglob(f"tables/{name}.csv")
    return pd.read_csv(file, keep_default_na=False)


def hold_count(row: pd.Series, n: int, of: int) -> None:
    """A count, its percentage, and the limits of Clopper and Pearson."""
    assert (int(row["n"]), int(row["denominator"])) == (n, of), row.to_dict()
    low = beta.ppf(0.025, n, of - n + 1) if n else 0.0
    high = beta.ppf(0.975, n + 1, of - n) if n < of else 1.0
    assert float(row["percent"]) == pytest.approx(100 * n / of, abs=HALF)
    assert float(row["lower"]) == pytest.approx(100 * low, abs=HALF)
    assert float(row["upper"]) == pytest.approx(100 * high, abs=HALF)


def test_responses(both: tuple[dict[str, pd.DataFrame], Path]) -> None:
    frames, folder = both
    treated = set(frames["ADSL"].query("SAFFL == 'Y'").USUBJID)
    rows = table(folder, "responses")
    rows = rows[(rows.statistic == "count") & rows.column.str.startswith("all ")]
    seen = set()
    for code, word in (("BOR", "unconfirmed"), ("CBOR", ", confirmed")):
        best = frames["ADRS"].query("PARAMCD == @code and USUBJID in @treated")
        assert not best.USUBJID.duplicated().any()
        own = rows[rows.column.str.endswith(word) & (rows.group == "Overall")]
        for _, row in own.iterrows():
            label = row["row"].split(",")[0]
            if row["row"].startswith("objective response"):
                n = int(best.AVALC.isin(["CR", "PR"]).sum())
            elif label in {"CR", "PR", "SD", "PD"}:
                n = int((label == best.AVALC).sum())
            else:
                continue
            hold_count(row, n, len(treated))
            seen.add((code, label))
    assert len(seen) == 10


@pytest.mark.parametrize(
    ("code", "group"), [("OS", "Overall survival"), ("PFS", "Progression-free survival")]
)
def test_survival(code: str, group: str, both: tuple[dict[str, pd.DataFrame], Path]) -> None:
    frames, folder = both
    times = frames["ADTTE"].query("PARAMCD == @code")
    fitted = KaplanMeierFitter().fit(times.AVAL, times.CNSR == 0)
    rows = table(folder, "survival")
    rows = rows[(rows.group == group) & rows.column.str.startswith("all ")]
    (events,) = (row for _, row in rows[rows.statistic == "count"].iterrows()
                 if row["row"] == "events")  # fmt: skip
    assert int(events["n"]) == int((times.CNSR == 0).sum()) > 3
    (median,) = (row for _, row in rows[rows.statistic == "median"].iterrows())
    limits = median_survival_times(fitted.confidence_interval_survival_function_)
    for text, days in (
        (median["value"], fitted.median_survival_time_),
        (median["lower"], limits.iloc[0, 0]), (median["upper"], limits.iloc[0, 1]),
    ):  # fmt: skip
        if text:
            assert float(text) == pytest.approx(days / float(DAYS_PER_MONTH), abs=HALF)
        else:
            # where the curve ends at 0 its band has no value; lifelines puts 0 there
            assert days == float("inf") or fitted.predict(days) == 0
    shown = rows[rows.statistic == "survival"]
    held = 0
    for _, row in shown.iterrows():
        months = int(row["row"].split()[1])
        if row["value"]:
            day = months * float(DAYS_PER_MONTH)
            assert float(row["value"]) == pytest.approx(100 * fitted.predict(day), abs=HALF)
            held += 1
    assert held


def test_events_by_worst_grade(both: tuple[dict[str, pd.DataFrame], Path]) -> None:
    frames, folder = both
    of = int((frames["ADSL"].SAFFL == "Y").sum())
    emergent = frames["ADAE"].query("TRTEMFL == 'Y'").copy()
    emergent["term"] = emergent.AEDECOD.str.split().str.join(" ").str.casefold()
    rows = table(folder, "events")
    rows = rows[rows.statistic == "count"]
    worst = emergent.groupby("USUBJID").ATOXGRN.max()
    by_term = emergent.groupby(["term", "USUBJID"]).ATOXGRN.max()
    seen = 0
    for _, row in rows.iterrows():
        name = row["row"].casefold()
        if name == "any event":
            grades = worst
        elif name in by_term.index.get_level_values(0):
            grades = by_term.loc[name]
        else:
            continue
        chosen = {"all grades": grades > 0, "grade 1 or 2": grades < 3,
                  "grade 3 or more": grades > 2}[row["column"]]  # fmt: skip
        hold_count(row, int(chosen.sum()), of)
        seen += 1
    assert seen >= 3 * (1 + emergent.term.nunique())


def test_sums_and_changes(both: tuple[dict[str, pd.DataFrame], Path]) -> None:
    """ADTR's sums from its own diameters, its changes from its own baselines."""
    adtr = both[0]["ADTR"]
    sums = adtr.query("PARAMCD == 'SUMDIAM'")
    for _, own in sums.groupby("USUBJID"):
        base = own.loc[own.ABLFL == "Y", "AVAL"]
        for _, row in own[own.CHG.notna()].iterrows():
            assert base.iloc[0] == row.BASE
            assert pytest.approx(row.AVAL - row.BASE, abs=1e-9) == row.CHG
            assert pytest.approx(100 * row.CHG / row.BASE, abs=1e-9) == row.PCHG
