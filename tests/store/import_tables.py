"""Tables and maps of the tests of imports."""

from pathlib import Path

EVENTS_MAP = """
[table]
missing = ["ND"]

[[record]]
kind = "adverse_event"
name = "{subject}-AE{nr}"

[record.values]
inclusion = "{subject}-1"
term = "term"
organ_class = "class"
grade = { column = "severity", codes = { mild = "1", moderate = "2", severe = "3" } }
began_on = "began"
ended_on = "ended"
related_agent = "agent"
"""
HEAD = "subject,nr,term,class,severity,began,ended,agent"
ROWS = (
    "P01,1,Fever,General,mild,2024-03-06,2024-03-08,possible",
    "P01,2,Pain,General,moderate,2024-03-06,ND,unrelated",
    "P01,3,Cough,Respiratory,severe,2024-03-09,,",
)


def write(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def events(folder: Path, *rows: str, head: str = HEAD) -> Path:
    return write(folder, "events.csv", head, *(rows or ROWS))


def map_of(folder: Path, text: str = EVENTS_MAP) -> Path:
    return write(folder, "map.toml", text)
