"""The store: one SQLite file with the mirror of both sides, the links, the outbox, the history."""
