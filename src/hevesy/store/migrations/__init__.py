"""Revisions of the database; each is the SQL of both databases beside its Python file."""

__all__: list[str] = []
