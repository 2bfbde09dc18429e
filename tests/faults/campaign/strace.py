"""Faults at chosen system calls, injected by strace (Debian: `apt-get install strace`)."""
import re
import shutil
import subprocess

from experiment import Skip

#: Whatever changes files, in groups of calls that do the same.
FLUSHES = "fsync,fdatasync"
WRITES = "pwrite64,pwritev"
NAMES = "rename,renameat,renameat2,link,linkat"
FOLDERS = "mkdir,mkdirat"
SIZES = "ftruncate,fallocate"
REMOVALS = "unlink,unlinkat"


def needed():
    """Skips where strace is missing or must not trace."""
    if shutil.which("strace") is None:
        raise Skip("there is no strace")
    done = subprocess.run(["strace", "-D", "-f", "-o", "/dev/null", "true"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise Skip(f"strace must not trace here: {done.stderr.strip()[:100]}")


def inject(trace, calls, fault):
    """The command line before the program's own. With -D the program keeps its process id."""
    # The filter makes strace stop only where it must; a signal injected there gets lost.
    quick = [] if fault.startswith("signal") else ["--seccomp-bpf"]
    return ["strace", "-D", "-f", *quick, "-ttt", "-o", str(trace),
            "-e", f"trace={calls}", "-e", f"inject={calls}:{fault}"]


def injected_at(trace):
    """When the first fault was injected, or nothing if the call was never reached."""
    with open(trace, errors="replace") as lines:
        for line in lines:
            if "(INJECTED)" in line or "(DELAYED)" in line:
                return float(re.search(r"\d+\.\d+", line)[0])
    return None


class Growing:
    """Numbers for `when=`, each some times the last; back into what is reached once one is not."""

    def __init__(self, random, start, times):
        self.random, self.next, self.times = random, start, times
        self.highest = 1

    def take(self):
        return self.next

    def note(self, was_reached):
        if was_reached:
            self.highest = max(self.highest, self.next)
            self.next = int(self.next * self.times) + 1
        else:
            self.next = self.random.randint(1, self.highest)
