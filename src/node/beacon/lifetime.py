# How long a cluster lives by itself: until it has been idle for so long, or is so old. The beacon's, on the master; only in the
# user data of clusters that have a lifetime. docs/beacon.md says what counts as work.
import glob
import http.client
import json
import os
import re
import sys
import time


class Lifetime:
    # 0 is for ever.
    def __init__(self, store):
        self.store = store
        # In `run`: after a stop, or a reboot, the idle clock begins anew.
        self.used = os.path.join(store.run, "used")
        self.began = os.path.join(store.run, "began")
        self.ends = os.path.join(store.state, "ends")
        text = store.read(os.path.join(store.library, "settings.sh"))
        self.settings = {name: int(n) for name, n in re.findall(r"^(\w+)=(\d+)$", text, re.M)}
        self.idle, self.longest = self.setting("IDLE_SECONDS"), self.setting("LONGEST_SECONDS")
        self.sessions, self.done, self.tasks = set(), None, {}

    def setting(self, name):
        return self.settings.get(name, 0)

    # Counts as in use now, and for so many seconds more.
    def touch(self, seconds=0):
        then = max([self.store.uptime() + seconds, *self.store.numbers(self.used)])
        self.store.write(self.used, "%f" % then)

    def idled(self):
        for then in self.store.numbers(self.used):
            return self.store.uptime() - then
        self.touch()
        return 0.0

    # When this life of the master began, which the agent finds out, and when it ends at the latest; in Unix time. Without
    # an end, or as long as it isn't known, nothing.
    def span(self):
        for began in self.store.numbers(self.began) if self.longest else ():
            extended = self.store.numbers(self.ends)
            # What an earlier life was extended to doesn't count any more.
            return began, extended[1] if extended[:1] == [began] else began + self.longest

    # Moves the end. Where there is none but by idleness, the cluster counts as in use for so long.
    def extend(self, by):
        span = self.span()
        if span:
            end = max(span[1], span[1] + by if by else time.time() + self.longest)
            self.store.write(self.ends, "%d %d" % (span[0], end))
            by = 0
        elif self.longest:
            sys.exit("the start time is not known yet; try again in a minute")
        self.touch(by)

    def answer(self):
        return {
            "idleSeconds": round(self.idled(), 1) if self.idle else None,
            "endsAt": (self.span() or [None, None])[1],
        }

    # A page of Spark's, through its master.
    def ask(self, address, path):
        spark = http.client.HTTPConnection(address, self.setting("SPARK_MASTER_UI_PORT"), timeout=10)
        try:
            spark.request("GET", path)
            return json.loads(spark.getresponse().read())
        finally:
            spark.close()

    # Whether somebody, or something, works. What can't be told is no reason to end a cluster: then it does.
    def in_use(self, address):
        try:
            before, self.sessions = self.sessions, set()
            for path in glob.glob(os.path.join(self.store.root, "proc/[0-9]*/cmdline")):
                command = self.store.read(path)
                # A job's driver may work while it holds no cores.
                if ".flintrock/jobs/job-" in command:
                    return True
                # A shell or a command of somebody's, not a connection that only forwards ports.
                if re.match(r"sshd[^:]*: \S+@", command):
                    self.sessions.add(path)
            # One that was there at the last look too: who merely looks in, as `describe` does, uses nothing.
            if self.sessions & before:
                return True
            page = self.ask(address, "/json/")
            cores, before = page["coresused"], self.tasks
            self.tasks = {}
            for app in page["activeapps"]:
                # A Connect server is there as long as the master is, and may keep executors for what clients cached: what counts
                # is what they have it do.
                if app["name"].startswith("Spark Connect"):
                    cores -= app["cores"]
                    path = "/proxy/%s/api/v1/applications/%s/executors" % (app["id"], app["id"])
                    for one in self.ask(address, path):
                        cores += one["activeTasks"]
                        self.tasks[app["id"] + one["id"]] = one["totalTasks"]
            # What came and went between two looks has worked too.
            began = any(n > before.get(key, 0) for key, n in self.tasks.items())
            before, self.done = self.done, [app["id"] for app in page["completedapps"]]
            return cores > 0 or began or before not in (None, self.done)
        except ConnectionRefusedError:
            # No Spark at all: it would be back within seconds if it could.
            return False
        except Exception:
            return True

    def watch(self, address):
        while self.idle or self.longest:
            time.sleep(min(10, self.setting("LIFETIME_POLL")))
            try:
                # Until the launch is finished, the dead-man watches.
                if not self.store.finished() or self.in_use(address):
                    self.touch()
                elif self.idle and self.idled() >= self.idle:
                    self.store.write(self.store.over, "idle for %d s" % self.idled())
                span = self.span()
                if self.store.finished() and span and time.time() >= span[1]:
                    self.store.write(self.store.over, "the maximum lifetime has ended")
            except OSError as error:
                print(error, flush=True)
