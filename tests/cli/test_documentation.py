"""Every command explains itself, and the page of the command line says the same."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import typer.main

from hevesy.cli.command_group import CommandGroup

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    path = ROOT / "scripts" / "generate_cli_docs.py"
    spec = importlib.util.spec_from_file_location("generate_cli_docs", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(generator: ModuleType) -> None:
    written = (ROOT / "docs/reference/command-line.md").read_text(encoding="utf-8")
    page = generator.page()
    assert written == page, "run scripts/generate_cli_docs.py"
    commands = generator.commands()
    assert {("dose",), ("demo",), ("verify",), ("nuclide", "decay")} <= set(commands)
    groups = {words[:-1] for words in commands if words}
    for words in commands:
        heading = f"# {' '.join(('hevesy', *words))}\n"
        assert heading in page
        text = page.split(heading)[1].split("\n```\n")[0]
        if words in groups:
            listed = [line for line in text.splitlines() if not line.startswith("Usage")]
            assert not [line for line in listed if line.endswith("...")], "a sentence is cut off"
        else:
            assert f"Example: {' '.join(('hevesy', *words))} " in " ".join(text.split()), words
            if words != ():
                assert "--json" in text, words


@pytest.mark.parametrize("name", ["trial", "pharmacy"])
def test_every_command_stands_under_one_heading(name: str) -> None:
    from hevesy.cli import pharmacy, trial

    group = typer.main.get_command({"trial": trial, "pharmacy": pharmacy}[name].app)
    assert isinstance(group, CommandGroup)
    listed = [one for names in group.headings.values() for one in names.split()]
    assert sorted(listed) == sorted(group.commands)


def test_help_imports_nothing_heavy() -> None:
    heavy = (
        "numpy", "numba", "scipy", "SimpleITK", "pydicom", "highdicom", "matplotlib",
        "radioactivedecay", "weasyprint", "pydantic", "jinja2", "rich",
        "sqlalchemy", "alembic", "argon2", "psycopg",
    )  # fmt: skip
    code = (
        "import sys\nfrom hevesy.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_every_key_of_the_case_file_is_documented() -> None:
    from pydantic import BaseModel

    from hevesy.files import case_models

    page = (ROOT / "docs/reference/case-file.md").read_text(encoding="utf-8")
    for name in case_models.__all__:
        model = getattr(case_models, name)
        assert issubclass(model, BaseModel)
        for key in model.model_fields:
            assert f"`{key}`" in page or f"{key}]`" in page, f"{name}.{key}"


def test_the_example_of_the_page_is_read(tmp_path: Path) -> None:
    from hevesy.files import read_case

    page = (ROOT / "docs/reference/case-file.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    for name in ("SCAN_001/image", "SCAN_001/mask", "SCAN_001/CT", "SCAN_002/image"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "1.dcm").write_bytes(b"not opened here")
    (tmp_path / "case.toml").write_text(example, encoding="utf-8")
    case = read_case(tmp_path / "case.toml")
    assert len(case.scans) == 2
    assert case.administrations[0].activity_bq == 7.21e9
