"""A disk whose power can be cut: ext4 on a loop device that writes past the page cache.

What the file behind the device holds is what a disk would hold; what only the kernel remembers is
lost with the power.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.rigs.clusters import CannotBeHadError, give_to_owner

TOOLS = ("losetup", "mkfs.ext4", "mount", "umount", "truncate", "cp")


class Disk:
    """One disk: its image, its device and where it is mounted."""

    def __init__(self, ground: Path, megabytes: int) -> None:
        require_loop_devices()
        self._image, self._after = ground / "disk.img", ground / "disk-after.img"
        self.path = ground / "disk"
        self._device = ""
        self.path.mkdir()
        run("truncate", "--size", f"{megabytes}M", str(self._image))
        run("mkfs.ext4", "-q", "-F", str(self._image))

    def attach(self) -> None:
        """Mount the disk."""
        self._device = run(
            "losetup", "--direct-io=on", "--find", "--show", str(self._image)
        ).strip()
        run("mount", self._device, str(self.path))
        give_to_owner(self.path)

    def sync(self) -> None:
        """Put what was written so far on the disk, as minutes of quiet would."""
        run("sync", "--file-system", str(self.path))

    def photograph(self) -> None:
        """Copy what the disk holds now; whoever writes to it must have been frozen."""
        run("cp", "--sparse=always", str(self._image), str(self._after))

    def replace(self) -> None:
        """Mount what was photographed, in place of what was written since; nobody may use it."""
        self.detach()
        self._after.replace(self._image)
        self.attach()

    def detach(self) -> None:
        """Unmount the disk, if it is mounted."""
        if self._device:
            run("umount", str(self.path))
            run("losetup", "--detach", self._device)
            self._device = ""


def run(*command: str) -> str:
    """Run a tool and return what it printed; fails with what it said."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def require_loop_devices() -> None:
    """Raise `CannotBeHadError` where no disk can be made to be cut off."""
    if os.geteuid() != 0:
        raise CannotBeHadError("only root may mount the disk whose power is cut")
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise CannotBeHadError(f"{', '.join(missing)} is missing")
    free = subprocess.run(["losetup", "--find"], check=False, capture_output=True, text=True)
    if free.returncode != 0:
        raise CannotBeHadError("there are no loop devices to put a disk on")


@contextmanager
def mounted(ground: Path, megabytes: int) -> Iterator[Disk]:
    """Yield a mounted disk and leave no device behind."""
    disk = Disk(ground, megabytes)
    try:
        disk.attach()
        yield disk
    finally:
        disk.detach()
