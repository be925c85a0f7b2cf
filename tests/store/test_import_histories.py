"""Whatever was imported before: the last table is what holds, and once more changes nothing."""

import shutil
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hevesy.workflows.study import check_study
from hevesy.workflows.study_conduct import open_rows
from hevesy.workflows.trial_import import import_table
from tests.store.import_tables import HEAD, map_of, write

ROW = st.fixed_dictionaries(
    {
        "term": st.sampled_from(["Fever", "Pain", "Cough"]),
        "severity": st.sampled_from(["mild", "moderate", "severe"]),
        "began": st.dates(date(2024, 3, 5), date(2024, 4, 1)),
        "agent": st.sampled_from(["", "unlikely", "definite"]),
    }
)
TABLE = st.dictionaries(st.integers(1, 5), ROW, min_size=1, max_size=5)


@pytest.fixture
def dialect() -> str:
    return "sqlite"


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tables=st.lists(TABLE, min_size=1, max_size=3))
def test_the_last_table_holds(trial: Path, tables: list[dict[int, dict[str, object]]]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        study = Path(shutil.copytree(trial, folder / "s"))
        mapping, expected = map_of(folder), {}
        for table in tables:
            rows = [
                f"P01,{nr},{row['term']},General,{row['severity']},{row['began']},,{row['agent']}"
                for nr, row in table.items()
            ]
            file = write(folder, "events.csv", HEAD, *rows)
            asked = {"user": "coordinator", "reason": "later export"}
            plan = import_table(file, study, mapping, dry_run=True, **asked)
            done = import_table(file, study, mapping, **asked)
            assert (plan.new, plan.changed, plan.same) == (done.new, done.changed, done.same)
            changed = {f"P01-AE{nr}" for nr, row in table.items() if expected.get(nr, row) != row}
            assert {one.name for one in done.changed} == changed
            assert not import_table(file, study, mapping, **asked).written
            expected |= table
        _, rows_now = open_rows(study)
        found = {
            int(one.event.removeprefix("P01-AE")): (one.term, one.began_on, one.related_agent)
            for one in rows_now.events
        }
        assert found == {
            nr: (row["term"], row["began"], row["agent"]) for nr, row in expected.items()
        }
        assert check_study(study, audit=True).faults == ()
