"""The store's tables, as numbered migrations. `PRAGMA user_version` is the last one applied.

System columns of `record`, `user` and `base` have an underscore inside their names: no Salesforce
field has (standard names have none, custom ones end in `__c`), so the mirrored fields stand beside
them as columns of their own names. In those columns NULL is "not read" (in `base`: "no base yet")
and '' is a known blank.
"""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
CREATE TABLE meta(
  name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE mapping(
  version INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, toml TEXT NOT NULL,
  confirmed_at TEXT, confirmed_by TEXT) STRICT;
CREATE TABLE describe(
  object TEXT PRIMARY KEY, at TEXT NOT NULL, json TEXT NOT NULL) STRICT;
CREATE TABLE pair(
  field TEXT PRIMARY KEY, trait TEXT NOT NULL, signature TEXT NOT NULL, described TEXT NOT NULL,
  active INTEGER NOT NULL DEFAULT 1, paused TEXT, paused_at TEXT,
  careful INTEGER NOT NULL DEFAULT 0, used INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE record(
  record_pk INTEGER PRIMARY KEY, record_id TEXT NOT NULL UNIQUE,
  match_key TEXT, account_key TEXT, external_id TEXT, display_name TEXT NOT NULL DEFAULT '',
  email_key TEXT, name_key TEXT, in_scope INTEGER NOT NULL DEFAULT 1, passes_filter INTEGER,
  gone_why TEXT, master_id TEXT, modified_at TEXT NOT NULL DEFAULT '',
  modified_by TEXT, stamp_at TEXT NOT NULL DEFAULT '',
  record_state TEXT, state_why TEXT NOT NULL DEFAULT '', folded_text TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX record_by_match_key ON record(match_key);
CREATE INDEX record_by_record_state ON record(record_state, display_name, record_pk);
CREATE INDEX record_by_account_key ON record(account_key);
CREATE INDEX record_by_email_key ON record(email_key);
CREATE INDEX record_by_external_id ON record(external_id);
CREATE INDEX record_by_display_name ON record(display_name, record_pk);
CREATE TABLE user(
  user_pk INTEGER PRIMARY KEY, user_id TEXT NOT NULL UNIQUE, external_id TEXT, match_key TEXT,
  display_name TEXT NOT NULL DEFAULT '', email_text TEXT NOT NULL DEFAULT '', email_key TEXT,
  name_key TEXT, traits_json TEXT NOT NULL, updated_at TEXT NOT NULL DEFAULT '', missing_at TEXT,
  folded_text TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX user_by_match_key ON user(match_key);
CREATE INDEX user_by_external_id ON user(external_id);
CREATE INDEX user_by_email_key ON user(email_key);
CREATE TABLE account(
  account_id TEXT PRIMARY KEY, external_id TEXT, rule_key TEXT, name TEXT NOT NULL DEFAULT '',
  churned_at TEXT, updated_at TEXT NOT NULL DEFAULT '', traits_json TEXT NOT NULL) STRICT;
CREATE INDEX account_by_rule_key ON account(rule_key);
CREATE TABLE user_account(
  user_pk INTEGER NOT NULL REFERENCES user ON DELETE CASCADE, account_id TEXT NOT NULL,
  PRIMARY KEY(user_pk, account_id)) STRICT, WITHOUT ROWID;
CREATE INDEX user_account_by_account ON user_account(account_id);
CREATE TABLE link(
  link_id INTEGER PRIMARY KEY, record_pk INTEGER NOT NULL REFERENCES record,
  user_pk INTEGER NOT NULL REFERENCES user, made_by TEXT NOT NULL, made_at TEXT NOT NULL,
  why TEXT NOT NULL DEFAULT '', lasting INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL DEFAULT 'live' CHECK (status IN ('live', 'gone', 'user_deleted'))) STRICT;
CREATE UNIQUE INDEX link_live_record ON link(record_pk) WHERE status = 'live';
CREATE UNIQUE INDEX link_live_user ON link(user_pk) WHERE status = 'live';
CREATE INDEX link_by_record ON link(record_pk);
CREATE INDEX link_by_user ON link(user_pk);
CREATE TABLE base(
  link_id INTEGER PRIMARY KEY REFERENCES link ON DELETE CASCADE) STRICT;
CREATE TABLE apart(
  record_id TEXT NOT NULL, user_id TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY(record_id, user_id)) STRICT, WITHOUT ROWID;
CREATE TABLE ignored(
  record_id TEXT PRIMARY KEY, who TEXT NOT NULL, at TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE TABLE approval(
  record_id TEXT PRIMARY KEY, who TEXT NOT NULL, at TEXT NOT NULL,
  waved_json TEXT NOT NULL DEFAULT '[]') STRICT;
CREATE TABLE flag(
  record_pk INTEGER NOT NULL REFERENCES record ON DELETE CASCADE, flag TEXT NOT NULL,
  why TEXT NOT NULL, PRIMARY KEY(record_pk, flag)) STRICT, WITHOUT ROWID;
CREATE INDEX flag_by_flag ON flag(flag);
CREATE TABLE stay(
  link_id INTEGER NOT NULL REFERENCES link ON DELETE CASCADE, field TEXT NOT NULL,
  salesforce TEXT NOT NULL, vitally TEXT NOT NULL, why TEXT NOT NULL,
  PRIMARY KEY(link_id, field)) STRICT, WITHOUT ROWID;
CREATE TABLE edit(
  edit_id INTEGER PRIMARY KEY AUTOINCREMENT, link_id INTEGER NOT NULL REFERENCES link,
  record_id TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
  saw_salesforce TEXT NOT NULL, saw_vitally TEXT NOT NULL, origin TEXT NOT NULL,
  who TEXT NOT NULL, at TEXT NOT NULL, batch INTEGER, why TEXT NOT NULL DEFAULT '',
  waits_for INTEGER REFERENCES edit, one_sided TEXT) STRICT;
CREATE INDEX edit_by_link ON edit(link_id, field);
CREATE TABLE conflict(
  record_id TEXT NOT NULL, field TEXT NOT NULL, link_id INTEGER, kind TEXT NOT NULL,
  salesforce TEXT, vitally TEXT, base TEXT, edit TEXT, why TEXT NOT NULL, since TEXT NOT NULL,
  PRIMARY KEY(record_id, field)) STRICT, WITHOUT ROWID;
CREATE INDEX conflict_by_link ON conflict(link_id);
CREATE TABLE change(
  change_id INTEGER PRIMARY KEY AUTOINCREMENT, system TEXT NOT NULL, action TEXT NOT NULL,
  record_id TEXT NOT NULL, user_id TEXT, external_id TEXT, state TEXT NOT NULL,
  waits INTEGER NOT NULL DEFAULT 0, held TEXT, mapping INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, run INTEGER, code TEXT, message TEXT, mend TEXT,
  made_at TEXT NOT NULL, sent_at TEXT, batch INTEGER) STRICT;
CREATE INDEX change_by_state ON change(state, system);
CREATE INDEX change_by_record ON change(record_id, state);
CREATE TABLE change_field(
  change_id INTEGER NOT NULL REFERENCES change ON DELETE CASCADE, name TEXT NOT NULL,
  field TEXT NOT NULL, before TEXT, after TEXT, origin TEXT NOT NULL, edit_id INTEGER,
  why TEXT NOT NULL, first INTEGER NOT NULL DEFAULT 0, replaces INTEGER NOT NULL DEFAULT 0,
  target TEXT NOT NULL, open INTEGER NOT NULL DEFAULT 1, seen_salesforce TEXT, seen_vitally TEXT,
  PRIMARY KEY(change_id, name)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_open_change ON change_field(target, name) WHERE open = 1;
CREATE INDEX change_field_by_edit ON change_field(edit_id) WHERE edit_id IS NOT NULL;
CREATE TABLE run(
  run INTEGER PRIMARY KEY AUTOINCREMENT, started_at TEXT NOT NULL, ended_at TEXT,
  who TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, summary_json TEXT) STRICT;
CREATE TABLE history(
  entry INTEGER PRIMARY KEY AUTOINCREMENT, batch INTEGER NOT NULL, run INTEGER, at TEXT NOT NULL,
  who TEXT NOT NULL, what TEXT NOT NULL, record_id TEXT, user_id TEXT, system TEXT, field TEXT,
  before TEXT, after TEXT, why TEXT NOT NULL DEFAULT '', outcome TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX history_by_record ON history(record_id, entry);
CREATE INDEX history_by_run ON history(run);
CREATE INDEX history_by_batch ON history(batch);
CREATE TABLE pass(
  side TEXT PRIMARY KEY, mode TEXT NOT NULL, started_at TEXT NOT NULL, high TEXT NOT NULL,
  cursor TEXT, signature TEXT NOT NULL) STRICT;
CREATE TABLE seen(
  side TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY(side, id)) STRICT, WITHOUT ROWID;
CREATE TABLE touched(
  record_pk INTEGER PRIMARY KEY) STRICT;
CREATE TABLE touched_key(
  match_key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
""",
    """
CREATE TABLE held_back(
  record_id TEXT NOT NULL, system TEXT NOT NULL, name TEXT NOT NULL, field TEXT NOT NULL,
  who TEXT NOT NULL, at TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY(record_id, system, name)) STRICT, WITHOUT ROWID;
CREATE TABLE modifier(
  modifier_id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;
""",
    """
CREATE TABLE paused_system(
  system TEXT PRIMARY KEY CHECK (system IN ('salesforce', 'vitally')), who TEXT NOT NULL,
  at TEXT NOT NULL, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE told(
  channel TEXT NOT NULL, event TEXT NOT NULL, about TEXT NOT NULL, at TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, told INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(channel, event, about)) STRICT, WITHOUT ROWID;
""",
    """
CREATE TABLE tally(
  kind TEXT NOT NULL, name TEXT NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY(kind, name)) STRICT, WITHOUT ROWID;
INSERT INTO tally(kind, name, n) VALUES
  ('state', 'gone', 0), ('state', 'linked', 0), ('state', 'approved', 0), ('state', 'ignored', 0),
  ('state', 'ambiguous', 0), ('state', 'outside_filter', 0), ('state', 'held', 0),
  ('state', 'unmatched', 0), ('flag', 'disagrees', 0), ('flag', 'out_of_scope', 0),
  ('flag', 'other_account', 0), ('flag', 'once_linked', 0), ('flag', 'look_alike', 0),
  ('flag', 'account_churned', 0), ('side', 'users', 0);
UPDATE tally SET n = (SELECT COUNT(*) FROM record WHERE record_state = tally.name)
  WHERE kind = 'state';
UPDATE tally SET n = (SELECT COUNT(*) FROM flag WHERE flag = tally.name)
  WHERE kind = 'flag';
UPDATE tally SET n = (SELECT COUNT(*) FROM user WHERE missing_at IS NULL) WHERE kind = 'side';
CREATE TRIGGER tally_state AFTER UPDATE OF record_state ON record
  WHEN old.record_state IS NOT new.record_state BEGIN
  UPDATE tally SET n = n + IIF(name IS new.record_state, 1, -1)
  WHERE kind = 'state' AND name IN (old.record_state, new.record_state); END;
CREATE TRIGGER tally_state_ends AFTER DELETE ON record WHEN old.record_state IS NOT NULL BEGIN
  UPDATE tally SET n = n - 1 WHERE kind = 'state' AND name = old.record_state; END;
CREATE TRIGGER tally_flag AFTER INSERT ON flag BEGIN
  UPDATE tally SET n = n + 1 WHERE kind = 'flag' AND name = new.flag; END;
CREATE TRIGGER tally_flag_ends AFTER DELETE ON flag BEGIN
  UPDATE tally SET n = n - 1 WHERE kind = 'flag' AND name = old.flag; END;
CREATE TRIGGER tally_user AFTER INSERT ON user WHEN new.missing_at IS NULL BEGIN
  UPDATE tally SET n = n + 1 WHERE kind = 'side' AND name = 'users'; END;
CREATE TRIGGER tally_user_moves AFTER UPDATE OF missing_at ON user
  WHEN (old.missing_at IS NULL) <> (new.missing_at IS NULL) BEGIN
  UPDATE tally SET n = n + IIF(new.missing_at IS NULL, 1, -1)
  WHERE kind = 'side' AND name = 'users'; END;
CREATE TRIGGER tally_user_ends AFTER DELETE ON user WHEN old.missing_at IS NULL BEGIN
  UPDATE tally SET n = n - 1 WHERE kind = 'side' AND name = 'users'; END;
DROP INDEX record_by_record_state;
DROP INDEX record_by_display_name;
CREATE INDEX record_by_name ON record(display_name COLLATE NOCASE);
CREATE INDEX record_unlinked ON record(record_state, display_name COLLATE NOCASE)
  WHERE record_state <> 'linked';
CREATE TABLE unsearched_record(
  pk INTEGER PRIMARY KEY) STRICT;
CREATE TABLE unsearched_user(
  pk INTEGER PRIMARY KEY) STRICT;
CREATE TRIGGER record_text_moves AFTER UPDATE OF folded_text ON record
  WHEN old.folded_text IS NOT new.folded_text BEGIN
  INSERT OR IGNORE INTO unsearched_record VALUES (new.record_pk); END;
CREATE TRIGGER user_text_moves AFTER UPDATE OF folded_text ON user
  WHEN old.folded_text IS NOT new.folded_text BEGIN
  INSERT OR IGNORE INTO unsearched_user VALUES (new.user_pk); END;
""",
    """
CREATE TABLE shown(
  side TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY(side, first)) STRICT, WITHOUT ROWID;
INSERT INTO shown SELECT side, record_pk, record_pk FROM seen JOIN record ON record_id = id
  WHERE side = 'salesforce';
INSERT INTO shown SELECT side, user_pk, user_pk FROM seen JOIN user ON user_id = id
  WHERE side = 'vitally';
DELETE FROM seen WHERE side IN ('salesforce', 'vitally');
CREATE TABLE touched_account(
  account_key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE index_to_make(
  name TEXT PRIMARY KEY, of_table TEXT NOT NULL, sql TEXT NOT NULL) STRICT, WITHOUT ROWID;
""",
    """
CREATE TRIGGER record_text_ends AFTER DELETE ON record BEGIN
  INSERT OR IGNORE INTO unsearched_record VALUES (old.record_pk); END;
CREATE TRIGGER user_text_ends AFTER DELETE ON user BEGIN
  INSERT OR IGNORE INTO unsearched_user VALUES (old.user_pk); END;
""",
    """
DROP TRIGGER tally_state;
DROP INDEX account_by_rule_key;
CREATE INDEX account_by_rule_key ON account(rule_key, account_id, churned_at);
DROP INDEX IF EXISTS user_by_match_key;
DELETE FROM index_to_make WHERE name = 'user_by_match_key';
CREATE INDEX user_by_match_key ON user(match_key, missing_at);
""",
    """
INSERT INTO tally(kind, name, n) VALUES
  ('change', 'queued', 0), ('change', 'held', 0), ('change', 'sending', 0),
  ('change', 'unknown', 0), ('change', 'parked', 0);
UPDATE tally SET n = (SELECT COUNT(*) FROM change c
  WHERE IIF(c.state = 'queued' AND c.held IS NOT NULL, 'held', c.state) = tally.name)
  WHERE kind = 'change';
CREATE TRIGGER tally_change AFTER INSERT ON change BEGIN
  UPDATE tally SET n = n + 1 WHERE kind = 'change' AND name =
  IIF(new.state = 'queued' AND new.held IS NOT NULL, 'held', new.state); END;
CREATE TRIGGER tally_change_moves AFTER UPDATE OF state, held ON change
  WHEN IIF(old.state = 'queued' AND old.held IS NOT NULL, 'held', old.state)
  <> IIF(new.state = 'queued' AND new.held IS NOT NULL, 'held', new.state) BEGIN
  UPDATE tally SET n = n + IIF(
    name = IIF(new.state = 'queued' AND new.held IS NOT NULL, 'held', new.state), 1, -1)
  WHERE kind = 'change' AND name IN (
    IIF(old.state = 'queued' AND old.held IS NOT NULL, 'held', old.state),
    IIF(new.state = 'queued' AND new.held IS NOT NULL, 'held', new.state)); END;
CREATE TRIGGER tally_change_ends AFTER DELETE ON change BEGIN
  UPDATE tally SET n = n - 1 WHERE kind = 'change' AND name =
  IIF(old.state = 'queued' AND old.held IS NOT NULL, 'held', old.state); END;
""",
    """
DROP TRIGGER tally_user;
""",
)
