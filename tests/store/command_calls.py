"""One call of every command that writes on a study, each of which would go through.

All of them go through one after the other as well, in this order. They are called on the study
that `prepare` makes of the chain's.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hevesy.protocol import Action, Role
from hevesy.store import JobTable
from hevesy.workflows.study import open_study
from tests.store.chain_study import DRAW, READ, TEST, at, call, record
from tests.store.dose_study import sets, write_scan
from tests.store.import_tables import ROWS, events, map_of

FIRST, AMENDED = 'name = "pH"\nlow', 'name = "pH"\nunit = "1"\nlow'


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A command's words, and who may.

    `reaches` is how it is refused to those who may, where going through would take too long.
    """

    action: Action | None
    words: Callable[[Path], list[object]]
    reaches: str = ""


def _study(*words: object) -> Callable[[Path], list[object]]:
    return lambda study: [*words, "--study", study]


def _folder(*words: object) -> Callable[[Path], list[object]]:
    return lambda study: [study, *words]


def _label(study: Path) -> list[object]:
    return ["B5", "--record", record(study, "B5"), "--study", study]


def _amend(study: Path) -> list[object]:
    toml = study / "study.toml"
    toml.write_text(toml.read_text().replace(FIRST, AMENDED))
    return [study, "--reason", "wording"]


def _backup(study: Path) -> list[object]:
    (study / "b.zip").unlink(missing_ok=True)
    return [study, "--to", study / "b.zip"]


def _import(study: Path) -> list[object]:
    row = ROWS[0].replace("P01", "P1").replace("2024-03-06,2024-03-08", "2024-03-21,2024-03-22")
    return [events(study, row), "--map", map_of(study), "--study", study]


def rule_file(folder: Path, name: str, probability: float = 0.5) -> Path:
    file = folder / f"{name}.toml"
    file.write_text(f'name = "{name}"\nprobability = {probability}\nresamples = 120\n')
    return file


def _fix(study: Path) -> list[object]:
    return [rule_file(study, "secondary"), "--study", study]


def _share(study: Path) -> list[object]:
    """A copy is a new folder each time, and lies outside the study's."""
    out = Path(tempfile.mkdtemp(dir=study.parent)) / "copy"
    return ["--study", study, "--out", out, "--key", out.parent / "key"]


