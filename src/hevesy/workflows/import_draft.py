"""A draft of a map from REDCap's data dictionary: to be completed by somebody who knows both."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from hevesy.exchange import DictionaryField, read_data_dictionary
from hevesy.store import RecordField, record_fields, record_kinds
from hevesy.workflows.record_text import field_keys

__all__ = ["draft_map"]

_FORMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {  # a form's name has one of these words
        "adverse_event": ("adverse", "ae_", "_ae", "event"),
        "lesion_assessment": ("lesion", "recist", "response", "tumor", "tumour"),
        "measurement": ("lab", "haemato", "hemato", "chemistry", "vital"),
        "departure": ("disposition", "completion", "withdraw", "exit", "end_of_study", "death"),
        "screening": ("screening", "eligib"),
        "patient": ("demograph", "enrol", "registration", "patient", "baseline"),
        "visit": ("visit", "follow"),
    }
)
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "patient": "{%s}", "screening": "{%s}-SC", "departure": "{%s}-DE",
        "visit": "{%s}-{redcap_event_name}", "adverse_event": "{%s}-AE{redcap_repeat_instance}",
        "measurement": "{%s}-{redcap_event_name}-M{redcap_repeat_instance}",
        "lesion_assessment": "{%s}-{redcap_event_name}-A{redcap_repeat_instance}",
    }
)  # fmt: skip
_ALSO: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {  # other words for a key
        "began_on": ("start", "onset"), "ended_on": ("stop", "end_date", "resolved"),
        "grade": ("severity", "ctcae"), "organ_class": ("soc", "class"), "sex": ("gender",),
        "birth_year": ("year_of_birth", "yob"), "diameter_mm": ("diameter", "size"),
        "measured_on": ("lab_date", "sample_date"), "visited_on": ("visit_date",),
        "left_on": ("exit_date", "withdrawal_date"), "value": ("result",), "ecog": ("ecog",),
        "related_agent": ("relat", "causal", "attribution"), "screened_on": ("screening_date",),
        "age_years": ("age",), "assessed_on": ("scan_date", "assessment_date"),
    }
)  # fmt: skip
_MEANT = {"female": "F", "male": "M", "yes": "yes", "no": "no"}


def draft_map(dictionary: Path) -> str:
    """Draft a map from a project's data dictionary.

    Each form becomes a record of the kind that its name suggests, its fields the keys that their
    names suggest, with their codes; everything else stands there as a comment. It has to be
    completed: a draft that does not fit is refused by the import, in words.

    Parameters
    ----------
    dictionary : Path
        REDCap's, CSV.

    Returns
    -------
    str
        TOML.

    Examples
    --------
    >>> draft_map(Path("no-such.csv"))
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: a table could not be read: got 'no-such.csv: No such file...
    """
    fields = read_data_dictionary(dictionary)
    identifying = [field.name for field in fields if field.identifier]
    lines = [
        "# A draft from REDCap's data dictionary: look at every line, complete it, then try it by",
        "# hevesy trial import RECORDS.csv --map THIS --study DIR --dry-run",
        "# Records are exported as raw codes, flat. A form that does not repeat has no",
        "# redcap_repeat_instance, a project without events no redcap_event_name: take them out.",
        "[table]",
        'missing = []  # the project\'s missing data codes, such as "NI"',
        f"identifying = {json.dumps(identifying)}",
    ]
    for form in dict.fromkeys(field.form for field in fields):
        own = [field for field in fields if field.form == form]
        lines += ["", *_form(form, own, fields[0].name)]
    return "\n".join(lines) + "\n"


def _form(form: str, fields: Sequence[DictionaryField], record: str) -> list[str]:
    kind = next((kind for kind, words in _FORMS.items() if _any(words, form)), "")
    if not kind:
        heading = f"# Form {form}: no kind of record is suggested"
        return [heading, *(line for field in fields for line in _comment(field))]
    keys = field_keys(record_fields(record_kinds()[kind]))
    given: dict[str, str] = {}
    if "inclusion" in keys:
        given["inclusion"] = _quoted(f"{{{record}}}-1")
    rest: list[str] = []
    for field in fields:
        key = _key_of(field, keys, given)
        if key:
            given[key] = _value(field, keys[key])
        elif field.name != record:
            rest += _comment(field)
    needed = [key for key, one in keys.items() if one.required and key not in given]
    return [
        f"# Form {form}",
        "[[record]]",
        f"kind = {_quoted(kind)}",
        f"name = {_quoted(_NAMES[kind] % record)}",
        f'unless = {{ {form}_complete = "" }}  # the form is not there in this row',
        "[record.values]",
        *(f"{key} = {value}" for key, value in given.items()),
        *(f"# needed: {key} = ..." for key in needed),
        *rest,
    ]


def _any(words: Sequence[str], text: str) -> bool:
    return any(word in text.lower() for word in words)


def _key_of(
    field: DictionaryField, keys: Mapping[str, RecordField], given: Mapping[str, str]
) -> str:
    """The key that a field's name ends with, or one of its other words."""
    if field.type in ("checkbox", "descriptive", "file", "signature"):
        return ""
    name = field.name.lower()
    free = [key for key in keys if key not in given and keys[key].type != "json"]
    found = [key for key in free if name == key or name.endswith(f"_{key}")]
    found += [key for key in free if _any(_ALSO.get(key, ()), name)]
    return found[0] if found else ""


def _value(field: DictionaryField, key: RecordField) -> str:
    codes = dict(field.choices)
    if field.type in ("yesno", "truefalse"):
        codes = {"1": "yes", "0": "no"}
    if not codes or (key.type in ("whole", "number", "exact") and all(c.isdigit() for c in codes)):
        return _quoted(field.name)
    said = ", ".join(
        f"{_quoted(code)} = {_quoted(_MEANT.get(label.lower(), label))}"
        for code, label in codes.items()
    )
    return f"{{ column = {_quoted(field.name)}, codes = {{ {said} }} }}"


def _comment(field: DictionaryField) -> list[str]:
    labels = [label for _, label in field.choices] if field.type == "checkbox" else [field.label]
    return [
        f"# {column}: {label or field.label} ({field.type})"
        for column, label in zip(field.columns, labels, strict=False)
    ]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
