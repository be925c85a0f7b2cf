"""The rules that recompute a published figure from rows; what a rule lacks, it says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from hevesy.errors import TrialError
from hevesy.nuclides import get_nuclide

__all__ = ["RULES", "DataLackError", "Recomputed", "Tables"]

Row = Mapping[str, str]
Tables = Mapping[str, Sequence[Row]]
Arguments = Mapping[str, object]
_NAMED_ROWS = 6


class DataLackError(TrialError):
    """The data that a rule asks for are not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """What a rule found.

    Parameters
    ----------
    value : Fraction or str
        Exact.
    how : str
        From what.

    Raises
    ------
    TrialError
        It does not say from what.

    Examples
    --------
    >>> Recomputed(value=Fraction(119, 2), how="of 36 rows").value
    Fraction(119, 2)
    """

    value: Fraction | str
    how: str

    def __post_init__(self) -> None:
        if not self.how:
            raise TrialError("a recomputed figure says from what", remedy="give how")


def _lack(what: str) -> DataLackError:
    return DataLackError(what, remedy="give the data and replay again")


def _rows(arguments: Arguments, tables: Tables) -> list[Row]:
    name = str(arguments["table"])
    if name not in tables:
        raise _lack(f"the publication gives no table '{name}'")
    chosen = [row for row in tables[name] if _meets(row, arguments.get("filter"), name)]
    key = arguments.get("distinct")
    return _first_ones(chosen, str(key)) if key else chosen


def _meets(row: Row, conditions: object, table: str) -> bool:
    if not isinstance(conditions, Mapping):
        return True
    return all(_fits(_cell(row, column, table), want) for column, want in conditions.items())


def _cell(row: Row, column: str, table: str) -> str:
    if column not in row:
        raise _lack(f"table '{table}' has no column '{column}'")
    return row[column].strip()


def _fits(cell: str, want: object) -> bool:
    if isinstance(want, list):
        return cell.casefold() in {str(one).casefold() for one in want}
    text = str(want)
    if text.startswith("not "):
        return cell.casefold() not in text[4:].casefold().split("|")
    for sign in (">=", ">"):
        if text.startswith(sign):
            number, border = _number(cell), Fraction(text[len(sign) :])
            return number >= border if sign == ">=" else number > border
    return cell.casefold() == text.casefold()


def _number(cell: str) -> Fraction:
    try:
        return Fraction(Decimal(cell))
    except (InvalidOperation, ValueError, OverflowError):
        raise _lack(f"a cell is no number ({cell or 'empty'})") from None


def _numbers(arguments: Arguments, tables: Tables) -> list[Fraction]:
    column, table = str(arguments["column"]), str(arguments["table"])
    numbers = [_number(_cell(row, column, table)) for row in _rows(arguments, tables)]
    if not numbers:
        raise _lack(f"table '{table}' has no such row")
    return numbers


def _first_ones(rows: Iterable[Row], key: str) -> list[Row]:
    """Rows of which no earlier one is the same in every field but the key, case aside."""
    seen: dict[tuple[str, ...], Row] = {}
    for row in rows:
        fields = tuple(cell.strip().casefold() for name, cell in row.items() if name != key)
        seen.setdefault(fields, row)
    return list(seen.values())


def _named(rows: Sequence[Row]) -> str:
    if not 0 < len(rows) <= _NAMED_ROWS:
        return ""
    first = "name" if "name" in rows[0] else next(iter(rows[0]))
    return f" ({first} {', '.join(row[first] for row in rows)})"


def _count(arguments: Arguments, tables: Tables) -> Recomputed:
    rows = _rows(arguments, tables)
    whole = len(tables[str(arguments["table"])])
    how = f"{len(rows)} of {whole} rows of '{arguments['table']}'{_named(rows)}"
    return Recomputed(value=Fraction(len(rows)), how=how)


def _percent(arguments: Arguments, tables: Tables) -> Recomputed:
    rows = _rows(arguments, tables)
    whole = len(_rows({k: v for k, v in arguments.items() if k != "filter"}, tables))
    if not whole:
        raise _lack("there is no row")
    return Recomputed(value=Fraction(100 * len(rows), whole), how=f"{len(rows)} of {whole} rows")


def _repeated(arguments: Arguments, tables: Tables) -> Recomputed:
    rows, key = _rows(arguments, tables), str(arguments["key"])
    first = _first_ones(rows, key)
    again = [row for row in rows if not any(row is one for one in first)]
    like = [f"{_like(row, first, key)[key]} = {row[key]}" for row in again]
    said = f": {key} {'; '.join(like)}" if like else ""
    how = f"{len(again)} of {len(rows)} rows repeat another in every field{said}"
    return Recomputed(value=Fraction(len(again)), how=how)


def _like(row: Row, first: Sequence[Row], key: str) -> Row:
    return next(one for one in first if _first_ones([one, row], key) == [one])


