"""File systems of our own whose power can be cut, that can fill up, and that can fail to write.

ext4 in a file on a loop device (Debian: `apt-get install e2fsprogs`). It needs the right to mount.
"""
import contextlib
import errno
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import time

from experiment import Skip

#: From linux/fs/ext4/ext4.h: stop at once, and do not even write the journal out.
EXT4_IOC_SHUTDOWN = 0x8004587D
GOING_WITHOUT_LOG_FLUSH = 2
#: From linux/fs.h: tell the device which blocks are free.
FITRIM = 0xC0185879

MEGABYTE = 1024 * 1024


class Disk:
    """An ext4, mounted at `path`."""

    def __init__(self, home, megabytes):
        self.home = pathlib.Path(home)
        self.image, self.path = self.home / "disk.img", self.home / "mount"
        self.megabytes = megabytes
        self.loop = None

    def __enter__(self):
        self.path.mkdir(parents=True)
        try:
            self.make()
            self.attach()
            self.mount()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.detach()
        shutil.rmtree(self.home, ignore_errors=True)

    def make(self):
        with open(self.image, "wb") as image:
            image.truncate(self.megabytes * MEGABYTE)
        # Everything now: nothing of it may be written later, at a moment of its own.
        command("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0",
                self.image)

    def attach(self):
        self.loop = command("losetup", "--find", "--show", self.image).strip()

    def mount(self):
        command("mount", "-t", "ext4", self.loop, self.path)

    def unmount(self):
        for _ in range(50):
            if not os.path.ismount(self.path):
                return
            done = subprocess.run(["umount", self.path], capture_output=True, text=True)
            if done.returncode != 0:
                time.sleep(0.1)
        raise subprocess.CalledProcessError(1, "umount", done.stderr)

    def detach(self):
        try:
            self.unmount()
        except subprocess.CalledProcessError:
            # An experiment broke off with a server on it; it goes once that is killed.
            subprocess.run(["umount", "--lazy", self.path], capture_output=True)
        if self.loop:
            subprocess.run(["losetup", "--detach", self.loop], capture_output=True)

    def cut_power(self):
        """From here on nothing reaches the device. What was not flushed is gone."""
        with opened(self.path) as folder:
            fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", GOING_WITHOUT_LOG_FLUSH))

    def come_back(self):
        """After a cut, once nobody has a file open any more."""
        self.unmount()
        self.mount()


class FailingDisk(Disk):
    """A disk on which, on demand, blocks that were never written cannot be written.

    Its file lies in a memory file system of exactly the size that is in use. What was allocated
    at first (the journal, the tables) can still be written, new data cannot: a flush fails as on a
    broken disk, and the kernel takes the pages for written afterwards.
    """

    def __enter__(self):
        self.memory = self.home
        self.memory.mkdir(parents=True)
        command("mount", "-t", "tmpfs", "-o", f"size={self.megabytes * 2}m", "tmpfs", self.memory)
        return super().__enter__()

    def __exit__(self, *_):
        self.detach()
        subprocess.run(["umount", self.memory], capture_output=True)
        shutil.rmtree(self.memory, ignore_errors=True)

    def make(self):
        super().make()
        # Every block gets memory; the free ones give it back below.
        with open(self.image, "r+b") as image:
            for at in range(0, self.megabytes * MEGABYTE, MEGABYTE):
                image.seek(at)
                block = image.read(MEGABYTE)
                image.seek(at)
                image.write(block)

    def attach(self):
        super().attach()
        # A request of several pages that is only half written would count as a success.
        queue = pathlib.Path("/sys/block", os.path.basename(self.loop), "queue/max_sectors_kb")
        queue.write_text("4")

    def break_down(self):
        with opened(self.path) as folder:
            fcntl.ioctl(folder, FITRIM, struct.pack("QQQ", 0, 2**64 - 1, 0))
        for attempt in range(100):
            there = os.statvfs(self.memory)
            try:
                return self._resize((there.f_blocks - there.f_bfree) * there.f_frsize)
            except subprocess.CalledProcessError:
                # More was written in between.
                if attempt == 99:
                    raise

    def recover(self):
        self._resize(self.megabytes * 2 * MEGABYTE)

    def _resize(self, size):
        command("mount", "-o", f"remount,size={size}", self.memory)


def fill(folder, leave):
    """Fills a file system up to a few bytes; remove the file that is answered to free it."""
    ballast = pathlib.Path(folder, "ballast")
    size = 256 * 1024
    with open(ballast, "wb", buffering=0) as file:
        while size >= 4096:
            there = os.statvfs(folder)
            if there.f_bavail * there.f_frsize < leave + size:
                size //= 4
                continue
            try:
                file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 4
        os.fsync(file.fileno())
    return ballast


def needed(home):
    """Skips where an ext4 cannot be made, mounted and cut off."""
    for program in ("mkfs.ext4", "losetup", "mount", "umount"):
        if shutil.which(program) is None:
            raise Skip(f"there is no {program}")
    try:
        with Disk(home, 16) as disk:
            disk.cut_power()
            disk.come_back()
    except (subprocess.CalledProcessError, OSError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise Skip(f"this machine does not allow mounting an ext4: {said.strip()[:120]}") from None


@contextlib.contextmanager
def opened(path):
    folder = os.open(path, os.O_RDONLY)
    try:
        yield folder
    finally:
        os.close(folder)


def command(*words):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True,
                          text=True).stdout
