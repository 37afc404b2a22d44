"""pull and status: what was read, and counts that agree with the lists."""

from __future__ import annotations

STATES = {"linked", "gone", "approved", "ignored", "ambiguous", "outside_filter", "held",
          "unmatched"}  # fmt: skip


class TestPullAndStatus:
    def test_a_pull_says_what_it_read(self, sfv):
        report = sfv.ok("pull", "--json").json
        assert set(report) == {"salesforce", "vitally", "seconds"}
        assert set(report["salesforce"]) == {"read", "changed", "deleted", "mode"}
        assert report["salesforce"]["mode"] == "full" and report["salesforce"]["read"] > 100
        again = sfv.ok("pull", "--json").json
        assert again["salesforce"]["mode"] == "incremental"
        assert again["salesforce"]["changed"] == again["vitally"]["changed"] == 0

    def test_status_counts_every_record_once(self, pulled):
        report = pulled.ok("status", "--json").json
        assert set(report) == {"records", "users", "states", "flags", "conflicts", "paused",
                               "outbox", "last_pull", "salesforce_calls"}  # fmt: skip
        assert set(report["states"]) == STATES
        assert report["records"] == sum(report["states"].values())
        assert set(report["outbox"]) == {"queued", "unknown", "parked", "held"}
        for state, count in report["states"].items():
            lines = pulled.ok("review", "list", "--state", state, "--json").lines
            assert len(lines) == count
            assert {line["state"] for line in lines} <= {state}
        assert len(pulled.ok("conflicts", "--json").lines) == report["conflicts"]

    def test_status_before_the_first_pull(self, sfv):
        report = sfv.ok("status", "--json").json
        assert report["records"] == 0 and report["last_pull"] == {
            "salesforce": None, "vitally": None,
        }  # fmt: skip

    def test_people_read_counts(self, pulled):
        text = pulled.ok("status").stdout
        assert "linked" in text and "Conflicts:" in text

    def test_one_record_can_be_pulled(self, pulled):
        record = pulled.editable()
        assert pulled.ok("pull", record, "--json").json["salesforce"]["read"] == 1

    def test_a_login_that_is_refused(self, sfv):
        (sfv.config.parent / "salesforce.secret").write_text("wrong")
        ended = sfv("pull")
        assert ended.code == 1 and "Salesforce" in ended.stderr and "wrong" not in ended.stderr

    def test_a_field_that_the_org_does_not_have(self, sfv):
        text = sfv.config.read_text().replace('field = "Title"', 'field = "Titel"')
        sfv.config.write_text(text)
        ended = sfv("pull")
        assert ended.code == 2 and "Titel" in ended.stderr and "Title" in ended.stderr
