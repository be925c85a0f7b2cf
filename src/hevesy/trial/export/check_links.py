"""Checks of what a row refers to: its subject, other records, its source, its population."""

from collections.abc import Iterator, Mapping

from hevesy.trial.export.dataset import DataSet

__all__ = ["check_populations", "check_references", "check_subjects", "check_traces"]

_Found = Iterator[tuple[str, str, int]]


def _values(one: DataSet, *names: str) -> set[tuple[str, ...]]:
    columns = [one.column(name) for name in names]
    return {tuple(str(cell) for cell in row) for row in zip(*columns, strict=True)}


def check_subjects(found: Mapping[str, DataSet]) -> _Found:
    """Every USUBJID is in DM; one of an analysis data set in ADSL, too, and ADSL has all of DM.

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_study
    >>> from hevesy.trial.export.sdtm import build_sdtm
    >>> found = {one.name: one for one in build_sdtm(*sample_study()).datasets}
    >>> list(check_subjects(found))
    []
    """
    for home in ("DM", "ADSL"):
        if home not in found:
            if home == "DM" and any(one.standard != "rows" for one in found.values()):
                yield "DM", "there is no DM", 0
            continue
        known = set(found[home].column("USUBJID"))
        for one in found.values():
            if "USUBJID" not in one.names or (home == "ADSL" and one.standard != "adam"):
                continue
            for number, subject in enumerate(one.column("USUBJID"), start=1):
                if subject not in known and not (one.name == "RELREC" and subject is None):
                    yield one.name, f"USUBJID is not in {home}", number
    if "DM" in found and "ADSL" in found:
        analysed = set(found["ADSL"].column("USUBJID"))
        for number, subject in enumerate(found["DM"].column("USUBJID"), start=1):
            if subject not in analysed:
                yield "DM", "USUBJID is not in ADSL", number


def check_references(found: Mapping[str, DataSet]) -> _Found:
    """Every supplemental qualifier and every relation points to a record that is there.

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_study
    >>> from hevesy.trial.export.sdtm import build_sdtm
    >>> found = {one.name: one for one in build_sdtm(*sample_study()).datasets}
    >>> list(check_references(found))
    []
    """
    for one in found.values():
        if one.name.startswith("SUPP"):
            yield from _supplements(one, found)
    related = found.get("RELREC")
    if related is None:
        return
    whole: dict[str, list[tuple[str, str, str, int]]] = {}
    known: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for number, row in enumerate(related.records(), start=1):
        domain, variable = str(row["RDOMAIN"]), str(row["IDVAR"])
        if domain not in found or variable not in found[domain].names:
            yield "RELREC", f"there is no {domain}.{variable}", number
        elif row["IDVARVAL"] is None:
            side = (domain, variable, str(row["RELTYPE"]), number)
            whole.setdefault(str(row["RELID"]), []).append(side)
        else:
            if (domain, variable) not in known:
                known[domain, variable] = _values(found[domain], "USUBJID", variable)
            if (str(row["USUBJID"]), str(row["IDVARVAL"])) not in known[domain, variable]:
                yield "RELREC", f"no record of {domain} has this {variable}", number
    for relation, sides in whole.items():
        yield from _whole(relation, sides, found)


def _supplements(one: DataSet, found: Mapping[str, DataSet]) -> _Found:
    cache: dict[str, set[tuple[str, ...]]] = {}
    for number, row in enumerate(one.records(), start=1):
        domain = str(row["RDOMAIN"])
        parent = found.get(domain)
        names = ("USUBJID",) if row["IDVAR"] is None else ("USUBJID", str(row["IDVAR"]))
        if parent is None or names[-1] not in parent.names:
            yield one.name, f"there is no {domain}.{names[-1]}", number
            continue
        if names[-1] not in cache:
            cache[names[-1]] = _values(parent, *names)
        known = cache[names[-1]]
        value = (str(row["USUBJID"]), *([] if len(names) == 1 else [str(row["IDVARVAL"])]))
        if value not in known:
            yield one.name, f"no record of {domain} is meant by it", number


def _whole(
    relation: str, sides: list[tuple[str, str, str, int]], found: Mapping[str, DataSet]
) -> _Found:
    """Of two related data sets each value on the side of the many is on the side of the one."""
    if len(sides) != 2:
        yield "RELREC", f"{relation} does not relate two data sets", sides[0][3]
        return
    ones = [side for side in sides if side[2] == "ONE"]
    for domain, variable, many, _ in sides:
        if many == "ONE" and len(ones) == 2:
            continue
        if many == "MANY" and ones:
            known = _values(found[ones[0][0]], "USUBJID", ones[0][1])
            own = zip(found[domain].column("USUBJID"), found[domain].column(variable), strict=True)
            for number, (subject, value) in enumerate(own, start=1):
                if value is not None and (str(subject), str(value)) not in known:
                    yield domain, f"{variable} is not in {ones[0][0]}.{ones[0][1]}", number


def check_traces(found: Mapping[str, DataSet]) -> _Found:
    """SRCDOM and SRCSEQ name a record of the same subject.

    Derived rows have none, and times that end with a visit, of which SDTM has no record here.

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_study
    >>> from hevesy.trial.export.sdtm import build_sdtm
    >>> found = {one.name: one for one in build_sdtm(*sample_study()).datasets}
    >>> list(check_traces(found))
    []
    """
    known = {
        name: _values(one, "USUBJID", f"{name}SEQ")
        for name, one in found.items()
        if f"{name}SEQ" in one.names and one.standard == "sdtm"
    }
    for one in found.values():
        if "SRCDOM" not in one.names:
            continue
        for number, row in enumerate(one.records(), start=1):
            domain, sequence = row["SRCDOM"], row["SRCSEQ"]
            if sequence is None:
                free = one.name == "ADTTE" or row.get("PARAMTYP") == "DERIVED"
                if domain not in {None, "ADSL"} or (domain is None and not free):
                    yield one.name, "it has no source", number
            elif (str(row["USUBJID"]), str(sequence)) not in known.get(str(domain), set()):
                yield one.name, f"its source is not in {domain}", number


def check_populations(found: Mapping[str, DataSet]) -> _Found:
    """SAFFL is Y for those with a row in EX, and for nobody else.

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_study
    >>> from hevesy.trial.export.sdtm import build_sdtm
    >>> found = {one.name: one for one in build_sdtm(*sample_study()).datasets}
    >>> list(check_populations(found))
    []
    """
    if "ADSL" not in found:
        return
    treated = set(found["EX"].column("USUBJID")) if "EX" in found else set()
    columns = zip(found["ADSL"].column("USUBJID"), found["ADSL"].column("SAFFL"), strict=True)
    for number, (subject, flag) in enumerate(columns, start=1):
        if (flag == "Y") != (subject in treated):
            yield "ADSL", "SAFFL does not agree with EX", number
