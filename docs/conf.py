"""The documentation as a site: `sphinx-build -W docs SITE` (the extra `docs`)."""

from __future__ import annotations

import re
from pathlib import Path

from pygments.lexers import find_lexer_class_by_name
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound

TOP = Path(__file__).parent.parent
CHAPTERS = {
    "Begin": ["install", "tutorial", "salesforce-setup", "vitally-setup"],
    "How to": [
        "how-to/first-sync",
        "how-to/review",
        "how-to/conflicts",
        "how-to/edit",
        "how-to/undo",
        "how-to/parked",
        "how-to/change-mapping",
        "how-to/unattended",
        "how-to/read-only",
        "how-to/another-object",
    ],
    "Understand": ["mapping", "decisions", "promises", "beside-vitally-sync", "services"],
    "Look up": ["commands", "config", "filters", "screens", "keys", "troubleshooting"],
    "Run it": ["team", "network", "browser", "performance"],
    "Change it": ["architecture", "CONTRIBUTING"],
}
"""Every page, in the order in which to learn."""

project = "sfvtui"
author = "the sfvtui authors"
release = re.search(
    r'^__version__ = "(.+)"', (TOP / "sfvtui" / "__init__.py").read_text("utf-8"), re.MULTILINE
)[1]
extensions = ["myst_parser"]
myst_heading_anchors = 4
nitpicky = True
html_theme = "furo"
html_title = f"sfvtui {release}"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False


def add_chapters(app, page, source):
    """Gives the first page its table of contents, which stands beside every page."""
    if page == "index":
        for chapter, pages in CHAPTERS.items():
            lines = [f":caption: {chapter}", ":hidden:", "", *pages]
            source[0] += "\n```{toctree}\n" + "\n".join(lines) + "\n```\n"


def setup(app):
    """What the pages need besides: blocks in languages of our own are shown as they are."""
    pages = " ".join(page.read_text("utf-8") for page in (TOP / "docs").rglob("*.md"))
    for language in set(re.findall(r"^```(\w+)$", pages, re.MULTILINE)):
        if not lexer_of(language):
            app.add_lexer(language, TextLexer)
    app.connect("source-read", add_chapters)


def lexer_of(language):
    """Pygments' lexer for a language, if it has one."""
    try:
        return find_lexer_class_by_name(language)
    except ClassNotFound:
        return None
