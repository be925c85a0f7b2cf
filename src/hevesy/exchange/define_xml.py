"""define.xml 2.1: what the data sets of one standard hold, from the table of variables."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET  # builds only; nothing foreign is parsed

from hevesy.trial.export import DataSet, Variable, codelists

__all__ = ["define_xml_bytes"]

_ODM = "http://www.cdisc.org/ns/odm/v1.3"
_DEF = "http://www.cdisc.org/ns/def/v2.1"
_XLINK = "http://www.w3.org/1999/xlink"
_XML = "http://www.w3.org/XML/1998/namespace"
_GUIDES = {"sdtm": ("SDTMIG", "3.4"), "adam": ("ADaMIG", "1.3")}
_TYPES = {
    "text": "text",
    "integer": "integer",
    "float": "float",
    "date": "date",
    "datetime": "datetime",
    "numdate": "integer",
    "boolean": "boolean",
}
_SOURCES = {"Collected": "Investigator", "Protocol": "Sponsor"}
_SPONSOR_DOMAINS = frozenset({"XD", "SUPPXD"})


def define_xml_bytes(
    datasets: Sequence[DataSet],
    *,
    study: str,
    protocol: str,
    made_at: datetime,
    software: tuple[str, str],
    ending: str,
) -> bytes:
    """Describe data sets of one standard.

    Lengths are those of the longest value that is there. The same input gives the same bytes.

    Parameters
    ----------
    datasets : sequence of DataSet
        At least one, all of one standard.
    study, protocol : str
        Names.
    made_at : datetime
        Stated as the moment of creation.
    software : (str, str)
        Name and version.
    ending : str
        Of the data sets' files: ``"xpt"`` or ``"json"``.

    Returns
    -------
    bytes
        UTF-8.

    References
    ----------
    CDISC, Define-XML specification version 2.1.

    Examples
    --------
    >>> from datetime import UTC
    >>> from hevesy.trial.export import dataset_template
    >>> text = define_xml_bytes([dataset_template("DM")], study="S", protocol="P", ending="json",
    ...                   made_at=datetime(2026, 1, 9, tzinfo=UTC), software=("hevesy", "1"))
    >>> b'def:DefineVersion="2.1.0"' in text
    True
    """
    for prefix, uri in (("", _ODM), ("def", _DEF), ("xlink", _XLINK)):
        ET.register_namespace(prefix, uri)
    standard = datasets[0].standard
    guide, version = _GUIDES[standard]
    stated = made_at.isoformat(timespec="seconds")
    root = ET.Element(
        f"{{{_ODM}}}ODM",
        {
            "ODMVersion": "1.3.2", "FileType": "Snapshot", "FileOID": f"{study}.define.{standard}",
            "CreationDateTime": stated, "Originator": software[0], "SourceSystem": software[0],
            "SourceSystemVersion": software[1], f"{{{_DEF}}}Context": "Other",
        },
    )  # fmt: skip
    parent = _add(root, "Study", OID=study)
    names = _add(parent, "GlobalVariables")
    for tag, text in (
        ("StudyName", study),
        ("StudyDescription", study),
        ("ProtocolName", protocol),
    ):
        _add(names, tag).text = text
    version_node = _add(parent, "MetaDataVersion", OID=f"MDV.{standard.upper()}",
                        Name=f"{study}, {guide} {version}",
                        **{f"{{{_DEF}}}DefineVersion": "2.1.0"})  # fmt: skip
    standards = ET.SubElement(version_node, f"{{{_DEF}}}Standards")
    ET.SubElement(standards, f"{{{_DEF}}}Standard", OID="STD.IG", Name=guide, Type="IG",
                  Version=version, Status="Final")  # fmt: skip
    for data in datasets:
        _group(version_node, data, ending)
    for data in datasets:
        for at, variable in enumerate(data.variables):
            _item(version_node, data, variable, [row[at] for row in data.rows])
    for name in _used_lists(datasets):
        _codelist(version_node, name)
    for data in datasets:
        if data.note:
            comment = ET.SubElement(version_node, f"{{{_DEF}}}CommentDef", OID=f"COM.{data.name}")
            _description(comment, data.note)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _add(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{_ODM}}}{tag}", attributes)


def _description(parent: ET.Element, text: str) -> None:
    words = _add(_add(parent, "Description"), "TranslatedText")
    words.set(f"{{{_XML}}}lang", "en")
    words.text = text


def _group(parent: ET.Element, data: DataSet, ending: str) -> None:
    analysis = data.standard == "adam"
    attributes = {
        "OID": f"IG.{data.name}",
        "Name": data.name,
        "Repeating": "No" if data.name in {"DM", "ADSL"} else "Yes",
        "IsReferenceData": "No",
        "SASDatasetName": data.name,
        "Purpose": "Analysis" if analysis else "Tabulation",
        f"{{{_DEF}}}Structure": data.structure,
        f"{{{_DEF}}}ArchiveLocationID": f"LF.{data.name}",
    }
    if not analysis:
        attributes["Domain"] = data.name.removeprefix("SUPP") or data.name
    if data.name in _SPONSOR_DOMAINS:
        attributes[f"{{{_DEF}}}IsNonStandard"] = "Yes"
    else:
        attributes[f"{{{_DEF}}}StandardOID"] = "STD.IG"
    if data.note:
        attributes[f"{{{_DEF}}}CommentOID"] = f"COM.{data.name}"
    node = _add(parent, "ItemGroupDef", **attributes)
    _description(node, data.label)
    for number, variable in enumerate(data.variables, start=1):
        reference = {
            "ItemOID": f"IT.{data.name}.{variable.name}",
            "OrderNumber": str(number),
            "Mandatory": "Yes" if variable.core == "Req" else "No",
        }
        if variable.key is not None:
            reference["KeySequence"] = str(variable.key)
        _add(node, "ItemRef", **reference)
    ET.SubElement(node, f"{{{_DEF}}}Class", Name=data.group)
    file = f"{data.name.lower()}.{ending}"
    leaf = ET.SubElement(node, f"{{{_DEF}}}leaf",
                         {"ID": f"LF.{data.name}", f"{{{_XLINK}}}href": file})  # fmt: skip
    ET.SubElement(leaf, f"{{{_DEF}}}title").text = file


def _item(parent: ET.Element, data: DataSet, variable: Variable, cells: Sequence[object]) -> None:
    attributes = {
        "OID": f"IT.{data.name}.{variable.name}",
        "Name": variable.name,
        "SASFieldName": variable.name,
        "DataType": _TYPES[variable.kind],
    }
    said = [repr(cell) if isinstance(cell, float) else str(cell)
            for cell in cells if cell is not None]  # fmt: skip
    if variable.kind in {"text", "integer", "float"}:
        attributes["Length"] = str(max((len(text.encode()) for text in said), default=1))
    if variable.kind == "float":
        digits = [len(text.partition(".")[2]) for text in said if "e" not in text]
        attributes["SignificantDigits"] = str(max(digits, default=0))
    if variable.kind == "numdate":
        attributes["Length"] = "8"
        attributes[f"{{{_DEF}}}DisplayFormat"] = "DATE9."
    node = _add(parent, "ItemDef", **attributes)
    _description(node, variable.label)
    if variable.codelist:
        _add(node, "CodeListRef", CodeListOID=f"CL.{variable.codelist}")
    origin = ET.SubElement(node, f"{{{_DEF}}}Origin", Type=variable.origin)
    if variable.origin == "Predecessor":
        _description(origin, f"The variable of the same meaning in the source of {data.name}")
    else:
        origin.set("Source", _SOURCES.get(variable.origin, "Sponsor"))


def _used_lists(datasets: Sequence[DataSet]) -> Iterator[str]:
    yield from sorted({v.codelist for data in datasets for v in data.variables if v.codelist})


def _codelist(parent: ET.Element, name: str) -> None:
    node = _add(parent, "CodeList", OID=f"CL.{name}", Name=name, DataType="text",
                **{f"{{{_DEF}}}IsNonStandard": "Yes"})  # fmt: skip
    for term in codelists()[name]:
        _add(node, "EnumeratedItem", CodedValue=term)
