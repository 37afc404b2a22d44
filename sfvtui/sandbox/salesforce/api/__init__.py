"""The HTTP interface of the org, call by call, over plain values."""