RECORDS = {
    "site": sets(name="Hospital", timezone="Europe/Warsaw"),
    "device": sets(kind="dose calibrator", site="Hospital"),
    "device_factor": sets(
        device="D1", nuclide="Re-188", container="vial", volume="5 mL", factor="1.1",
        relative_uncertainty="2 %", traceable_to="LNHB", valid_from="2024-01-01T00:00Z",
        valid_until="2025-01-01T00:00Z"),
    "device_check": sets(
        device="D1", source="Cs-137", at="2024-03-03T05:00Z", expected="5 MBq",
        measured="5.1 MBq", performed_by="yann"),
    "patient": sets(site="Hospital", sex="F"),
    "inclusion": sets(patient="P1", at="2024-03-01T09:00Z", eligible="yes"),
    "lesion": sets(patient="P1", organ="lung"),
    "administration": sets(
        inclusion="P1-1", at="2024-03-20T10:00Z", kind="net", activity="40 mCi", operator="ines"),
    "scan": sets(
        administration="A0", at="2024-04-02T10:00Z", spect="dicom/2/spect.nii.gz", unit="kBq/mL"),
    "region_volume": sets(scan="N0", region="tumour", volume="15 mL", lesion="P1-L"),
    "excreta_sample": sets(
        administration="A0", kind="urine", started_at="2024-03-20T10:00Z",
        ended_at="2024-03-20T16:00Z", activity="60 MBq", activity_uncertainty="3 MBq",
        measured_at="2024-03-20T16:05Z"),
    "screening": sets(inclusion="P1-1", screened_on="2024-02-28"),
    "visit": sets(inclusion="P1-1", name="week 6", visited_on="2024-04-16"),
    "adverse_event": sets(
        inclusion="P1-1", term="Fever", organ_class="General", grade=1, began_on="2024-03-21"),
    "measurement": sets(
        inclusion="P1-1", visit="week 6", measured_on="2024-04-16", test="neutrophils",
        value="1.5", unit="10^9/L"),
    "lesion_assessment": sets(
        inclusion="P1-1", lesion="P1-L", visit="week 6", assessed_on="2024-04-16", role="target",
        status="present", diameter_mm=31),
    "departure": sets(
        inclusion="P1-1", kind="withdrawn", left_on="2024-06-01", reason="moved away"),
}  # fmt: skip
"""A record of each kind that is typed; what a correction of such a record needs is below."""
CORRECTIONS = {
    "site": ("Workshop", []),  # a site has nothing that may differ from study.toml
    "device": ("D1", sets(serial="8")),
    "device_factor": ("F1", sets(factor="1.2")),
    "device_check": ("K1", sets(source="Cs-137 no. 4")),
    "patient": ("P1", sets(birth_year=1961)),
    "inclusion": ("P1-1", sets(ecog=1)),
    "lesion": ("P1-L", sets(organ="lung")),
    "administration": ("A0", sets(note="seen")),
    "scan": ("N0", sets(duration="20 min")),
    "region_volume": ("R0", sets(volume="16 mL")),
    "excreta_sample": ("X0", sets(activity="61 MBq")),
    "screening": ("SC0", sets(age_years=61)),
    "visit": ("VI0", sets(ecog=1)),
    "adverse_event": ("AE0", sets(grade=2)),
    "measurement": ("M0", sets(value="1.6")),
    "lesion_assessment": ("LA0", sets(diameter_mm=32)),
    "departure": ("DP0", sets(left_on="2024-06-02")),
}
EARLIER = {
    "excreta_sample": sets(
        administration="A0",
        kind="urine",
        started_at="2024-03-20T17:00Z",
        ended_at="2024-03-20T18:00Z",
        activity="60 MBq",
        activity_uncertainty="3 MBq",
        measured_at="2024-03-20T18:05Z",
    ),
    "screening": sets(inclusion="P2-1", screened_on="2024-02-28", failure_reason="other"),
    "departure": sets(inclusion="P2-1", kind="withdrawn", left_on="2024-06-01", reason="moved"),
}
"""What a record was entered with that is corrected, where two can't be alike."""
CALLS = {
    "pharmacy generator": Call(action=Action.PREPARE, words=_study(
        "G2", "--site", "Workshop", "--parent", "37 GBq", "--uncertainty", "5 %", "--daughter",
        "0 GBq", "--calibrated", at("06:00", 3), "--lot", "8")),
    "pharmacy elute": Call(action=Action.PREPARE, words=_study(
        "E4", "--generator", "G1", "--at", at("06:00", 8), "--measured", at("06:12", 8),
        "--activity", "19 GBq", "--volume", "10 mL", "--uncertainty", "0.5 %")),
    "pharmacy correct": Call(action=Action.PREPARE, words=_study(
        "generator", "G1", "--set", "lot=9", "--reason", "mistyped")),
    "pharmacy label": Call(action=Action.PREPARE, words=_label),
    "pharmacy test": Call(action=Action.TEST, words=_study("B2", "pH", "--value", "6.2", *TEST)),
    "pharmacy invalidate": Call(action=Action.TEST, words=_study("B4-Q1", "--reason", "drift")),
    "pharmacy release": Call(action=Action.RELEASE, words=_study(
        "B4", "recall", "--reason", "x")),
    "pharmacy dispatch": Call(action=Action.TRANSPORT, words=_study(
        "V2", "--to", "Hospital", "--activity", "3.2 GBq", *READ, "--at", at("08:05"))),
    "pharmacy receive": Call(action=Action.TRANSPORT, words=_study(
        "V4-T1", "--activity", "3 GBq", "--uncertainty", "3 %", "--at", at("09:00"),
        "--measured", at("09:05"))),
    "pharmacy withdraw": Call(action=Action.DISPENSE, words=_study(
        "V1", "--purpose", "waste", "--volume", "0.5 mL", "--activity", "320 MBq", *READ)),
    "pharmacy dispense": Call(action=Action.DISPENSE, words=_study(
        "S9", "--vial", "V1", "--volume", "1 mL", "--activity", "650 MBq", *READ, *DRAW)),
    "pharmacy inject": Call(action=Action.ADMINISTER, words=_study(
        "A1", "--inclusion", "P1-1", "--syringe", "S1", "--lesion", "P1-L", "--passes", "P1-L=2",
        "--pre", "1.27 GBq", "--pre-time", at("08:30"), "--start", at("08:40"), "--end",
        at("08:45"), "--post", "100 MBq", "--post-time", at("08:50"), "--uncertainty", "3 %")),
    "trial import": Call(action=Action.FOLLOW, words=_import),
    "trial ctcae import": Call(action=Action.AMEND_PROTOCOL, words=_study("CTCAE.xlsx"),
                               reaches="a table could not be read"),
    "trial query raise": Call(action=Action.QUERY, words=_study(
        "lesion", "P1-L", "--words", "which lobe?")),
    "trial query answer": Call(action=Action.QUERY, words=_study(
        "query-1", "--words", "the left one")),
    "trial query close": Call(action=Action.QUERY, words=_study(
        "query-1", "--reason", "seen in the source")),
    "trial threshold fix": Call(action=Action.FIX_RULE, words=_fix),
    "trial share": Call(action=Action.SHARE, words=_share),
    "trial threshold unblind": Call(action=Action.UNBLIND, words=_study("--reason", "data lock")),
    "trial backup": Call(action=Action.MAINTAIN, words=_backup),
    "trial upgrade": Call(action=Action.MAINTAIN, words=_folder()),
    "trial jobs": Call(action=Action.MAINTAIN, words=_folder("--cancel", "job-1")),
    "user add": Call(action=Action.ADMINISTER_USERS, words=_study("max", "--role", "monitor")),
    "user role": Call(action=Action.ADMINISTER_USERS, words=_study(
        "eve", "--role", "monitor", "--reason", "left")),
    "user passphrase": Call(action=None, words=_study()),  # one's own
    "dose": Call(action=Action.COMPUTE, words=_study("--administration", "A0"),
                 reaches="A0 is intratumoral and has no injections"),
    "trial amend": Call(action=Action.AMEND_PROTOCOL, words=_amend),
}  # fmt: skip
"""Without `trial record` and `trial correct`, of which there is one for each kind of record."""
NEW_STUDY = "trial init"  # whoever makes a study is its administrator
READS = {
    "pharmacy predict": _study("--generator", "G1", "--at", at("06:00", 8)),
    "pharmacy recall": _study("B1"),
    "pharmacy trace": _study("G1"),
    "trial check": _folder("--audit"),
    "trial show": _study("lesion"),
    "trial events": _study(),
    "trial export": lambda study: ["--study", study, "--out", study / "export"],
    "trial flow": _study(),
    "trial laboratory": _study(),
    "trial narratives": lambda study: ["--study", study, "--out", study / "narratives.docx"],
    "trial query list": _study(),
    "trial threshold list": _study(),
    "trial evidence": _study(),
    "trial bundle": lambda study: ["--study", study, "--out", study / "bundle.zip"],
    "trial report": lambda study: [
        "--study",
        study,
        "--out",
        study / "report",
        "--format",
        "html",
    ],
    "trial tables": lambda study: ["--study", study, "--out", study / "tables"],
    "user list": _study(),
}
"""Commands on a study that ask for no name: they write nothing."""
READS_REACH = {
    "trial evidence": "outcomes are blind",
}
"""How those end that need more than the study has."""


