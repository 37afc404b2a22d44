"""sfvtui keeps Salesforce and Vitally in step, from a terminal."""

__version__ = "0.1.0"
