"""The chain of custody on a study's records: read, judge by `hevesy.pharmacy`, write at once."""

__all__: list[str] = []