def _median(arguments: Arguments, tables: Tables) -> Recomputed:
    numbers = sorted(_numbers(arguments, tables))
    n = len(numbers)
    middle = (numbers[(n - 1) // 2] + numbers[n // 2]) / 2
    return Recomputed(value=middle, how=f"median of {n} rows")


def _extreme(choose: Callable[[list[Fraction]], Fraction], word: str) -> "Rule":
    def rule(arguments: Arguments, tables: Tables) -> Recomputed:
        numbers = _numbers(arguments, tables)
        rows, column = _rows(arguments, tables), str(arguments["column"])
        found = choose(numbers)
        at = [row for row, number in zip(rows, numbers, strict=True) if number == found]
        how = f"{word} '{column}' of {len(rows)} rows{_named(at)}"
        return Recomputed(value=found, how=how)

    return rule


def _cells(arguments: Arguments, tables: Tables) -> tuple[Fraction, str]:
    rows, columns = _rows(arguments, tables), arguments["columns"]
    if len(rows) != 1 or not isinstance(columns, list):
        raise _lack(f"table '{arguments['table']}' has {len(rows)} such rows, not one")
    table = str(arguments["table"])
    numbers = [_number(_cell(rows[0], str(column), table)) for column in columns]
    return sum(numbers, Fraction(0)), " + ".join(str(number) for number in numbers)


def _cell_rule(arguments: Arguments, tables: Tables) -> Recomputed:
    value, how = _cells(arguments, tables)
    return Recomputed(value=value, how=f"{how} in table '{arguments['table']}'")


def _fact(name: str, tables: Tables) -> Fraction:
    for row in tables.get("facts", ()):
        if row["fact"] == name:
            return _number(row["value"])
    raise _lack(f"the publication gives no '{name}'")


def _cell_percent(arguments: Arguments, tables: Tables) -> Recomputed:
    value, _ = _cells(arguments, tables)
    return _share(value, str(arguments["of"]), tables)


def _share(value: Fraction, of: str, tables: Tables) -> Recomputed:
    whole = _fact(of, tables)
    if not whole:
        raise _lack(f"'{of}' is 0")
    return Recomputed(value=100 * value / whole, how=f"{value} of {whole} ('{of}')")


def _total(arguments: Arguments, tables: Tables) -> Recomputed:
    numbers = _numbers(arguments, tables)
    how = f"sum of '{arguments['column']}' over {len(numbers)} rows of '{arguments['table']}'"
    return Recomputed(value=sum(numbers, Fraction(0)), how=how)


def _total_percent(arguments: Arguments, tables: Tables) -> Recomputed:
    total = _total(arguments, tables).value
    return _share(Fraction(total), str(arguments["of"]), tables)


def _distinct(arguments: Arguments, tables: Tables) -> Recomputed:
    table, column = str(arguments["table"]), str(arguments["column"])
    found = {_cell(row, column, table) for row in _rows(arguments, tables)}
    return Recomputed(value=Fraction(len(found)), how=f"'{column}' of table '{table}'")


def _rank(arguments: Arguments, tables: Tables) -> Recomputed:
    rows, first = _rows(arguments, tables), int(str(arguments["first"]))
    numbers = _numbers(arguments, tables)
    order = sorted(zip(numbers, rows, strict=True), key=lambda pair: -pair[0])
    names = [row[str(arguments["name"])] for _, row in order]
    tied = len(order) > first and order[first - 1][0] == order[first][0]
    said = ", ".join(names[:first]) + (f" or {names[first]}" if tied else "")
    counts = ", ".join(str(number) for number, _ in order[: first + 1])
    return Recomputed(value=said, how=f"counts {counts}")


def _balance(arguments: Arguments, tables: Tables) -> Recomputed:
    signed = [(sign, str(name)) for sign, key in ((1, "plus"), (-1, "minus"))
              for name in _list(arguments.get(key))]  # fmt: skip
    values = [(sign, name, _fact(name, tables)) for sign, name in signed]
    how = " ".join(f"{'+' if sign > 0 else '-'} {value} ({name})" for sign, name, value in values)
    total = sum((sign * value for sign, _, value in values), Fraction(0))
    return Recomputed(value=total, how=how.removeprefix("+ "))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _nuclide_value(name: str, quantity: str) -> tuple[Fraction, str]:
    nuclide = get_nuclide(name)
    photons = nuclide.photons
    gammas = [
        (float(y), float(e))
        for y, e, kind in zip(
            photons.yield_per_decay, photons.energy_mev, photons.kinds, strict=True
        )
        if kind in {"gamma", "G"}
    ]
    line = max(gammas, default=(0.0, 0.0))
    values = {
        "half_life_h": nuclide.half_life_s / 3600,
        "half_life_d": nuclide.half_life_s / 86400,
        "beta_mean_mev": nuclide.beta_mean_energy_mev,
        "beta_max_mev": nuclide.beta_max_energy_mev,
        "gamma_kev": 1000 * line[1],
        "gamma_percent": 100 * line[0],
    }
    # a float's last digits are no data: nine significant ones are more than ICRP-107 gives
    return Fraction(Decimal(f"{values[quantity]:.9g}")), nuclide.data_set.name


def _nuclide(arguments: Arguments, tables: Tables) -> Recomputed:
    name, quantity = str(arguments["nuclide"]), str(arguments["quantity"])
    value, source = _nuclide_value(name, quantity)
    return Recomputed(value=value, how=f"{float(value):.5g} in {source}")


def _greater(arguments: Arguments, tables: Tables) -> Recomputed:
    quantity = str(arguments["quantity"])
    found = [
        (str(name), *_nuclide_value(str(name), quantity)) for name in _list(arguments["nuclides"])
    ]
    best = max(found, key=lambda entry: entry[1])
    how = ", ".join(f"{name} {float(value):.4g}" for name, value, _ in found)
    return Recomputed(value=best[0], how=f"{quantity}: {how} in {best[2]}")


Rule = Callable[[Arguments, Tables], Recomputed]
RULES: Mapping[str, Rule] = {
    "balance": _balance,
    "cell": _cell_rule,
    "cell-percent": _cell_percent,
    "count": _count,
    "distinct": _distinct,
    "greater": _greater,
    "maximum": _extreme(max, "greatest"),
    "median": _median,
    "minimum": _extreme(min, "least"),
    "nuclide": _nuclide,
    "percent": _percent,
    "rank": _rank,
    "repeated": _repeated,
    "total": _total,
    "total-percent": _total_percent,
}
