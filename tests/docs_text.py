"""What the documents say: their code blocks, commands, tables and links."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parent.parent
DOCS = TOP / "docs"
PAGES = [TOP / "README.md", *sorted(DOCS.rglob("*.md"))]

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PROGRAM = re.compile(r"(?:^|[\s=/(])sfvtui(?= |$)")
ENDS = {"|", ">", ">>", "&&", ";", "&", "||", "2>", "<"}
SHELLS = {"sh", "bash", "cron", "systemd"}


def name(page: Path) -> str:
    """A page as tests call it."""
    return str(page.relative_to(TOP))


def blocks(page: Path, *languages: str) -> list[str]:
    """The code blocks of these languages."""
    text = page.read_text(encoding="utf-8")
    found = (m for m in FENCE.finditer(text) if m["language"] in languages)
    return [textwrap.dedent(m["text"]) for m in found]


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Command:
    """A command line that a page says to type: its words after `sfvtui`."""

    page: str
    words: tuple[str, ...]
    whole: bool
    """Whether it can be typed as it stands; else it is a command's syntax."""
    named: bool = False
    """Whether running text names it, perhaps without what it needs."""

    def __str__(self) -> str:
        return f"{self.page}: sfvtui {' '.join(self.words)}"


def commands(page: Path) -> Iterator[Command]:
    """Every command line of the page, in blocks and in running text."""
    typed = [step.typed for text in blocks(page, "console") for step in steps(text)]
    for text in [*blocks(page, *SHELLS), *typed]:
        for line in re.sub(r"\\\n\s*", " ", text).splitlines():
            if line.lstrip().startswith("#"):
                continue
            for found in PROGRAM.finditer(line):
                yield Command(name(page), _words(line[found.end() :]), whole=True)
    for span in SPAN.findall(prose(page)):
        if span.startswith("sfvtui ") and "=" not in span.split()[0]:
            words = _words(span.removeprefix("sfvtui"))
            whole = not re.search(r"[…|\[\]()]|\b[A-Z]{1,}\b", " ".join(words))
            yield Command(name(page), words, whole=whole, named=True)


def _words(rest: str) -> tuple[str, ...]:
    """The words up to the end of the simple command."""
    lexer = shlex.shlex(re.sub(r"\$\([^)]*\)", "X", rest), posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words: list[str] = []
    for word in lexer:
        if word in ENDS:
            break
        words.append(word)
    return tuple(words)


@dataclass(frozen=True)
class Step:
    """One line that a console block types, and what it shows."""

    typed: str
    shown: tuple[str, ...]


def steps(text: str) -> Iterator[Step]:
    """What a console block types, line by line, with the output below each."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        typed, *shown = part.rstrip("\n").split("\n")
        yield Step(typed, tuple(shown))


def table(text: str, header: str) -> list[list[str]]:
    """The rows of the table whose header line begins so; cells are stripped."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(header))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
    return rows
