"""The rules of the house: imports point downwards, come late, and one word stands for one thing."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
SOURCES = sorted((TOP / "sfvtui").rglob("*.py"))

HEAVY = ("aiohttp", "httpx", "keyring", "requests", "simple_salesforce", "sqlite_utils",
         "starlette", "textual", "uvicorn", "rich", "tomlkit")  # fmt: skip

WORDS = {
    # What stands for it: how it must not be written.
    "Salesforce": r"\bSalesForce\b|\bSales Force\b|\bSFDC\b",
    "Vitally": r"\bVital\.ly\b|\bvital_ly\b",
    "externalId": r"\bexternalID\b|\bExternalID\b|\bexternal-ID\b",
    "e-mail": r"\be-?Mail\b",
    "outbox": r"\boutBox\b|\bout-box\b|\bwork queue\b|\bchange queue\b",
    "sync": r"\bsynchroni[sz]\w+",
    "reconcile": r"\breconciliation\b",
    "behaviour": r"\bbehavior\b",
    "mirror": r"\blocal copy\b|\breplica\b",
    "pair": r"\bfield mapping\b|\bfield pair\b",
    "link": r"\bmatched pair\b|\blinkage\b",
    "history": r"\baudit (log|trail)\b",
    "sandbox": r"\bmock server\b|\bfake server\b|\bsimulator\b",
    "log in": r"\b[Ss]ign in to\b|\bsignin\b",
}


def run_python(code: str, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=TOP,
        env={"PATH": "/usr/bin:/bin", **env},
    )
    return done.stdout


def test_imports_point_downwards_only():
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(TOP / "pyproject.toml"), no_cache=True) == 0


def statements(path):
    """The texts of a module, docstrings left out: line and text, `{}` for what is filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts = {id(p) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for p in n.values}
    docs = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in parts | docs:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            pieces = (p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
            yield node.lineno, "".join(pieces)


@pytest.mark.parametrize("folder", ["sync", "cli", "tui"])
def test_all_sql_is_in_the_mirror(folder):
    made = re.compile(r"CREATE (?:TEMP )?TABLE (?:IF NOT EXISTS )?(\w+)")
    mirror = (path for path in SOURCES if path.parent.name == "mirror")
    tables = "|".join({t for path in mirror for t in made.findall(path.read_text("utf-8"))})
    # A SELECT from anything but the mirror's tables asks Salesforce: that is SOQL.
    sql = re.compile(
        rf"\bSELECT\b.*\b(FROM|JOIN) \"?({tables})\b|\bINSERT (OR \w+ )?INTO\b"
        r"|\bUPDATE\b.*\bSET\b|\bDELETE FROM\b|\bPRAGMA\b",
        re.DOTALL,
    )
    found = [
        f"{path.relative_to(TOP)}:{line}: {text}"
        for path in SOURCES
        if path.is_relative_to(TOP / "sfvtui" / folder)
        for line, text in statements(path)
        if sql.search(text)
    ]
    assert "record" in tables and found == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["review", "--help"],
        ["status", "--json"],
        ["plan", "--json"],
        ["conflicts", "--json"],
        ["review", "list", "--json"],
        ["outbox", "--json"],
        ["history", "--json"],
    ],
    ids=" ".join,
)
def test_a_command_imports_only_what_it_uses(arguments, tmp_path, offline_config):
    loaded = json.loads(
        run_python(
            "import json, sys\n"
            "from sfvtui.cli.run import run\n"
            f"run({arguments!r})\n"
            f"print('\\n' + json.dumps([name for name in {HEAVY!r} if name in sys.modules]))",
            HOME=str(tmp_path),
            SFVTUI_CONFIG=str(offline_config),
        ).splitlines()[-1]
    )
    assert loaded == []


def test_the_first_screen_is_painted_before_any_verb_is_imported(tmp_path):
    loaded = run_python(
        "import sys\n"
        "import sfvtui.tui.app, sfvtui.tui.screens.home\n"
        "print(*(name for name in sys.modules if name.startswith('sfvtui.sync.')))",
        HOME=str(tmp_path),
    )
    # What verbs work with, and how a job's pace is told, are no verbs.
    assert set(loaded.split()) <= {"sfvtui.sync.context", "sfvtui.sync.pace"}


def test_the_program_starts_without_the_extras(tmp_path):
    blocked = "starlette", "uvicorn", "keyring", "textual_serve", "aiohttp"
    output = run_python(
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({blocked!r}))\n"
        "from sfvtui.cli.run import run\n"
        "print(run(['--help']), run(['demo', '--headless']), run(['web']))",
        HOME=str(tmp_path),
    )
    assert output.splitlines()[-1] == "0 2 2"


def test_what_is_imported_is_declared_and_the_other_way_round():
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["sandbox"], *extras["keyring"], *extras["web"]]
    names = {re.split(r"[\[<>=]", line)[0] for line in declared}
    imported = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    used = {name.replace("_", "-") for name in imported - set(sys.stdlib_module_names)}
    renamed = {"jwt": "pyjwt"}
    # tzdata is data: zoneinfo finds it where the machine has no zones of its own.
    assert {renamed.get(name, name) for name in used - {"sfvtui"}} | {"tzdata"} == names


@pytest.mark.parametrize("word", WORDS)
def test_one_word_stands_for_one_thing(word):
    texts = [*SOURCES, *TOP.glob("*.md"), *(TOP / "docs").rglob("*.md")]
    texts += (TOP / "sfvtui").rglob("*.tcss")
    wrong = re.compile(WORDS[word])
    found = [
        f"{path.relative_to(TOP)}:{number}: {line.strip()}"
        for path in texts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if wrong.search(line)
    ]
    assert found == [], f"write {word}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TOP)))
def test_a_module_says_its_reason_in_one_line(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith(('"""', 'r"""')) and len(first) > 10


def test_the_config_keys_in_the_docs_are_the_programs():
    from sfvtui.config.load import KEYS

    text = (TOP / "docs" / "config.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z_.\[\]]+)` \|", text, re.MULTILINE))
    known = set()
    for table, keys in KEYS.items():
        for key in keys:
            name = f"{table}.{key}" if table else key
            if not {name, f"{name}[]"} & set(KEYS):
                known.add(name)
    assert documented == known


def test_the_commands_in_the_docs_are_the_programs():
    from sfvtui.cli.root import sfvtui as root

    text = (TOP / "docs" / "commands.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^## `sfvtui ([a-z ]+)`", text, re.MULTILINE))
    assert documented == set(root.list_commands(None))
