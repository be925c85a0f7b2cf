"""The source tree as the rules see it: modules, functions, classes."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "hevesy"
EDGES = ("cli", "workflows", "report", "dicom", "files", "store", "penelope", "__main__")


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else "hevesy"

    @property
    def exported(self) -> list[str] | None:
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets
            ):
                return list(ast.literal_eval(node.value))
        return None


@cache
def modules() -> tuple[Module, ...]:
    found = []
    for path in sorted(SRC.rglob("*.py")):
        dotted = ".".join(("hevesy", *path.relative_to(SRC).with_suffix("").parts))
        text = path.read_text(encoding="utf-8")
        found.append(Module(dotted.removesuffix(".__init__"), path, text, ast.parse(text)))
    return tuple(found)


def core_modules() -> tuple[Module, ...]:
    return tuple(m for m in modules() if m.room not in EDGES)


def functions(module: Module) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef):
            yield node


def public_functions(module: Module) -> Iterator[ast.FunctionDef]:
    """Functions that the module exports."""
    exported = set(module.exported or ())
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in exported:
            yield node


def public_classes(module: Module) -> Iterator[ast.ClassDef]:
    exported = set(module.exported or ())
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef) and node.name in exported:
            yield node
