"""The config: what it takes, what it refuses and how it says so, and saving the mapping."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfvtui.config import load, mapping_toml, parse_mapping
from sfvtui.config.load import KEYS, config_path
from sfvtui.config.save import save_mapping
from sfvtui.domain.mapping import (
    AccountRule,
    BlankRule,
    CreateRule,
    Mapping,
    MatchBy,
    MatchRule,
    OnConflict,
    Pair,
)
from sfvtui.errors import ConfigError

EXAMPLE = Path(__file__).parent.parent / "config.toml.example"

SMALLEST = """
[salesforce]
instance_url = "https://acme.my.salesforce.com"
client_id = "x"
client_secret = "env:S"

[vitally]
subdomain = "acme"
api_key = "env:V"
"""

MAPPING = """
[mapping]
object = "Contact"

[mapping.match]
field = "Ext__c"
"""


@pytest.fixture
def write(tmp_path):
    """Writes a config and returns its path."""

    def _write(text: str | bytes, mode: int = 0o600) -> Path:
        path = tmp_path / "config.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return path

    return _write


def refused(path: Path, env: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as error:
        load(path, env or {})
    assert str(path) in str(error.value)
    return str(error.value)


class TestWhichConfig:
    def test_a_named_one_comes_before_the_variable_and_the_xdg_place(self):
        env = {"SFVTUI_CONFIG": "/from/variable.toml", "XDG_CONFIG_HOME": "/xdg", "HOME": "/home/a"}
        assert config_path(Path("/named.toml"), env) == Path("/named.toml")
        assert config_path(None, env) == Path("/from/variable.toml")
        del env["SFVTUI_CONFIG"]
        assert config_path(None, env) == Path("/xdg/sfvtui/config.toml")
        del env["XDG_CONFIG_HOME"]
        assert config_path(None, env) == Path("/home/a/.config/sfvtui/config.toml")

    def test_a_relative_xdg_folder_is_ignored(self):
        env = {"XDG_CONFIG_HOME": "here", "HOME": "/home/a"}
        assert config_path(None, env) == Path("/home/a/.config/sfvtui/config.toml")

    def test_a_missing_config_says_where_it_was_looked_for_and_what_to_do(self, tmp_path):
        message = refused(tmp_path / "none.toml")
        assert "There is no config" in message and "sfvtui demo" in message


class TestDefaults:
    def test_the_smallest_config_has_the_defaults_of_the_contract(self, write):
        settings = load(write(SMALLEST), {"HOME": "/home/a"})
        assert settings.store.path == Path("/home/a/.local/share/sfvtui/store.db")
        assert settings.salesforce.auth == "client-credentials"
        assert settings.salesforce.api_version is None
        assert settings.salesforce.daily_calls_reserve == 0.2
        assert settings.vitally.base_url == "https://acme.rest.vitally.io"
        assert settings.vitally.requests_per_minute == 1000
        sync = settings.sync
        assert (sync.read_only, sync.max_changes, sync.max_blanks) == (False, 1000, 50)
        assert (sync.max_vanished, sync.full_pull_every) == (0.1, 86_400)
        assert (settings.network.proxy, settings.network.ca_file) == ("", "")
        assert settings.mapping is None and settings.mapping_text == ""
        assert settings.warnings == ()

    def test_the_example_is_valid_and_names_every_key(self, write):
        text = EXAMPLE.read_text()
        assert load(write(text), {}).mapping is not None
        for table, keys in KEYS.items():
            for key in keys:
                assert key in text, f"{table}.{key}"

    def test_a_mapping_has_the_defaults_of_the_contract(self):
        mapping = parse_mapping(MAPPING + '[[mapping.fields]]\nfield = "Title"\n')
        assert mapping.match == MatchRule(MatchBy.EXTERNAL_ID, "Ext__c", "", ignore_case=False)
        assert mapping.create == CreateRule(allowed=False, filter="", external_id="Id")
        assert mapping.account == AccountRule("AccountId", "externalId")
        assert mapping.pairs == (
            Pair(
                "Title", "sfdc.Title", editable=False, on_conflict=OnConflict.ASK,
                to_vitally=BlankRule.COPY, to_salesforce=BlankRule.ASK,
            ),
        )  # fmt: skip

    def test_a_match_by_trait_ignores_case_by_default(self):
        text = '[mapping]\nobject="C"\n[mapping.match]\nby="trait"\ntrait="email"\nfield="Email"\n'
        assert parse_mapping(text).match.ignore_case

    @pytest.mark.parametrize("trait", ["name", "email"])
    def test_name_and_email_do_not_go_blank_unless_told(self, trait):
        pair = f'[[mapping.fields]]\nfield = "F"\ntrait = "{trait}"\n'
        mapping = parse_mapping(MAPPING + pair)
        assert mapping.pairs[0].to_vitally is BlankRule.NEVER
        assert mapping.pairs[0].to_salesforce is BlankRule.NEVER
        mapping = parse_mapping(MAPPING + pair + 'blanks = { to_vitally = "copy" }\n')
        assert mapping.pairs[0].to_vitally is BlankRule.COPY

    def test_what_matches_never_goes_blank(self):
        blanks = 'blanks = { to_vitally = "copy", to_salesforce = "copy" }\n'
        mapping = parse_mapping(MAPPING + '[[mapping.fields]]\nfield = "ext__c"\n' + blanks)
        assert mapping.pairs[0].to_vitally is BlankRule.NEVER
        text = (
            '[mapping]\nobject="C"\n[mapping.match]\nby="trait"\ntrait="sfdc.X"\nfield="Y"\n'
            '[[mapping.fields]]\nfield = "Z"\ntrait = "sfdc.X"\n'
        )
        assert parse_mapping(text + blanks).pairs[0].to_salesforce is BlankRule.NEVER

    @pytest.mark.parametrize(
        ("written", "seconds"), [("90s", 90), ("30m", 1800), ("24h", 86_400), ("7d", 604_800)]
    )
    def test_lengths_of_time(self, write, written, seconds):
        settings = load(write(SMALLEST + f'[sync]\nfull_pull_every = "{written}"'), {})
        assert settings.sync.full_pull_every == seconds

    def test_paths_are_read_from_the_configs_folder(self, write):
        path = write('[store]\npath = "mine.db"\n' + SMALLEST.replace("env:S", "file:secret"))
        settings = load(path, {})
        assert settings.store.path == path.parent / "mine.db"
        assert settings.salesforce.client_secret == f"file:{path.parent / 'secret'}"

    def test_the_home_folder_is_the_tilde(self, write):
        settings = load(write('[store]\npath = "~/s.db"\n' + SMALLEST), {"HOME": "/home/a"})
        assert settings.store.path == Path("/home/a/s.db")


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "key", "words"),
        [
            ("[sync]\nmax_chnges = 5", "sync.max_chnges", "Did you mean sync.max_changes?"),
            ("max_changes = 5", "max_changes", "Did you mean sync.max_changes?"),
            ("[synk]\nmax_changes = 5", "synk", "Did you mean sync?"),
            ('[sync]\nmax_changes = "many"', "sync.max_changes", 'found "many", expected a whole'),
            ("[sync]\nmax_changes = true", "sync.max_changes", "found true, expected a whole"),
            ("[sync]\nmax_changes = -1", "sync.max_changes", "found the number -1"),
            ("[sync]\nmax_vanished = 1.5", "sync.max_vanished", "a share from 0 to 1"),
            ("[sync]\nread_only = 1", "sync.read_only", "expected true or false"),
            ("[sync]\nfull_pull_every = 24", "sync.full_pull_every", 'such as "30m"'),
            ('[sync]\nfull_pull_every = "0h"', "sync.full_pull_every", "above 0"),
            ("[store]\npath = 3", "store.path", "found the number 3, expected the store's path"),
            ("[network]\nproxy = 'acme'", "network.proxy", "a proxy's address"),
            ("sync = 3", "sync", "expected a table [sync]"),
            (MAPPING + "fields = 3", "mapping.match.fields", "unknown key"),
            (
                "[mapping]\nobject = 'C'\nfields = 3\n[mapping.match]\nfield = 'F'",
                "mapping.fields",
                "[[mapping.fields]]",
            ),
        ],
    )
    def test_a_wrong_key_or_type_is_named(self, write, text, key, words):
        tables = SMALLEST + text if text.startswith("[") else text + SMALLEST
        message = refused(write(tables))
        assert f": {key}: " in message and words in message

    @pytest.mark.parametrize("key", ["instance_url", "client_id", "client_secret", "api_key"])
    def test_a_missing_key_is_named(self, write, key):
        lines = [line for line in SMALLEST.splitlines() if not line.startswith(key)]
        assert f"{key} is missing" in refused(write("\n".join(lines)))

    @pytest.mark.parametrize(
        ("auth", "missing"),
        [("jwt", "username"), ("password", "username"), ("access-token", "access_token")],
    )
    def test_each_way_to_log_in_says_what_it_needs(self, write, auth, missing):
        text = SMALLEST.replace("[salesforce]", f'[salesforce]\nauth = "{auth}"')
        assert f"salesforce.{missing} is missing" in refused(write(text))

    def test_an_unknown_way_to_log_in_names_the_known_ones(self, write):
        text = SMALLEST.replace("[salesforce]", '[salesforce]\nauth = "oauth"')
        message = refused(write(text))
        assert 'found "oauth"' in message and '"client-credentials", "jwt"' in message

    @pytest.mark.parametrize(
        "url",
        ["http://acme.my.salesforce.com", "acme.my.salesforce.com", "ftp://x", "https://u:p@x/",
         "https://x?y", "http://127.0.0.1.evil.example", "https://", "https://x:port"],
    )  # fmt: skip
    def test_an_address_is_https_or_on_loopback(self, write, url):
        message = refused(write(SMALLEST.replace("https://acme.my.salesforce.com", url)))
        assert "salesforce.instance_url" in message and "expected" in message

    @pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost:8801", "[::1]:8801", "127.9.9.9"])
    def test_http_is_fine_on_loopback(self, write, host):
        text = SMALLEST.replace("https://acme.my.salesforce.com", f"http://{host}/")
        assert load(write(text), {}).salesforce.instance_url == f"http://{host}"

    def test_vitallys_address(self, write):
        def address(key: str) -> str:
            return load(write(SMALLEST.replace('subdomain = "acme"', key)), {}).vitally.base_url

        assert address('region = "eu"') == "https://rest.vitally-eu.io"
        assert address('base_url = "http://127.0.0.1:8802/"') == "http://127.0.0.1:8802"
        for key in ('region = "asia"', 'subdomain = "acme.vitally.io"', "", 'region = "us"'):
            assert "vitally." in refused(write(SMALLEST.replace('subdomain = "acme"', key)))
        both = 'subdomain = "acme"\nbase_url = "https://x"'
        assert "vitally.base_url" in refused(write(SMALLEST.replace('subdomain = "acme"', both)))

    def test_a_secret_of_a_wrong_type_is_not_shown(self, write):
        message = refused(write(SMALLEST.replace('"env:S"', "4711")))
        assert "client_secret: found a number" in message and "4711" not in message

    def test_broken_toml_says_where(self, write):
        assert "line 2" in refused(write("[sync]\nread_only = maybe\n"))

    def test_what_is_not_text_is_said(self, write):
        assert "not UTF-8" in refused(write(b"\xff\xfe"))

    def test_a_folder_is_no_config(self, tmp_path):
        assert "cannot be read" in refused(tmp_path)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('field = "A"\n[[mapping.fields]]\nfield = "a"\ntrait = "t"', "another pair already"),
            ('field = "A"\n[[mapping.fields]]\nfield = "B"\ntrait = "sfdc.A"', "pair of A already"),
            ('field = "A"\nvalues = { x = "1", y = "1" }', "one to one"),
            ('field = "A"\nvalues = { x = "" }', "a blank has no other value"),
            ('field = "A"\nvalues = { x = 1 }', "values.x: found the number 1, expected text"),
            ('field = "Account.Name"\neditable = true', "never editable"),
            ('field = "A b"', "API name"),
            ('trait = "x"', "field is missing"),
            ('field = "A"\non_conflict = "both"', '"ask", "salesforce", "vitally" or "newest"'),
            ('field = "A"\nblanks = "never"', "expected a table"),
            ('field = "A"\nblanks = { to_vitaly = "never" }', "blanks.to_vitally?"),
        ],
    )
    def test_a_pair_that_cannot_be(self, text, words):
        with pytest.raises(ConfigError, match=r"mapping\.fields") as error:
            parse_mapping(MAPPING + "[[mapping.fields]]\n" + text)
        assert words in str(error.value)

    def test_a_match_by_trait_needs_the_trait(self):
        text = '[mapping]\nobject = "C"\n[mapping.match]\nby = "trait"\nfield = "F"\n'
        with pytest.raises(ConfigError, match=r"mapping\.match\.trait is missing"):
            parse_mapping(text)


class TestWarnings:
    def test_a_secret_in_the_clear_works_and_draws_a_warning_that_does_not_show_it(self, write):
        settings = load(write(SMALLEST.replace("env:V", "sk_live_abc")), {})
        assert settings.vitally.api_key == "sk_live_abc"
        (warning,) = settings.warnings
        assert "vitally.api_key" in warning and "file:PATH" in warning
        assert "sk_live_abc" not in warning and "sk_live_abc" not in repr(settings)

    def test_a_file_that_others_can_read_draws_a_warning(self, write):
        (warning,) = load(write(SMALLEST, mode=0o644), {}).warnings
        assert "chmod 600" in warning

    def test_creating_users_without_a_name_draws_a_warning(self, write):
        text = SMALLEST + MAPPING + "[mapping.create]\nallowed = true\n"
        (warning,) = load(write(text), {}).warnings
        assert "without email and name" in warning


HEAD = """\
# mine
[store]
path = "x"    # [mapping]

