"""A verb goes by the mapping that it began with, and stops where the store was made to fit another."""

from __future__ import annotations

import pytest

from sfvtui.config import load
from sfvtui.errors import ConfigError, MappingChanged
from sfvtui.mirror.users import Users
from sfvtui.sync import mend, prepare, pull_vitally, push, push_vitally, rounds
from sfvtui.sync.pull import pull
from sfvtui.sync.verify import verify
from tests.sync.lab import BY_EMAIL, PHONE, TITLE, mapping

A = mapping(TITLE)
B = mapping(TITLE, PHONE, match=BY_EMAIL)


def links(lab) -> set[tuple[str, str]]:
    with lab.context() as context:
        return {
            (row["record_id"], row["external_id"])
            for row in context.store.rows(
                "SELECT record_id, user.external_id FROM link JOIN record USING (record_pk)"
                " JOIN user USING (user_pk) WHERE status = 'live'"
            )
        }


def test_a_pull_writes_nothing_by_a_mapping_that_another_process_changed(labs, monkeypatch):
    lab = labs(A)
    # By externalId it is the first user's, by e-mail the second's.
    record = lab.contact("p1", Email="two@x.org", Phone="5")
    lab.user("p1", name="One", email="one@x.org")
    lab.user("p2", name="Two", email="two@x.org")
    read = pull_vitally.read

    def reading(*arguments, **options):
        lab.use(B)
        lab.status()
        read(*arguments, **options)

    monkeypatch.setattr(pull_vitally, "read", reading)
    with lab.context() as context, pytest.raises(MappingChanged):
        pull(context)
    monkeypatch.undo()
    assert links(lab) == set()
    lab.pull()
    assert links(lab) == {(record, "p2")}


def test_there_and_back_is_another_mapping_too(labs, monkeypatch):
    lab = labs(A)
    lab.pair("p1", {"Title": "Old"})
    read = pull_vitally.read

    def reading(*arguments, **options):
        for toml in (B, A):
            lab.use(toml)
            lab.status()
        read(*arguments, **options)

    monkeypatch.setattr(pull_vitally, "read", reading)
    with lab.context() as context, pytest.raises(MappingChanged):
        pull(context)


def test_a_push_sends_nothing_by_a_mapping_that_another_process_changed(labs, monkeypatch):
    lab = labs(A)
    record, user = lab.pair("p1", {"Title": "Old"})
    lab.settled()
    lab.change(record, Title="New")
    lab.pull()
    send = push_vitally.send

    def sending(*arguments):
        lab.use(mapping(f'{TITLE}trait = "job"\n'))
        lab.status()
        send(*arguments)

    monkeypatch.setattr(push_vitally, "send", sending)
    with lab.context() as context:
        report = push.push(context)
    monkeypatch.undo()
    assert isinstance(report.failure, MappingChanged)
    assert (report.sent, lab.of_user(user), lab.of_user(user, "job")) == (0, "Old", None)
    lab.sync()
    assert (lab.of_user(user), lab.of_user(user, "job")) == ("Old", "New")


def test_what_was_on_its_way_when_the_mapping_changed_is_read_back(labs, monkeypatch):
    lab = labs(A)
    record, user = lab.pair("p1", {"Title": "Old"})
    lab.settled()
    lab.change(record, Title="New")
    lab.pull()
    outcome = push_vitally._update_outcome

    def told(*arguments):
        lab.use(mapping(TITLE, PHONE))
        lab.status()
        outcome(*arguments)

    monkeypatch.setattr(push_vitally, "_update_outcome", told)
    with lab.context() as context:
        report = push.push(context)
    monkeypatch.undo()
    assert isinstance(report.failure, MappingChanged)
    assert (report.landed, report.unknown, lab.of_user(user)) == (0, 1, "New")
    assert lab.writes_of(lab.push) == []
    assert [line["after"] for line in lab.history(what="update")] == ["New"]
    assert lab.base(record, "Title") == "New"


def test_a_store_that_was_being_made_to_fit_a_mapping_fits_neither(labs, monkeypatch):
    lab = labs(A)
    record = lab.contact("p1", Email="two@x.org")
    lab.user("p1", name="One", email="one@x.org")
    lab.user("p2", name="Two", email="two@x.org")
    lab.pull()

    class Killed(Exception):
        """Stands for the end of the process."""

    rebuild = Users.rebuild

    def rebuilt(self):
        rebuild(self)
        raise Killed

    lab.use(B)
    monkeypatch.setattr(prepare.Users, "rebuild", rebuilt)
    with lab.context() as context, pytest.raises(Killed):
        prepare.prepare(context)
    monkeypatch.undo()
    lab.use(A)
    lab.pull()
    assert links(lab) == {(record, "p1")}


def watch(lab, rounds_, between):
    """The rounds of a watch that was begun with the config as it is now; `between` is done after
    each. Returns what it told."""
    told = []
    with lab.context() as context:
        context.cancelled = lambda: len(told) >= rounds_
        context.sleep = lambda _: None

        def tell(done):
            told.append(done)
            between(len(told))

        rounds.watch(
            context, 1, tell=tell, first=lambda _: True, settings=lambda: load(lab.config, {})
        )  # fmt: skip
    return told


def test_rounds_go_by_the_mapping_that_the_config_has_by_then(labs):
    lab = labs(mapping(TITLE))
    record, user = lab.pair("p1", {"Title": "Old", "Phone": "5"})

    def between(number):
        if number == 1:
            lab.use(mapping(TITLE, PHONE))
            lab.sync()
            lab.change(record, Phone="6")

    told = watch(lab, 3, between)
    assert [done.push.guard for done in told] == [None, None, None], "the confirmation holds"
    assert lab.of_user(user, "sfdc.Phone") == "6"
    assert len(lab.history(what="mapping")) == 2


def test_a_config_that_breaks_between_two_rounds_is_told(labs):
    lab = labs(mapping(TITLE))
    lab.pair("p1")

    def between(number):
        if number == 1:
            lab.config.write_text("[mapping", encoding="utf-8")
        else:
            lab.use(mapping(TITLE))

    told = watch(lab, 3, between)
    assert isinstance(told[1], ConfigError)
    assert told[2].push.failure is None


def test_a_repair_writes_nothing_by_a_mapping_that_another_process_changed(labs, monkeypatch):
    lab = labs(A)
    record, _ = lab.pair("p1", {"Title": "Old"})
    lab.settled()
    lab.org.set_quietly(record, Title="Missed")
    read = mend.rows_by_id

    def reading(*arguments):
        lab.use(mapping(TITLE, PHONE))
        lab.status()
        return read(*arguments)

    monkeypatch.setattr(mend, "rows_by_id", reading)
    with lab.context() as context, pytest.raises(MappingChanged):
        verify(context, repair=True)
    assert lab.history(what="repair") == []
    assert lab.review(record)["fields"]["Title"] == "Old"
