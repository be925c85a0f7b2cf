"""Write the SQL of a revision that makes new tables, from the tables of the code.

Run it only while that revision is unreleased: `.venv/bin/python scripts/build_store_schema.py`.
A released revision stays as it is; a later change of a table is a further revision, by hand.
"""

from pathlib import Path

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from hevesy.store import tables
from hevesy.store.record import Base
from hevesy.store.triggers import trigger_statements

FOLDER = Path(__file__).resolve().parents[1] / "src/hevesy/store/migrations"
REVISIONS = {
    "0007_terms": ["term_list"],
}
DIALECTS = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}


def main() -> None:
    assert tables.__all__
    for revision, names in REVISIONS.items():
        for word, dialect in DIALECTS.items():
            parts = []
            for name in names:
                table = Base.metadata.tables[name]
                parts.append(str(CreateTable(table).compile(dialect=dialect)).strip())
                indexes = sorted(table.indexes, key=lambda index: str(index.name))
                parts += [str(CreateIndex(i).compile(dialect=dialect)).strip() for i in indexes]
                if name != "job":
                    parts += trigger_statements(name, word)
            lines = "\n--;\n".join(parts).replace("\t", "  ").splitlines()
            text = "\n".join(line.rstrip() for line in lines) + "\n"
            (FOLDER / f"{revision}.{word}.sql").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
