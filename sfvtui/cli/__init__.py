"""The commands: parse, call one verb or one query, print."""