[salesforce]
note = '''
[mapping]
'''
list = [
  "[mapping]",
]
"""


class TestSavingTheMapping:
    def mapping(self, object_name: str = "Lead") -> Mapping:
        return Mapping(object_name, match=MatchRule(MatchBy.EXTERNAL_ID, "Ext__c"))

    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    @pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
    def test_what_stands_before_it_stays_byte_for_byte(self, write, newline, bom):
        head = bom + HEAD.replace("\n", newline).encode()
        path = write(head + MAPPING.strip().replace("\n", newline).encode())
        save_mapping(path, self.mapping())
        content = path.read_bytes()
        assert content.startswith(head)
        rest = content[len(head) :].decode()
        assert rest.count("\n") == rest.count(newline)
        assert parse_mapping(rest) == self.mapping()

    def test_the_first_mapping_is_added_at_the_end(self, write):
        path = write(SMALLEST.rstrip())
        save_mapping(path, self.mapping())
        assert path.read_text().startswith(SMALLEST.rstrip() + "\n[mapping]\n")
        assert load(path, {}).mapping == self.mapping()

    def test_a_symbolic_link_stays_one_and_the_file_is_its_owners(self, write, tmp_path):
        path = write(SMALLEST, mode=0o644)
        link = tmp_path / "link.toml"
        link.symlink_to(path)
        save_mapping(link, self.mapping())
        assert link.is_symlink() and load(link, {}).mapping == self.mapping()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert sorted(tmp_path.iterdir()) == [path, link]

    @pytest.mark.parametrize(
        "text",
        [
            MAPPING + SMALLEST,
            "mapping.object = 'C'\n" + SMALLEST,
            SMALLEST + MAPPING + "[sync]\nread_only = true\n",
        ],
    )
    def test_a_mapping_that_is_not_last_is_refused_and_nothing_is_written(self, write, text):
        path = write(text)
        with pytest.raises(ConfigError, match=r"not the last|not valid"):
            save_mapping(path, self.mapping())
        assert path.read_text() == text

    @pytest.mark.parametrize(
        "header", ["[mapping.create]", '["mapping"]', "[ mapping . match ]", "  [mapping]"]
    )
    def test_every_way_to_write_a_mapping_table_is_known(self, write, header):
        path = write(HEAD + header + "\n")
        save_mapping(path, self.mapping())
        assert path.read_text() == HEAD + mapping_toml(self.mapping())

    def test_a_folder_that_cannot_be_written_leaves_the_file_as_it_was(self, write, monkeypatch):
        path = write(SMALLEST)

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(ConfigError, match="No space left"):
            save_mapping(path, self.mapping())
        assert path.read_text() == SMALLEST
        assert list(path.parent.iterdir()) == [path]


texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1, max_size=12
)
names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
rules = st.sampled_from(BlankRule)


@st.composite
def mappings(draw: st.DrawFn) -> Mapping:
    """Any mapping that the config accepts."""
    fields = draw(st.lists(names, max_size=4, unique_by=str.lower))
    traits = draw(st.lists(texts, min_size=len(fields), max_size=len(fields), unique=True))
    by = draw(st.sampled_from(MatchBy))
    pairs = []
    for field, trait in zip(fields, traits, strict=True):
        keys = draw(st.lists(texts, max_size=3, unique=True))
        values = draw(st.lists(texts, min_size=len(keys), max_size=len(keys), unique=True))
        pairs.append(
            Pair(
                field, trait, draw(st.booleans()), draw(st.sampled_from(OnConflict)),
                draw(rules), draw(rules), dict(zip(keys, values, strict=True)),
            )
        )  # fmt: skip
    return Mapping(
        draw(names),
        draw(texts),
        MatchRule(by, "Match__c" + draw(names), "no.such.trait.name", draw(st.booleans())),
        CreateRule(draw(st.booleans()), draw(texts), draw(names)),
        AccountRule(draw(names), draw(texts)),
        tuple(pairs),
    )


@given(mappings())
def test_any_mapping_written_and_read_again_is_the_same(mapping):
    text = mapping_toml(mapping)
    assert parse_mapping(text) == mapping
    assert mapping_toml(parse_mapping(text)) == text


class TestGroupAndEvents:
    def test_they_are_read(self, write, tmp_path):
        text = SMALLEST.replace("[salesforce]", '[store]\ngroup = "crm"\n[salesforce]') + (
            '\n[events]\ncommand = "notify --to \'the team\'"\nwebhook = "file:hook"\n'
        )
        settings = load(write(text), {})
        assert settings.store.group == "crm"
        assert settings.events.command == "notify --to 'the team'"
        assert settings.events.webhook == f"file:{tmp_path / 'hook'}"
        assert "notify" not in repr(settings) and "hook" not in repr(settings.events)

    def test_without_them_nobody_is_told(self, write):
        settings = load(write(SMALLEST), {})
        assert (settings.store.group, settings.events.command, settings.events.webhook) == (
            "", "", "",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ('command = "notify \'x"', "quotes are not closed"),
            ('command = " "', "names no program"),
            ("command = 3", "found a number, expected a command"),
            ('webhook = "http://hooks.example/T0PSECRET"', "https://"),
            ('webhook = "T0PSECRET"', "https://"),
            ('url = "x"', "events.url: unknown key"),
        ],
    )
    def test_what_cannot_be_is_refused_without_showing_it(self, write, line, words):
        with pytest.raises(ConfigError) as caught:
            load(write(f"{SMALLEST}\n[events]\n{line}\n"), {})
        assert words in str(caught.value) and "config.toml: events." in str(caught.value)
        assert "T0PSECRET" not in str(caught.value)

    def test_a_webhook_in_the_clear_works_and_is_warned_about(self, write):
        settings = load(write(f'{SMALLEST}\n[events]\nwebhook = "https://x.example/T0P"\n'), {})
        assert settings.events.webhook == "https://x.example/T0P"
        assert any("events.webhook" in w and "T0P" not in w for w in settings.warnings)
