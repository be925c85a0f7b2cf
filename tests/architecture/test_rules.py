"""The house rules that can be checked by reading the source."""

import ast
import re
import subprocess
import sys

import pytest

from tests.architecture.source import (
    ROOT,
    SRC,
    Module,
    core_modules,
    functions,
    modules,
    public_classes,
    public_functions,
)

MODULE_LINES = 440  # "about 400"
FUNCTION_LINES = 66  # "about 60", without its docstring
ALL = modules()


def name_of(module: Module) -> str:
    return module.name


def constants_classes_functions(name: str) -> tuple[int, str]:
    """Order of exports, as the formatter sorts them: CONSTANTS, Classes, functions."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2, name)


def test_imports_point_down() -> None:
    linter = ROOT / ".venv" / "bin" / "lint-imports"
    command = [str(linter)] if linter.exists() else ["lint-imports"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("module", ALL, ids=name_of)
def test_a_module_is_one_idea(module: Module) -> None:
    assert len(module.text.splitlines()) <= MODULE_LINES


@pytest.mark.parametrize("module", ALL, ids=name_of)
def test_a_function_is_short(module: Module) -> None:
    long = []
    for function in functions(module):
        body = function.body
        documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
        first = (body[1] if documented and len(body) > 1 else body[0]).lineno
        lines = (function.end_lineno or first) - first + 1
        if lines > FUNCTION_LINES:
            long.append(f"{function.name}: {lines} lines")
    assert not long


def test_no_rooms_without_an_idea() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [p.name for p in SRC.rglob("*.py") if p.stem in vague] == []


@pytest.mark.parametrize("module", ALL, ids=name_of)
def test_exports_are_sorted(module: Module) -> None:
    exported = module.exported
    if exported is None:
        assert module.path.name.startswith("_"), "a module says what it exports by __all__"
        return
    assert exported == sorted(exported, key=constants_classes_functions)
    assert len(exported) == len(set(exported))


@pytest.mark.parametrize("module", ALL, ids=name_of)
def test_no_assert_no_bare_except_no_plain_errors(module: Module) -> None:
    bad = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assert):
            bad.append(f"assert, line {node.lineno}")
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            bad.append(f"bare except, line {node.lineno}")
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            raised = ast.unparse(node.exc.func)
            if raised in {"ValueError", "TypeError", "RuntimeError", "Exception", "KeyError"}:
                bad.append(f"{raised}, line {node.lineno}")
    assert not bad, "errors come from hevesy.errors"


@pytest.mark.parametrize("module", ALL, ids=name_of)
def test_no_global_random_state(module: Module) -> None:
    allowed = {"default_rng", "Generator", "SeedSequence", "Philox", "PCG64", "BitGenerator"}
    used = set(re.findall(r"\bnp\.random\.(\w+)", module.text)) - allowed
    assert not used
    assert not re.search(r"^\s*(import random\b|from random import)", module.text, re.MULTILINE)


@pytest.mark.parametrize("module", core_modules(), ids=name_of)
def test_the_core_reads_no_clock_and_no_environment(module: Module) -> None:
    if module.room == "compiled":  # finds its cache folder
        return
    pattern = r"datetime\.now|utcnow|time\.time\(|perf_counter|monotonic\(|os\.environ|getenv"
    assert re.findall(pattern, module.text) == []


DIMENSIONLESS = (
    "_share", "_relative", "_relative_uncertainty", "_factor", "_ratio", "_fraction", "_weight",
    "_merit", "_percent", "_percent_uncertainty", "_share_uncertainty", "_sigmas",
)  # fmt: skip
UNITS = (
    "_mm", "_ml", "_ev", "_g", "_cm3", "_g_per_cm3", "_g_cm3", "_mev", "_kev", "_s", "_h", "_d",
    "_bq",
    "_mbq", "_mci", "_bq_s", "_mbq_h", "_bq_per_ml", "_gy", "_per_gy", "_per_s", "_per_bq_s",
    "_deg", "_hu", "_pt", "_px", "_per_mev", "_mw", "_j", "_per_ml", "_mm3", "_bytes", "_hours",
    "_counts", "_per_bq", "_after_administration", "_per_gbq", "_per_decay", "_cm",
    "_mm2", "_per_mm", "_sv", "_deg_c",
)  # fmt: skip
PLAIN = {  # numbers without a unit, by the field's own names
    "alpha", "share", "level", "value", "factor", "weight", "seed", "aicc", "chi2", "probability",
    "recovery", "eud_a", "a", "figure_of_merit", "figure_of_merit_before", "uncertainty",
    "factor_to_frame_start", "seconds_since_administration",
    "decay_factor", "beta_yield", "condition", "confidence", "reference", "measured", "tolerance",
    "tolerance_relative", "relative_uncertainty", "variance_share", "hours", "hu",
    "radial_gradient",
    "lump_contrast", "activity_of_beta", "outside", "precision", "strength_high", "strength_low",
    "decays", "steps", "hard_events", "reduced_chi2", "kvp", "log_likelihood",
    "exposure", "outcome",  # in the units that stand beside them
    "lowest_value", "highest_value",  # a test's limits, in the unit that stands beside them
    "percent", "percent_uncertainty", "ratio", "ratio_uncertainty", "ratio_stated_uncertainty",
}  # fmt: skip


@pytest.mark.parametrize("module", core_modules(), ids=name_of)
def test_numbers_bear_their_units(module: Module) -> None:
    if module.room in {"units", "errors", "compiled"}:
        return
    bare = []
    for function in public_functions(module):
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        named = [(a.arg, a.annotation) for a in arguments]
        bare += [
            f"{function.name}({arg})"
            for arg, kind in named
            if kind is not None
            and ast.unparse(kind) in {"float", "float | None"}
            and not arg.endswith((*UNITS, *DIMENSIONLESS))
            and arg not in PLAIN
        ]
    for cls in public_classes(module):
        bare += [
            f"{cls.name}.{node.target.id}"
            for node in cls.body
            if isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and ast.unparse(node.annotation) in {"float", "float | None"}
            and not node.target.id.endswith((*UNITS, *DIMENSIONLESS))
            and node.target.id not in PLAIN
        ]
    assert not bare


def test_pins_hold_no_address() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!-]+", line), line


def test_help_starts_light() -> None:
    heavy = (
        "numba", "scipy", "SimpleITK", "pydicom", "highdicom", "matplotlib", "radioactivedecay",
        "weasyprint", "pandas", "numpy", "sqlalchemy",
    )  # fmt: skip
    code = f"import sys, hevesy.cli\nprint([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
