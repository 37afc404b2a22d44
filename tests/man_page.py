"""The manual page sfvtui(1), made of what the commands know of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from sfvtui.cli.root import sfvtui as root

CODES = (
    ("0", "Done."),
    ("1", "Something that the command tried failed, was parked or is unknown."),
    ("2", "Usage, the config, a secret, an unknown name, or the store."),
    ("3", "A guard or a limit stopped it, or something waits for a person; the last line of standard error says which."),
    ("4", "Another process holds this store's push."),
    ("130", "Interrupted; everything not done stays queued."),
)  # fmt: skip
FILES = (
    ("~/.config/sfvtui/config.toml", "The config, where neither --config nor SFVTUI_CONFIG names another."),
    ("~/.local/share/sfvtui/store.db", "The store: mirror, outbox and history, one SQLite file."),
    ("~/.local/state/sfvtui/sfvtui.log", "The log, without values and secrets."),
)  # fmt: skip
ENVIRONMENT = (
    ("SFVTUI_CONFIG", "The config to use."),
    ("NO_COLOR", "No colour."),
    ("HTTPS_PROXY, NO_PROXY", "The proxy for both services, and hosts that need none."),
    ("SSL_CERT_FILE", "Certificate authorities to trust besides the system's."),
    ("XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME", "Where the files lie."),
)


def page() -> str:
    """The whole page, as roff for man(7)."""
    context = click.Context(root, info_name="sfvtui", **root.context_settings)
    parts = [
        '.TH SFVTUI 1 "" sfvtui sfvtui',
        ".SH NAME",
        f"sfvtui \\- {_roff(_lower(root.help or ''))}",
        ".SH SYNOPSIS",
        r".B sfvtui",
        r"[\fIOPTIONS\fR] [\fICOMMAND\fR [\fIARGUMENTS\fR]]",
        ".SH DESCRIPTION",
        _roff("Without a command the screens open; with no config, the set-up."),
        ".SH OPTIONS",
        "They may stand before or after a command's name.",
        *_options(context),
        ".SH COMMANDS",
    ]
    for inner in _leaves(context):
        parts += [f'.SS "{_roff(_usage(inner))}"', *_paragraphs(inner.command.help or "")]
        parts += _options(inner)
    for title, rows in (
        ("EXIT STATUS", CODES),
        ("FILES", FILES),
        ("ENVIRONMENT", ENVIRONMENT),
    ):
        parts.append(f".SH {title}")
        for term, text in rows:
            parts += [".TP", f".B {_roff(term)}", _roff(text)]
    return "\n".join(parts) + "\n"


def _leaves(context: click.Context) -> Iterator[click.Context]:
    """A context for each command that does something, in the order of the work."""
    group = context.command
    assert isinstance(group, click.Group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from _leaves(inner)
        else:
            yield inner


def _usage(context: click.Context) -> str:
    words = context.command.collect_usage_pieces(context)
    return " ".join([context.command_path, *words])


def _options(context: click.Context) -> Iterator[str]:
    for param in context.command.get_params(context):
        if not isinstance(param, click.Option) or param.hidden:
            continue
        record = param.get_help_record(context)
        if record is None or ("--help" in param.opts and context.parent):
            continue
        term, text = record
        yield from (".TP", f".B {_roff(term)}", _roff(text))


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        yield from (".PP", _roff(" ".join(paragraph.replace("\b", "").split())))


def _lower(text: str) -> str:
    line = text.strip().split("\n")[0].rstrip(".")
    return line[:1].lower() + line[1:]


def _roff(text: str) -> str:
    r"""Text as roff prints it unchanged: backslashes, hyphens and leading dots are its own."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    text = re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found[0]):04X}]", text)
    return rf"\&{text}" if text.startswith((".", "'")) else text
