"""Files that sfvtui writes: whole or not at all, for their owner, and never in place of a device."""

from __future__ import annotations

import os
import stat

import pytest

from sfvtui.paths import write_private


def test_a_file_is_written_whole_and_for_its_owner_only(tmp_path):
    path = tmp_path / "new" / "config.toml"
    write_private(path, b"first")
    write_private(path, b"second")
    assert path.read_bytes() == b"second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["config.toml"]


def test_a_link_stays_a_link_to_the_file_that_is_written(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_private(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_what_is_no_file_is_not_replaced_by_one(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", tmp_path):
        with pytest.raises(FileExistsError, match="it is no file"):
            write_private(place, b"text")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
