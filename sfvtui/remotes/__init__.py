"""The two services: all HTTP is here, and nothing of HTTP leaves it."""
