"""What the documents say is so: their commands parse, the tutorial runs, tables are the program's."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
from itertools import product
from pathlib import Path

import click
import pytest

from sfvtui.cli.options import Command as SfvtuiCommand
from sfvtui.cli.output import Output
from sfvtui.cli.root import sfvtui as root
from sfvtui.cli.session import Session
from sfvtui.config.load import KEYS
from sfvtui.config.tables import check_keys
from sfvtui.domain import filters
from sfvtui.domain.fields import Field, FieldType
from sfvtui.domain.guards import Rule
from sfvtui.domain.mapping import BlankRule, OnConflict, Pair
from sfvtui.domain.merge import Act, ConflictKind, Sides, decide
from sfvtui.domain.states import Flag, State
from sfvtui.sandbox.serve import Sandbox, running_sandbox
from tests import man_page
from tests.docs_text import (
    DOCS,
    FENCE,
    PAGES,
    TOP,
    Command,
    blocks,
    commands,
    name,
    prose,
    steps,
    table,
)

WRITE = "SFVTUI_WRITE_DOCS"
HOW = f"written anew by: {WRITE}=1 pytest tests/test_docs.py"
COMMANDS = [command for page in PAGES for command in commands(page)]
TUTORIAL = DOCS / "tutorial.md"


# --- every command that a page names --------------------------------------------------------------


def parsed(command: Command) -> click.Context:
    """The context of the innermost command, its words parsed by the real program."""
    session = Session(Output(io.StringIO(), io.StringIO(), io.StringIO()))
    context = root.make_context("sfvtui", list(command.words), obj=session)
    while isinstance(context.command, click.Group) and (rest := left(context)):
        found, inner, words = context.command.resolve_command(context, rest)
        assert inner is not None
        context = inner.make_context(found, words, parent=context)
    return context


def left(context: click.Context) -> list[str]:
    return [*context._protected_args, *context.args]


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.whole], ids=str)
def test_a_command_that_a_page_says_to_type_parses(command):
    # --help and --version end it; running text may name a command without what it needs.
    fine = [click.exceptions.Exit]
    fine += [click.MissingParameter, click.exceptions.NoArgsIsHelpError] if command.named else []
    with contextlib.suppress(*fine):
        parsed(command)


@pytest.mark.parametrize("command", [c for c in COMMANDS if not c.whole], ids=str)
def test_a_command_whose_syntax_a_page_gives_exists_with_its_options(command):
    inner: click.Command = root
    context = click.Context(root)
    words = [re.sub(r"[\[\]()…]", "", word) for word in command.words]
    while isinstance(inner, click.Group) and words and not words[0].startswith("-"):
        found = inner.get_command(context, words[0])
        if found is None:
            break
        inner = found
        words = words[1:]
    assert inner is not root, "no such command"
    known = {option for param in inner.params for option in param.opts}
    named = {part for word in words for part in word.split("|") if part.startswith("--")}
    assert named <= known


def test_every_command_of_the_program_is_in_the_docs_of_the_commands():
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    missing = []
    for words in leaves(root, ()):
        inner = find(words)
        for param in inner.params:
            if isinstance(param, click.Option) and not param.hidden:
                long = next((o for o in param.opts if o.startswith("--")), None)
                if long and long not in ("--help", "--version") and long not in text:
                    missing.append(f"{' '.join(words)} {long}")
    assert missing == []


def leaves(group: click.Group, path: tuple[str, ...]):
    context = click.Context(group)
    for word in group.list_commands(context):
        inner = group.get_command(context, word)
        if isinstance(inner, click.Group):
            yield from leaves(inner, (*path, word))
        else:
            yield (*path, word)


def find(words: tuple[str, ...]) -> SfvtuiCommand:
    inner: click.Command = root
    for word in words:
        inner = inner.get_command(click.Context(inner), word)
    return inner


# --- configs and filters ----------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_toml_that_a_page_shows_has_only_keys_that_there_are(page):
    for text in blocks(page, "toml"):
        raw = tomllib.loads(text)
        check_keys(raw, KEYS, name(page))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_filters_that_a_page_shows_parse(page):
    for text in blocks(page, "filter"):
        for line in text.splitlines():
            assert filters.parse(line) is not None


# --- links ------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    wrong = []
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", prose(page).replace("\n", " ")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = page if not path else (page.parent / path)
        if not file.exists() or (anchor and anchor not in anchors(file)):
            wrong.append(target)
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_files_that_a_page_names_are_there(page):
    named = re.findall(r"`((?:sfvtui|tests|\.ci|docs)/[\w/.-]+)`", page.read_text("utf-8"))
    assert [path for path in named if not (TOP / path).exists()] == []


def test_every_page_can_be_reached_from_the_index():
    seen, left_to_read = set(), [DOCS / "index.md"]
    while left_to_read:
        page = left_to_read.pop().resolve()
        if page in seen or not page.exists():
            continue
        seen.add(page)
        targets = re.findall(r"\]\(([^)\s#]+\.md)", prose(page).replace("\n", " "))
        left_to_read += [page.parent / target for target in targets]
    assert {name(p) for p in PAGES if p.is_relative_to(DOCS)} <= {
        str(p.relative_to(TOP)) for p in seen if p.is_relative_to(TOP)
    }


# --- the tutorial -----------------------------------------------------------------------------------

ASIDES = {
    # What differs from run to run or from machine to machine: what the page shows instead.
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z": "2026-11-24T10:00:00Z",
    r"\d+\.\d s\b": "1.0 s",
    r"\b\d+ of 100000\b": "12 of 100000",
    r"finds \d+ of 100 users": "finds 94 of 100 users",
    r"\b\d+ of 1000 requests": "998 of 1000 requests",
    r"sfvtui \d+\.\d+\.\d+\S*, Python \S+, SQLite [\d.]+": "sfvtui 0.1.0, Python 3.13.1, SQLite 3.46.1",
    r"\d+ rows? read, (\d+ changed, \d+ deleted \(incremental\))": r"40 rows read, \1",
}


class Tour:
    """Types what the tutorial says to type, on a sandbox, and keeps what was shown."""

    def __init__(self, box: Sandbox, place: Path) -> None:
        self.box = box
        self.place = place
        self.folder = box.config_path.parent
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(place),
            "PYTHONPATH": str(TOP),
            "SUDO_USER": "kim",
        }

    def type(self, typed: str) -> list[str]:
        here = self._here(typed)
        words = shlex.split(here)
        if words[:2] == ["sfvtui", "sandbox"]:
            return self._there(f"{_line(self.box)}\n")
        if words[0] == "export":
            name_, _, value = words[1].partition("=")
            self.env[name_] = value
            return []
        if words[0] == "curl":
            urllib.request.urlopen(words[-3], words[-1].encode()).close()
            return []
        assert words[0] == "sfvtui", typed
        done = subprocess.run(
            [sys.executable, "-m", "sfvtui", *words[1:]],
            env=self.env, cwd=self.place, stdin=subprocess.DEVNULL, text=True,
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        said = done.stderr.splitlines(keepends=True)
        assert not any("unexpected" in line for line in said), done.stderr
        ends = [line for line in said if line.startswith(("stopped: ", "waiting: "))]
        before = [line for line in said if line not in ends]
        return self._there("".join((*before, done.stdout, *ends)))

    def _names(self) -> list[tuple[str, str]]:
        return [
            ("/tmp/tmpabcdefgh", str(self.folder)),
            ("http://127.0.0.1:8801", self.box.salesforce_url),
            ("http://127.0.0.1:8802", self.box.vitally_url),
        ]

    def _here(self, text: str) -> str:
        for shown, real in self._names():
            text = text.replace(shown, real)
        return text

    def _there(self, text: str) -> list[str]:
        for shown, real in [*self._names(), ("/home/kim", str(self.place))]:
            text = text.replace(real, shown)
        for pattern, instead in ASIDES.items():
            text = re.sub(pattern, instead, text)
        return [line.rstrip() for line in text.rstrip("\n").split("\n")]


def _line(box: Sandbox) -> str:
    return json.dumps(box.as_json())


def cut(shown: tuple[str, ...], lines: list[str]) -> list[str]:
    """The lines, left out where the page leaves lines out (a line of …)."""
    if "…" not in shown:
        return lines
    head = shown.index("…")
    tail = len(shown) - head - 1
    return [*lines[:head], "…", *(lines[-tail:] if tail else [])]


def test_the_tutorial_shows_what_the_program_shows(tmp_path):
    text = TUTORIAL.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, running_sandbox(directory=Path(folder)) as box:
        tour = Tour(box, tmp_path)

        def anew(found: re.Match[str]) -> str:
            if found["language"] != "console":
                return found[0]
            lines = []
            for step in steps(found["text"]):
                lines += [f"$ {step.typed}", *filter(None, cut(step.shown, tour.type(step.typed)))]
            return "```console\n" + "\n".join(lines) + "\n```"

        told = FENCE.sub(anew, text)
    _compare(TUTORIAL, told)


# --- tables -----------------------------------------------------------------------------------------

TEXT = Field(name="Title", label="", type=FieldType.STRING, updateable=True)
SIDES = {
    # What a cell of the reconcile table says of a side: values of (S, V, B) that are so.
    ("same", "same"): [("a", "a", "a"), ("", "", "")],
    ("changed", "same"): [("x", "a", "a"), ("x", "", "")],
    ("same", "changed"): [("a", "x", "a"), ("", "x", "")],
    ("changed", "changed, equal"): [("x", "x", "a")],
    ("changed", "changed, different"): [("x", "y", "a"), ("x", "y", "")],
    ("no base", "S = V"): [("a", "a", None), ("", "", None)],
    ("no base", "S ≠ V"): [("a", "b", None), ("a", "", None)],
    ("no base", "S blank, V not"): [("", "b", None)],
}
HAPPENS = {
    "nothing": (Act.NOTHING, None),
    "S goes to Vitally": (Act.TO_VITALLY, 0),
    "V goes to Salesforce": (Act.TO_SALESFORCE, 1),
    "the base becomes the value": (Act.AGREE, 0),
    "a conflict": (Act.CONFLICT, None),
}
DECISIONS = (DOCS / "decisions.md").read_text(encoding="utf-8")


def happens(pair: Pair, values: tuple[str, str, str | None], **stamps: str) -> str:
    """What `decide` does, in the words of the table; the value that goes is the right one."""
    s, v, b = values
    decision = decide(pair, TEXT, Sides(s, v, b, **stamps))
    words = next(words for words, (act, _) in HAPPENS.items() if act is decision.act)
    side = HAPPENS[words][1]
    assert side is None or decision.value == values[side]
    return words


def rows_of(header: str) -> list[list[str]]:
    return table(DECISIONS, header)


@pytest.mark.parametrize("row", rows_of("| S against B"), ids=" | ".join)
def test_a_row_of_the_reconcile_table_is_what_the_program_decides(row):
    s_cell, v_cell, editable, wanted = row
    flags = {"any": (True, False), "yes": (True,), "no": (False,)}[editable]
    for values, flag, rule in product(SIDES[s_cell, v_cell], flags, OnConflict):
        pair = Pair("Title", "sfdc.Title", editable=flag, on_conflict=rule)
        if wanted != "the pair's rule":
            assert happens(pair, values) == wanted, (values, flag, rule)


def test_the_reconcile_table_has_a_row_for_every_case():
    cells = {(row[0], row[1]) for row in rows_of("| S against B")}
    assert cells == set(SIDES)
    for sides in cells:
        rows = [row[2] for row in rows_of("| S against B") if (row[0], row[1]) == sides]
        assert sorted(rows) in (["any"], ["no", "yes"])


def test_the_rules_of_a_pair_are_what_the_program_decides():
    rows = dict(rows_of("| rule | what happens"))
    assert set(rows) == set(OnConflict)
    values = ("x", "y", "a")
    early, late = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
    for rule, words in rows.items():
        pair = Pair("Title", "sfdc.Title", editable=True, on_conflict=OnConflict(rule))
        if rule != "newest":
            assert happens(pair, values) == words
            continue
        assert words.startswith("S goes to Vitally where its row is the newer")
        assert happens(pair, values, modified=late, updated=early) == "S goes to Vitally"
        assert "V goes to Salesforce where the user is" in words
        assert happens(pair, values, modified=early, updated=late) == "V goes to Salesforce"
        assert words.endswith("a tie is a conflict")
        assert happens(pair, values, modified=early, updated=early) == "a conflict"


def test_the_rules_for_blanks_are_what_the_program_decides():
    acts = {
        "it becomes blank": (Act.TO_VITALLY, Act.TO_SALESFORCE),
        "a conflict": (Act.CONFLICT, Act.CONFLICT),
        "a stay: the difference is kept": (Act.STAY, Act.STAY),
    }
    rows = rows_of("| rule | to Vitally")
    assert [row[0] for row in rows] == list(BlankRule)
    default = Pair("Title", "sfdc.Title", editable=True)
    for rule, *sides in rows:
        word = BlankRule(rule)
        pair = default._replace(to_vitally=word, to_salesforce=word)
        decided = (
            decide(pair, TEXT, Sides("", "a", "a")).act,
            decide(pair, TEXT, Sides("a", "", "a")).act,
        )
        for side, cell in enumerate(sides):
            words, _, mark = cell.partition(" (")
            assert decided[side] is acts[words][side]
            chosen = (default.to_vitally, default.to_salesforce)[side]
            assert (chosen is word) == (mark == "the default)")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("| state | when", State),
        ("| kind | what happened", ConflictKind),
        ("| guard | when", Rule),
    ],
)
def test_a_table_names_all_that_there_is_in_its_order(header, words):
    assert [row[0] for row in rows_of(header)] == [word.value for word in words]


def test_all_flags_are_named():
    assert all(f"`{flag.value}`" in DECISIONS for flag in Flag)


# --- unattended -------------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_the_units_that_a_page_shows_are_valid(tmp_path):
    program = tmp_path / ".local" / "bin" / "sfvtui"
    program.parent.mkdir(parents=True)
    program.symlink_to("/bin/true")
    page = DOCS / "how-to" / "unattended.md"
    names = re.findall(r"systemd/user/([\w-]+\.\w+)`", page.read_text("utf-8"))
    units = [tmp_path / unit for unit in names]
    for unit, text in zip(units, blocks(page, "systemd"), strict=True):
        unit.write_text(text, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", *map(str, units)],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


# --- the picture of the architecture ----------------------------------------------------------------


def layers() -> list[set[str]]:
    """The layers that the import rules hold, the highest first."""
    rules = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    (order,) = [rule["layers"] for rule in rules["contracts"] if rule["type"] == "layers"]
    return [set(re.split(r"\s*[:|]\s*", line)) for line in order]


def test_the_picture_of_the_architecture_shows_the_layers_in_their_order():
    (picture,) = blocks(DOCS / "architecture.md", "text")
    drawn = {
        found[1]: number
        for number, line in enumerate(picture.splitlines())
        for found in re.finditer(r"\b([a-z]+)/", line)
    }
    folders = {path.parent.name for path in (TOP / "sfvtui").glob("*/__init__.py")}
    assert folders - {"config"} == set(drawn)
    heights = [
        {drawn[part] for part in layer & set(drawn) - {"sandbox"}}  # it stands for the services
        for layer in layers()
    ]
    shown = [height for height in heights if height]
    assert all(len(height) == 1 for height in shown), "what is in one layer stands side by side"
    assert [min(height) for height in shown] == sorted(min(height) for height in shown)


def test_every_folder_of_the_program_is_in_the_table_of_the_architecture():
    text = (DOCS / "architecture.md").read_text("utf-8")
    cells = " ".join(row[0] for row in table(text, "| folder | what it is"))
    named = set(re.findall(r"`(?:sfvtui/)?([a-z_]+(?:/|\.py))`", cells))
    assert {f"{path.parent.name}/" for path in (TOP / "sfvtui").glob("*/__init__.py")} <= named
    assert [part for part in named if not (TOP / "sfvtui" / part).exists()] == []


# --- promises, messages, keys -------------------------------------------------------------------------


def test_the_tests_that_hold_the_promises_exist():
    text = (DOCS / "promises.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 30
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not re.search(rf"def {test}\(", (TOP / file).read_text(encoding="utf-8"))
    ]
    assert missing == []
    assert len(re.findall(r"^## \d+\. ", text, re.MULTILINE)) == 10


def test_the_messages_that_troubleshooting_explains_are_the_programs():
    source = " ".join(
        re.sub(r'"\s+f?"', "", path.read_text(encoding="utf-8"))
        for path in (TOP / "sfvtui").rglob("*.py")
    )
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)
    assert len(shown) > 30
    assert [message for message in shown if message not in source] == []


def test_the_keys_are_the_screens():
    from sfvtui.tui.actions import PLACE_HELP, PLACE_WORDS, key_table

    parts = [
        "# The keys of the screens\n",
        "`?` shows them on each screen; the footer shows those that do something now, and a key that cannot act says",
        "why. One grammar everywhere: `j` `k` move, Enter opens, Esc goes back, `/` searches, `f` filters, `u` undoes,",
        "`w` says why. This page is written by the program.",
    ]
    for place, words in PLACE_WORDS.items():
        parts += [f"\n## {words}\n", PLACE_HELP[place], "", "| key | does |", "| --- | --- |"]
        parts += [f"| {_keys(keys)} | {text} |" for keys, text in key_table(place)]
    _compare(DOCS / "keys.md", "\n".join(parts) + "\n")


def test_the_manual_page_is_the_programs():
    _compare(DOCS / "sfvtui.1", man_page.page())


@pytest.mark.skipif(not shutil.which("man"), reason="there is no man to render the page with")
def test_the_manual_page_renders_without_warnings():
    done = subprocess.run(
        ["man", "--warnings", "-P", "cat", "-l", str(DOCS / "sfvtui.1")],
        env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    for words in leaves(root, ()):
        assert f"sfvtui {' '.join(words)}" in done.stdout


def _keys(keys: str) -> str:
    return " ".join(f"`{key}`" for key in keys.split()) or "(the palette)"


def _compare(page: Path, told: str) -> None:
    if os.environ.get(WRITE):
        page.write_text(told, encoding="utf-8")
    is_now = page.read_text(encoding="utf-8") if page.exists() else ""
    assert is_now.splitlines() == told.splitlines(), HOW
