"""A search finds what a look at every text would find, whatever became of its index."""

from __future__ import annotations

from threading import Event

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sfvtui.domain.text import fold
from sfvtui.mirror import choices, emptying, search
from sfvtui.mirror.store import open_store
from sfvtui.mirror.windows import Selection, record_keys

TEXTS = st.text(alphabet="abcßé% _\"'\0\ufffe🎉", max_size=8)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), TEXTS),
        st.tuples(st.just("change"), TEXTS),
        st.tuples(st.just("delete"), st.just("")),
        st.tuples(st.just("refresh"), st.just("")),
        st.tuples(st.just("refresh a little"), st.just("")),
        st.tuples(st.just("keep up"), st.just("")),
        st.tuples(st.just("empty"), st.just("")),
    ),
    max_size=12,
)


class Looks(Event):
    """Ends after so many looks at what has come."""

    def __init__(self, many):
        super().__init__()
        self.left = many

    def wait(self, _=None):
        self.left -= 1
        return self.left < 0


def add(of, text):
    of.db.execute(
        "INSERT INTO record(record_id, display_name, folded_text, record_state)"
        " SELECT COUNT(*) || hex(randomblob(8)), ?1, ?2, 'unmatched' FROM record",
        (text or "x", fold(text)),
    )
    of.db.execute(
        "INSERT INTO user(user_id, display_name, folded_text, traits_json)"
        " SELECT hex(randomblob(8)), ?1, ?2, '{}'",
        (text or "x", fold(text)),
    )


def change(of, text):
    for table in ("record", "user"):
        key = f"{table}_pk"
        of.db.execute(
            f'UPDATE "{table}" SET folded_text = ? WHERE {key} = (SELECT MIN({key}) FROM "{table}"'
            " WHERE abs(random()) % 2)",
            (fold(text),),
        )


def delete(of):
    for table in ("record", "user"):
        of.db.execute(
            f'DELETE FROM "{table}" WHERE {table}_pk = (SELECT MAX({table}_pk) FROM "{table}")'
        )


def act(of, what, text):
    match what:
        case "add":
            add(of, text)
        case "change":
            change(of, text)
        case "delete":
            delete(of)
        case "refresh":
            search.refresh(of)
        case "refresh a little":
            ends = iter([False])
            search.refresh(of, lambda: next(ends, True))
        case "keep up":
            search.keep_up(of, Looks(2))
        case "empty":
            with of.write():
                emptying.empty(of)


def scanned(of, text, table="record"):
    rows = of.rows(f'SELECT {table}_pk, folded_text FROM "{table}"')
    return {row[0] for row in rows if all(word in row[1] for word in fold(text).split())}


@pytest.fixture
def found(tmp_path):
    with open_store(tmp_path / "store.db") as opened:
        yield opened


@settings(max_examples=40, deadline=None)
@example(acts=[("add", "\0_ß"), ("refresh", "")], texts=["_ß"], small=False)
@given(acts=ACTS, texts=st.lists(TEXTS, min_size=1, max_size=3), small=st.booleans())
def test_a_search_finds_what_a_scan_finds(tmp_path_factory, acts, texts, small):
    with pytest.MonkeyPatch.context() as patch:
        if small:
            patch.setattr(search, "CHUNK", 2)
        with open_store(tmp_path_factory.mktemp("s") / "store.db") as opened:
            for what, text in acts:
                act(opened, what, text)
                for wanted in (*texts, text):
                    keys = record_keys(opened, Selection(search=wanted))
                    assert sorted(keys) == sorted(scanned(opened, wanted))
                    users = choices.search_users(opened, wanted, 1000)
                    assert len(users) == len(scanned(opened, wanted, "user"))


@pytest.mark.parametrize("changed", [False, True], ids=["grown", "begun anew"])
def test_an_index_that_moves_on_during_a_search_takes_nobody_from_it(found, monkeypatch, changed):
    """A pull beside it commits between what the index reached and the rows that it has."""
    for n in range(3):
        add(found, f"ann {n}")
    search.refresh(found)
    for n in range(3):
        add(found, f"ann lee {n}")
    if changed:
        found.db.execute("UPDATE record SET folded_text = folded_text || ' x'")
        found.db.execute("UPDATE user SET folded_text = folded_text || ' x'")
    looked = search.found

    def looking(of, side, words):
        result = looked(of, side, words)
        with open_store(found.path) as other:
            search.refresh(other, iter([False] * 3 + [True] * 9).__next__)
        return result

    monkeypatch.setattr(search, "found", looking)
    for _ in range(2):
        assert len(record_keys(found, Selection(search="ann"))) == 6
        assert len(choices.search_users(found, "ann", 10)) == 6


def test_what_comes_is_added_in_whole_chunks_and_the_rest_at_the_end(found, monkeypatch):
    monkeypatch.setattr(search, "CHUNK", 10)
    for number in range(25):
        add(found, f"somebody {number}")
    held = "SELECT COUNT(*) FROM search_record WHERE search_record MATCH 'som'"
    for looks, added in ((0, 0), (1, 10), (5, 20)):
        search.keep_up(found, Looks(looks))
        assert found.value(held) == added
        assert len(record_keys(found, Selection(search="somebody"))) == 25
    search.refresh(found)
    assert found.value(held) == 25


def test_the_first_of_a_search_are_some_of_all_and_in_order(found):
    for number in range(90):
        add(found, f"needle {number % 9}{number}")
    search.refresh(found)
    first = record_keys(found, Selection(search="needle"), limit=20)
    whole = list(record_keys(found, Selection(search="needle")))
    assert len(first) == 20
    assert list(first) == [key for key in whole if key in set(first)]


def test_a_phrase_is_one_text(found):
    add(found, "ann lee")
    add(found, "lee ann")
    search.refresh(found)
    assert len(record_keys(found, Selection(search="ann lee"))) == 2
    assert len(record_keys(found, Selection(search="ann lee", phrase=True))) == 1


def test_without_full_text_search_every_text_is_looked_at(found, monkeypatch):
    add(found, "somebody")
    search.refresh(found)
    monkeypatch.setattr(search, "_possible", lambda _: False)
    search.refresh(found)
    assert search.found(found, search.RECORDS, ["somebody"]) is None
    assert len(record_keys(found, Selection(search="somebody"))) == 1


def test_an_index_that_is_mostly_old_is_begun_anew(found):
    for number in range(10):
        add(found, f"old {number}")
    search.refresh(found)
    held = "SELECT COUNT(*) FROM search_record WHERE search_record MATCH ?"
    assert found.value(held, "old") == 10
    found.db.execute("UPDATE record SET folded_text = 'new' WHERE record_pk <= 4")
    search.refresh(found)
    assert found.value(held, "old") == 10  # the texts decide, and few are read in vain
    found.db.execute("UPDATE record SET folded_text = 'newer' WHERE record_pk <= 4")
    search.refresh(found)
    assert found.value(held, "old") == 6


def test_a_long_text_can_be_searched(found):
    long = "a long text of many words " * 400
    add(found, long)
    search.refresh(found)
    assert len(record_keys(found, Selection(search=long.strip(), phrase=True))) == 1
