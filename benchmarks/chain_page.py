"""The page of the store in random histories."""

from typing import Any

__all__ = ["page"]


def page(stored: dict[str, Any], *, steps: int, close: float) -> str:
    """The page, from what is stored."""
    lines = [
        "# The store in random histories",
        "",
        f"`python -m benchmarks.chain_histories`, hevesy {stored['version']}, {stored['date']}: "
        f"{steps} random steps each, through the workflows that the commands call, by people who "
        "may and who may not, within the rules and against them. Beside them runs a ledger of "
        "the activity with half-lives of its own (188Re 17.0040 h, 188W 69.78 d, ICRP-107) and a "
        "model of the rules, written from the [page](../store/chain.md) and not from the code.",
        "",
        "| | " + " | ".join(stored["databases"]) + " |",
        "|---|" + "---|" * len(stored["databases"]),
    ]
    found = list(stored["databases"].values())
    rows = {
        "histories": [one["histories"] for one in found],
        "first seed; the others follow": [one["first_seed"] for one in found],
        "steps that passed": [_sum(one, "passed") for one in found],
        "steps that were refused, and left no row": [_sum(one, "refused") for one in found],
        "injections": [one["steps"].get("inject passed", 0) for one in found],
        "values altered, one at a time, and found": [one["altered"]["found"] for one in found],
        "cut-off ends found by an earlier head": [one["cut_off_found"] for one in found],
        "largest difference from the ledger": [
            f"{one['worst_relative_difference']:.1e}" for one in found
        ],
        "histories in which something did not hold": [len(one["broken"]) for one in found],
    }
    for name, cells in rows.items():
        lines.append(f"| {name} | " + " | ".join(str(cell) for cell in cells) + " |")
    lines += [
        "",
        "After each history: eluted = eluates left + lost in labelling + in vials + dispensed + "
        f"samples + waste, all decayed to one time, each against the ledger (limit {close:.0e} of "
        "what was eluted: sums of doubles, and times kept to the microsecond); what stayed on each "
        "column by Bateman's equation; what each syringe put into lesions; states by the table "
        "only, each signed; no syringe or injection of an unreleased or expired batch; the audit "
        "proved. A step that the model calls lawful must pass, one that it calls unlawful must be "
        "refused; where a grace or a question decides, either may be. Then any value of any "
        "column of any audited table is altered with the triggers dropped, and "
        "`hevesy trial check --audit` must find it; last, the audit's end is cut off.",
        "",
        "The tests run a few shorter histories drawn by Hypothesis on both databases "
        "(`tests/store/test_chain_histories.py`).",
    ]
    return "\n".join(lines) + "\n"


def _sum(one: dict[str, Any], word: str) -> int:
    return sum(count for step, count in one["steps"].items() if step.endswith(word))
