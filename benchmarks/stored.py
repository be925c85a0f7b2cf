"""Results that are kept in docs/validation: JSON, one row a line, numbers rounded."""

import json
from pathlib import Path
from typing import Any

__all__ = ["write_stored"]


def write_stored(path: Path, found: dict[str, Any], *, digits: int) -> None:
    """Write `found` with its numbers rounded to `digits`, a list's items on lines of their own."""
    rounded = json.loads(
        json.dumps(found), parse_float=lambda text: float(f"{float(text):.{digits}g}")
    )
    parts = []
    for key, value in rounded.items():
        if isinstance(value, list):
            rows = ",\n".join(f"  {json.dumps(row)}" for row in value)
            parts.append(f" {json.dumps(key)}: [\n{rows}\n ]")
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(value)}")
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