def _earlier(word: str) -> str:
    for later, earlier in (("dicom/2", "dicom/1"), ("week 6", "week 12"), ("04-16", "05-28")):
        word = word.replace(later, earlier)
    return word


def prepare(study: Path) -> None:
    """People of every role, a vial under way, a job, and a record of each kind that is typed."""
    end = ("--study", study, "--as")
    for role in Role:
        assert call("user", "add", role, "--role", role, *end, "root") == 0
    assert call("user", "add", "eve", "--role", "coordinator", *end, "root") == 0
    assert call("pharmacy", "dispatch", "V4", "--to", "Hospital", "--activity", "3.2 GBq", *READ,
                "--at", at("08:05"), *end, "ada") == 0  # fmt: skip
    write_scan(study, "1", hours=6)
    write_scan(study, "2", hours=7)
    first = {
        "device": ("D1", "yann"), "device_factor": ("F1", "yann"), "device_check": ("K1", "yann"),
        "administration": ("A0", "ines"), "scan": ("N0", "yann"), "region_volume": ("R0", "yann"),
        "excreta_sample": ("X0", "yann"), "screening": ("SC0", "ines"), "visit": ("VI0", "ines"),
        "adverse_event": ("AE0", "ines"), "measurement": ("M0", "ines"),
        "lesion_assessment": ("LA0", "ines"), "departure": ("DP0", "ines"),
    }  # fmt: skip
    for kind, (name, user) in first.items():
        words = [
            word.replace("dicom/2", "dicom/1")
            .replace("week 6", "week 12")
            .replace("04-16", "05-28")
            for word in EARLIER.get(kind, RECORDS[kind])
        ]
        assert call("trial", "record", kind, name, *words, *end, user) == 0, kind
    ask = ("trial", "query", "raise", "lesion", "P1-L", "--words", "of what size?")
    assert call(*ask, *end, "monitor") == 0
    fix = ("trial", "threshold", "fix", rule_file(study, "primary"))
    assert call(*fix, *end, "statistician") == 0
    with open_study(study) as (_, store):
        JobTable(store).queue("dose", {}, asked_by="root")
