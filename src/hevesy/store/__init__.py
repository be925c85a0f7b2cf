"""store."""

__all__ = []
