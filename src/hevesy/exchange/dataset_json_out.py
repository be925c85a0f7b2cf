"""CDISC Dataset-JSON 1.1, written: one data set in one JSON document."""

import json
from datetime import date, datetime
from typing import Any

from hevesy.trial.export import Cell, DataSet, Variable

__all__ = ["dataset_json_bytes"]

_TYPES = {
    "text": "string",
    "integer": "integer",
    "float": "float",
    "date": "date",
    "datetime": "datetime",
    "numdate": "date",
    "boolean": "boolean",
}


def dataset_json_bytes(
    data: DataSet, *, study: str, made_at: datetime, software: tuple[str, str], metadata: str = ""
) -> bytes:
    """Write a data set as Dataset-JSON 1.1.

    Numbers have the fewest digits that give the same double again. The same input gives the same
    bytes.

    Parameters
    ----------
    data : DataSet
    study : str
        Its OID.
    made_at : datetime
        Stated as the moment of creation.
    software : (str, str)
        Name and version.
    metadata : str
        Name of the define.xml; empty where there is none.

    Returns
    -------
    bytes
        UTF-8, a row on each line.

    References
    ----------
    CDISC, Dataset-JSON version 1.1.

    Examples
    --------
    >>> from datetime import UTC
    >>> age = Variable(name="AGE", label="Age", kind="integer", key=1)
    >>> data = DataSet(name="XX", standard="sdtm", label="A", group="FINDINGS", structure="One",
    ...                variables=(age,), rows=((61,),))
    >>> text = dataset_json_bytes(data, study="S", made_at=datetime(2026, 1, 9, tzinfo=UTC),
    ...                     software=("hevesy", "1"))
    >>> json.loads(text)["columns"][0]["dataType"], json.loads(text)["rows"]
    ('integer', [[61]])
    """
    stated = made_at.isoformat(timespec="seconds")
    head: dict[str, Any] = {
        "datasetJSONCreationDateTime": stated,
        "datasetJSONVersion": "1.1.0",
        "fileOID": f"{study}.{data.name}",
        "originator": software[0],
        "sourceSystem": {"name": software[0], "version": software[1]},
        "studyOID": study,
        "metaDataVersionOID": f"MDV.{data.standard.upper()}",
        **({"metaDataRef": metadata} if metadata else {}),
        "itemGroupOID": f"IG.{data.name}",
        "records": len(data.rows),
        "name": data.name,
        "label": data.label,
        "columns": [_column(data.name, one) for one in data.variables],
    }
    text = json.dumps(head, ensure_ascii=False, indent=1)
    rows = ",\n".join(
        json.dumps([_cell(cell) for cell in row], ensure_ascii=False, allow_nan=False)
        for row in data.rows
    )
    return f'{text[:-2]},\n "rows": [\n{rows}\n]\n}}\n'.encode()


def _column(dataset: str, one: Variable) -> dict[str, Any]:
    found: dict[str, Any] = {
        "itemOID": f"IT.{dataset}.{one.name}",
        "name": one.name,
        "label": one.label,
        "dataType": _TYPES[one.kind],
    }
    if one.kind == "numdate":
        found |= {"targetDataType": "integer", "displayFormat": "E8601DA."}
    if one.kind in {"text", "date", "datetime"}:
        found["length"] = one.length
    if one.key is not None:
        found["keySequence"] = one.key
    return found


def _cell(cell: Cell) -> Any:
    return cell.isoformat() if isinstance(cell, date) else cell
