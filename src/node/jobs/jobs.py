# Tells a client of a master's jobs. Piped into Python by the client that asks: nothing of it stays on the node.
#
#   list                      prints one JSON array
#   follow JOB OUT ERR UNTIL  passes a job's output on in frames, from these positions: until it ends ("end"), or what there is ("now")
#
# A frame is a line, "stdout 123" or "stderr 123", and as many bytes. "cut stdout 123" stands for bytes that aren't kept,
# "tick" for nothing: a client that is gone is noticed by it. "running" or "ended CODE STATE" is the last one.
import json
import os
import sys
import time

FOLDER = os.path.join(os.path.expanduser("~"), ".flintrock", "jobs")
CHUNK = 1 << 18
STREAMS = ("stdout", "stderr")


class Job:
    def __init__(self, name):
        self.name = name
        self.folder = os.path.join(FOLDER, name)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        try:
            with open(self.path(name), "rb") as file:
                return file.read(65536).decode("utf-8", "replace")
        except (IOError, OSError):
            return None

    def number(self, name):
        try:
            return int(self.read(name) or "")
        except ValueError:
            return None

    # A shell on whose command line the job stands: another process may have its number by now.
    def runs(self):
        pid = self.number("pid")
        try:
            with open("/proc/%d/cmdline" % (pid or 0), "rb") as file:
                return self.name in file.read().decode("utf-8", "replace")
        except (IOError, OSError):
            return False

    # Its exit code and state once it is over. One that has no process yet may be about to begin.
    def end(self):
        code = self.number("exit")
        if code is None:
            if self.runs() or (self.number("pid") is None and self.age() < 30):
                return None
            # It may have ended between the two looks.
            code = self.number("exit")
        canceled = os.path.exists(self.path("canceled"))
        if code is None:
            return (143, "canceled") if canceled else (137, "lost")
        # A job may write anything into its folder.
        code &= 255
        return code, "succeeded" if code == 0 else "canceled" if canceled else "failed"

    def age(self):
        try:
            return time.time() - os.stat(self.folder).st_mtime
        except OSError:
            return 1e9

    def changed(self, name):
        try:
            return int(os.stat(self.path(name)).st_mtime)
        except OSError:
            return None

    def tell(self):
        try:
            record = json.loads(self.read("job.json") or "{}")
        except ValueError:
            record = {}
        end = self.end()
        return {
            "id": self.name,
            "command": record.get("command"),
            "submittedBy": record.get("submittedBy"),
            "started": self.number("started"),
            "ended": None if end is None else self.changed("exit") or self.changed("canceled"),
            "exitCode": None if end is None else end[0],
            "state": "running" if end is None else end[1],
        }


def write(data):
    while data:
        data = data[os.write(1, data):]


def frame(line, data=b""):
    write((line + "\n").encode("ascii") + data)


class Stream:
    def __init__(self, job, name, position):
        self.job, self.name, self.position = job, name, position
        self.file = open(job.path(name), "rb")

    # What isn't kept of it, as positions: of a very long output its middle.
    def cut(self):
        try:
            start, end = [int(word) for word in (self.job.read("cut." + self.name) or "").split()]
        except ValueError:
            return 0, 0
        # Never more than there is.
        size = os.fstat(self.file.fileno()).st_size
        return (start, end) if 0 <= start <= end <= size else (0, 0)

    # Passes on what there is; whether there was any.
    def pass_on(self):
        before = self.position
        while True:
            start, end = self.cut()
            if start <= self.position < end:
                frame("cut %s %d" % (self.name, end - self.position))
                self.position = end
                continue
            self.file.seek(self.position)
            data = self.file.read(min(CHUNK, start - self.position) if self.position < start else CHUNK)
            # Cut while it was read: what was read may be zeros.
            if self.cut() != (start, end):
                continue
            if not data:
                return self.position != before
            frame("%s %d" % (self.name, len(data)), data)
            self.position += len(data)


def follow(job, out, err, until):
    if not os.path.isdir(job.folder):
        return frame("missing")
    deadline = time.time() + 30
    while not all(os.path.exists(job.path(name)) for name in STREAMS):
        if time.time() > deadline:
            return frame("ended 137 lost")
        time.sleep(0.05)
    streams = [Stream(job, name, position) for name, position in zip(STREAMS, (out, err))]
    told = time.time()
    while True:
        # Asked before its output is read: what it said last is never lost.
        end = job.end()
        moved = [stream.pass_on() for stream in streams]
        if end is not None:
            return frame("ended %d %s" % end)
        if until == "now":
            return frame("running")
        if any(moved):
            told = time.time()
        elif time.time() - told > 10:
            frame("tick")
            told = time.time()
        time.sleep(0.05)


def main(verb, *words):
    if verb == "list":
        names = sorted(os.listdir(FOLDER) if os.path.isdir(FOLDER) else [])[-500:]
        return write(json.dumps([Job(name).tell() for name in names if name.startswith("job-")]).encode("ascii"))
    return follow(Job(words[0]), int(words[1]), int(words[2]), words[3])


main(*sys.argv[1:])
