"""How a group lists its commands in `--help`: under headings, each with its whole sentence."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from typer.core import TyperGroup

if TYPE_CHECKING:
    import typer

__all__ = ["CommandGroup"]

_WHOLE = 1000


class CommandGroup(TyperGroup):
    """A group whose help wraps a command's sentence where typer would cut it off.

    A subclass names its headings, and under each its commands with spaces between; a command
    under none of them comes last.
    """

    headings: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def list_commands(self, ctx: "typer.Context") -> list[str]:  # type: ignore[override]
        """Names in the order of the headings."""
        wanted = [name for names in self.headings.values() for name in names.split()]
        rest = [name for name in self.commands if name not in wanted]
        return [name for name in wanted if name in self.commands] + rest

    def format_commands(self, ctx: "typer.Context", formatter: Any) -> None:  # type: ignore[override]
        """Write the commands, a paragraph for each heading."""
        rows = {
            name: (name, self.commands[name].get_short_help_str(_WHOLE))
            for name in self.list_commands(ctx)
            if not self.commands[name].hidden
        }
        widest = max(len(name) for name in rows)
        for heading, names in self.headings.items():
            with formatter.section(heading):
                formatter.write_dl(
                    [
                        (name.ljust(widest), rows.pop(name)[1])
                        for name in names.split()
                        if name in rows
                    ]
                )
        if rows:
            with formatter.section("Commands" if not self.headings else "Also"):
                formatter.write_dl([(name.ljust(widest), text) for name, text in rows.values()])
