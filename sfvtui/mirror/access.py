"""Who may read and write the store's files: their owner alone, or a group that shares the store."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import NamedTuple

from sfvtui.errors import StoreError
from sfvtui.paths import PRIVATE_FILE, PRIVATE_FOLDER, private_folder

SHARED_FILE = 0o660
SHARED_FOLDER = 0o2770
"""With the set-group bit: what SQLite makes in the folder is the group's as well."""

BESIDE = ("", "-wal", "-shm", ".push")
"""What there may be of an open store, beside its backups: the log, its index, the push's lock."""


class Access(NamedTuple):
    """The modes of the store's files. `gid` is None for a store that is its owner's alone."""

    group: str = ""
    gid: int | None = None

    @property
    def file_mode(self) -> int:
        """The mode of each file."""
        return PRIVATE_FILE if self.gid is None else SHARED_FILE

    def words(self) -> str:
        """The access in words."""
        if self.gid is None:
            return "its owner's alone"
        return f"shared with the group {self.group} (0660 in a folder of 02770)"

    def make_folder(self, folder: Path) -> None:
        """Makes the folder, and what is missing above it, if there is none; whatever the umask."""
        if self.gid is None:
            private_folder(folder)
            return
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            os.chown(path, -1, self.gid)
            path.chmod(SHARED_FOLDER)

    def make_file(self, path: Path, flags: int = 0) -> int:
        """Opens the file to read and write, made where there is none; returns its descriptor. As
        open(2) takes `flags`; raises OSError."""
        file = os.open(path, os.O_CREAT | os.O_RDWR | flags, self.file_mode)
        try:
            self._own(file, os.fstat(file))
        except BaseException:
            os.close(file)
            raise
        return file

    def check_folder(self, folder: Path) -> None:
        """Raises StoreError for a folder in which the group could not share a store."""
        if self.gid is None:
            return
        found = folder.stat()
        missing = SHARED_FOLDER & ~stat.S_IMODE(found.st_mode)
        if found.st_gid == self.gid and not missing:
            return
        mend = f"chgrp {self.group} {folder} && chmod 2770 {folder}"
        raise StoreError(
            f"The folder {folder} is {owner(found.st_uid)}'s, of the group {_group(found.st_gid)}, "
            f"{stat.S_IMODE(found.st_mode):04o}: the group {self.group} cannot share a store in it.",
            mend if found.st_uid == os.geteuid() else f"Its owner can mend that: {mend}",
        )

    def check_files(self, store: Path) -> None:
        """Gives the store's files their mode and group; those of another owner are left as they
        are. Raises StoreError where such a one keeps the group out."""
        for suffix in BESIDE:
            file = Path(f"{store}{suffix}")
            with contextlib.suppress(FileNotFoundError):
                self._check(file)

    def _check(self, file: Path) -> None:
        found = file.stat()
        if found.st_uid == os.geteuid() or os.geteuid() == 0:
            self._own(file, found)
        elif self.gid is not None and (problem := self.problem(file)):
            raise StoreError(problem, f"Its owner can mend that: {self.mend(file)}")

    def _own(self, file: Path | int, found: os.stat_result) -> None:
        if found.st_uid != os.geteuid() and os.geteuid() != 0:
            return
        if self.gid is not None and found.st_gid != self.gid:
            os.chown(file, -1, self.gid)
        mode = stat.S_IMODE(found.st_mode)
        if mode != self.file_mode and (self.gid is not None or mode & 0o077):
            os.chmod(file, self.file_mode)  # noqa: PTH101 - a descriptor, or a path

    def problem(self, file: Path) -> str | None:
        """What is wrong with a file's mode or group; None where it is as it must be, or gone."""
        try:
            found = file.stat()
        except FileNotFoundError:
            return None
        mode = stat.S_IMODE(found.st_mode)
        if self.gid is None:
            right = not mode & 0o077
        else:
            right = found.st_gid == self.gid and mode == SHARED_FILE
        if right:
            return None
        return (
            f"{file} is {owner(found.st_uid)}'s, of the group {_group(found.st_gid)}, {mode:04o}; "
            f"the store is {self.words()}."
        )

    def mend(self, file: Path) -> str:
        """The command with which a file's owner mends its mode."""
        if self.gid is None:
            return f"chmod 600 {file}"
        return f"chgrp {self.group} {file} && chmod 660 {file}"


PRIVATE = Access()
"""The owner's alone."""


def access_of(group: str) -> Access:
    """The access of a store that this group shares ('': nobody does). Raises StoreError for a group
    that there is not, or that this person is not in."""
    if not group:
        return PRIVATE
    import grp

    try:
        gid = grp.getgrnam(group).gr_gid
    except KeyError:
        raise StoreError(
            f"There is no group {group} on this host.",
            "Name one that there is as `group` under [store] in the config, or make it: "
            f"groupadd {group}",
        ) from None
    if gid not in {os.getegid(), *os.getgroups()} and os.geteuid() != 0:
        raise StoreError(
            f"You are not in the group {group}, which shares the store.",
            f"An administrator can put you into it: usermod -aG {group} {owner(os.geteuid())}; "
            "log in anew after that.",
        )
    return Access(group, gid)


def owner(uid: int) -> str:
    """The name of a user of this host."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _group(gid: int) -> str:
    import grp

    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return f"gid {gid}"
