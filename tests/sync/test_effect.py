"""The effect of a draft: what it says is what saving the draft comes to."""

from __future__ import annotations

import pytest

from sfvtui.domain.mapping import BlankRule, OnConflict
from sfvtui.mirror import considered
from sfvtui.mirror.users import Users
from sfvtui.sync import effect as effects
from sfvtui.sync.decide import decide_touched
from sfvtui.sync.effect import effect
from sfvtui.sync.prepare import prepare
from sfvtui.sync.trial import trial
from tests.sync.lab import PHONE, TITLE, mapping

CREATES = "allowed = true\nfilter = 'Title contains \"VP\"'\n"


@pytest.fixture
def pulled(labs, monkeypatch):
    """A lab with links that differ in all ways, and people of all states; pieces of two."""
    monkeypatch.setattr(considered, "SIZE", 2)
    lab, users = labs(mapping(TITLE, PHONE, create=CREATES)), []
    for n, (ours, theirs) in enumerate(
        [("a", "a"), ("b", "c"), ("", "d"), ("e", ""), ("f", "g"), ("h", "h"), ("i", "i")]
    ):
        lab.contact(f"k{n}", Title=ours or None, Phone=f"{n}")
        users.append(lab.user(f"k{n}", traits={"sfdc.Title": theirs, "sfdc.Phone": str(n)}))
    for key, title in (
        ("n1", "VP Sales"),
        ("n2", "Clerk"),
        (None, "VP"),
        ("n3", "Director"),
        ("n4", None),
    ):
        lab.contact(key, Title=title)
    lab.contact("n5", Title="VP", AccountId=None)
    lab.pull()
    lab.sync()
    lab.change(users[0], **{"sfdc.Title": "moved there"})
    lab.change(users[5], **{"sfdc.Title": None})
    lab.pull()
    return lab


def drafts(saved):
    """Drafts that keep all links: name → draft."""

    def with_title(**more):
        pairs = tuple(p._replace(**more) if p.field == "Title" else p for p in saved.pairs)
        return saved._replace(pairs=pairs)

    def creating(**more):
        return saved._replace(create=saved.create._replace(**more))

    return {
        "what is saved": saved,
        "another filter": creating(filter='Title contains "Director"'),
        "no filter": creating(filter=""),
        "no creations": creating(allowed=False),
        "not editable": with_title(editable=False),
        "Salesforce wins": with_title(on_conflict=OnConflict.SALESFORCE),
        "blanks are copied": with_title(to_salesforce=BlankRule.COPY),
        "blanks never": with_title(to_salesforce=BlankRule.NEVER, to_vitally=BlankRule.NEVER),
        "a pair less": saved._replace(pairs=saved.pairs[1:]),
        "two at once": with_title(editable=False)._replace(create=creating(filter="").create),
    }


def test_what_waits_for_a_pull_to_be_linked_is_counted_on_a_copy(labs):
    """A push that reads a user again decides without the rule's links: the next pull makes them."""
    lab = labs(mapping(TITLE, PHONE, create=CREATES))
    record = lab.contact("p1", Title="VP")
    lab.pull()
    user = lab.user("p1", traits={})
    with lab.context() as ctx:
        bound = prepare(ctx)
        Users(ctx.store, bound).write([ctx.vitally().user(user)])
        decide_touched(ctx, bound, may_link=False)
        draft = drafts(ctx.settings.mapping)["no filter"]
        assert trial(ctx, draft, lambda _: None) is None
        assert effect(ctx, draft).states["linked"] == 1
    lab.pull()
    assert lab.state(record) == "linked"
    with lab.context() as ctx:
        assert trial(ctx, draft, lambda _: None) is not None


def test_a_draft_that_keeps_links_is_counted_on_the_mirror_as_on_a_copy(pulled, monkeypatch):
    with pulled.context() as ctx:
        before = {table: rows_of(ctx, table) for table in ("record", "base", "change_field")}
        for name, draft in drafts(ctx.settings.mapping).items():
            told = []
            here = effect(ctx, draft, told.append)
            with monkeypatch.context() as only_copies:
                only_copies.setattr(effects, "trial", lambda *_: None)
                assert here == effect(ctx, draft), name
            assert here.share == 1 and all(0 < one.share < 1 for one in told), name
            changes = name not in ("what is saved", "a pair less")
            assert bool(told) is changes, name
        assert before == {table: rows_of(ctx, table) for table in before}


def rows_of(ctx, table):
    return [tuple(row) for row in ctx.store.rows(f"SELECT * FROM {table} ORDER BY 1, 2")]


def test_a_draft_that_links_otherwise_is_counted_on_a_copy(pulled):
    with pulled.context() as ctx:
        saved = ctx.settings.mapping
        draft = saved._replace(match=saved.match._replace(field="Phone"))
        # Links for which something was sent, or settled, hold.
        lasting = ctx.store.value("SELECT COUNT(*) FROM link WHERE lasting = 1")
        assert effect(ctx, draft).states["linked"] == lasting
        assert ctx.store.value("SELECT COUNT(*) FROM link WHERE status = 'live'") == 7
