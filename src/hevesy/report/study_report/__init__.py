"""The report of a whole study: its sections, each from its records, and its documents."""
