"""Public docstrings say what the house rules want them to say."""

import ast
import re

import pytest

from tests.architecture.source import Module, modules, public_classes, public_functions

DOCUMENTED = [m for m in modules() if m.room not in {"cli", "__main__"}]


def name_of(module: Module) -> str:
    return module.name


def raised_directly(node: ast.AST) -> set[str]:
    """Names of the errors that `raise Error(...)` statements in `node` raise."""
    names = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Raise) and isinstance(inner.exc, ast.Call):
            raised = ast.unparse(inner.exc.func).rsplit(".", maxsplit=1)[-1]
            if raised[0].isupper():
                names.add(raised)
    return names


def section(docstring: str, title: str) -> str:
    match = re.search(rf"^{title}\n-+\n(.*?)(?=^\S[^\n]*\n-+\n|\Z)", docstring, re.M | re.S)
    return match.group(1) if match else ""


def needs_example(module: Module, name: str) -> bool:
    """Workflows' inner steps take a whole patient: only its public commands show an example."""
    if module.room != "workflows":
        return True
    room = next(m for m in modules() if m.name == "hevesy.workflows")
    return name in (room.exported or ())


@pytest.mark.parametrize("module", DOCUMENTED, ids=name_of)
def test_a_public_function_is_documented(module: Module) -> None:
    faults = []
    for function in public_functions(module):
        if any(ast.unparse(mark).endswith("overload") for mark in function.decorator_list):
            continue
        text = ast.get_docstring(function) or ""
        if needs_example(module, function.name) and ">>>" not in section(text, "Examples"):
            faults.append(f"{function.name}: no example")
        listed = section(text, "Raises")
        faults += [
            f"{function.name}: Raises lacks {error}"
            for error in sorted(raised_directly(function))
            if error not in listed
        ]
        arguments = [a.arg for a in (*function.args.args, *function.args.kwonlyargs)]
        one_line = len(arguments) <= 2 and not section(text, "Parameters")
        if not one_line:
            described = section(text, "Parameters")
            faults += [
                f"{function.name}: parameter {a} is not described"
                for a in arguments
                if not re.search(rf"\b{a}\b", described)
            ]
    assert not faults


@pytest.mark.parametrize("module", DOCUMENTED, ids=name_of)
def test_a_public_class_is_documented(module: Module) -> None:
    faults = []
    for cls in public_classes(module):
        text = ast.get_docstring(cls) or ""
        if not text:
            faults.append(f"{cls.name}: no docstring")
        for method in cls.body:
            if not isinstance(method, ast.FunctionDef) or method.name.startswith("__"):
                continue
            if not method.name.startswith("_") and not ast.get_docstring(method):
                faults.append(f"{cls.name}.{method.name}: no docstring")
    assert not faults


@pytest.mark.parametrize("module", DOCUMENTED, ids=name_of)
def test_arrays_have_shapes(module: Module) -> None:
    faults = []
    for node in (*public_functions(module), *public_classes(module)):
        text = ast.get_docstring(node) or ""
        for line in text.splitlines():
            kind = re.match(r"\w[\w, ]* : .*\bndarray\b(.*)", line.strip())
            if kind and "shape" not in kind.group(1) and "float or ndarray" not in line:
                faults.append(f"{node.name}: {line.strip()}")
    assert not faults
