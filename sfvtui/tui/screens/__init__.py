"""One module a screen, with its style sheet beside it; each is imported when it is first shown."""
