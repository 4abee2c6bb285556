# How long a cluster lives by itself: until it has been idle for so long, is so old, or has cost so much. The beacon's, on the master;
# only in the user data of clusters that have a lifetime. docs/beacon.md says what counts as work. Money is in millionths of a dollar.
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
        self.bill = os.path.join(store.state, "bill")
        text = store.read(os.path.join(store.library, "settings.sh"))
        self.settings = {name: int(n) for name, n in re.findall(r"^(\w+)=(\d+)$", text, re.M)}
        self.idle, self.longest = self.setting("IDLE_SECONDS"), self.setting("LONGEST_SECONDS")
        self.limit = self.setting("COST_LIMIT")
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

    # When this life of the master began, which the agent finds out; in Unix time.
    def birth(self):
        for began in self.store.numbers(self.began):
            return began
        if self.longest or self.limit:
            sys.exit("the start time is not known yet; try again in a minute")

    # When it ends by its age. What an earlier life was extended to doesn't count any more.
    def oldest(self, began):
        extended = self.store.numbers(self.ends)
        return extended[1] if extended[:1] == [began] else began + self.longest

    # What it may cost, what it has cost until now, and what it costs an hour.
    def cost(self, began):
        kept = self.store.numbers(self.bill)
        limit, spent, since, rate = kept[1:] if kept[:1] == [began] else (self.limit, 0, began, *(kept[4:] or [self.setting("COST_PER_HOUR")]))
        return limit, spent + (time.time() - since) * rate / 3600, rate

    # From now on it costs so much an hour, or may cost more.
    def charge(self, rate=0, more=0):
        began = self.birth()
        limit, spent, old = self.cost(began)
        self.store.write(self.bill, "%d %d %d %d %d" % (began, limit + more, spent, time.time(), rate or old))

    # When it ends at the latest, and why. Without such an end, or as long as it isn't known, nothing.
    def end(self):
        ends = []
        for began in self.store.numbers(self.began):
            if self.longest:
                ends.append((self.oldest(began), "the maximum lifetime has ended"))
            if self.limit:
                limit, spent, rate = self.cost(began)
                ends.append((time.time() + (limit - spent) / rate * 3600, "the maximum cost is reached"))
        return min(ends, default=(None, None))

    # Moves its ends. Where there is none but by idleness, the cluster counts as in use for so long. With money, only what it costs an
    # hour or may cost is changed.
    def extend(self, by=0, rate=0, more=0, **_):
        began, by = self.birth(), int(by)
        if rate or more:
            return self.charge(int(rate), int(more))
        if self.longest:
            end = self.oldest(began)
            end = max(end, end + by if by else time.time() + self.longest)
            self.store.write(self.ends, "%d %d" % (began, end))
        if self.limit:
            limit, spent, rate = self.cost(began)
            self.charge(more=max(0, by * rate / 3600 if by else spent + self.limit - limit))
        self.touch(0 if self.longest or self.limit else by)

    def answer(self):
        began = self.limit and self.store.numbers(self.began)
        return {
            "idleSeconds": round(self.idled(), 1) if self.idle else None,
            "endsAt": self.end()[0],
            "cost": self.cost(began[0]) if began else None,
        }

    # A page of Spark's, through its master, or of another daemon.
    def ask(self, address, path, port="SPARK_MASTER_UI_PORT"):
        spark = http.client.HTTPConnection(address, self.setting(port), timeout=10)
        try:
            spark.request("GET", path)
            return json.loads(spark.getresponse().read())
        finally:
            spark.close()

    # Whether an application of YARN's runs or waits, whatever it holds.
    def yarn_works(self, address):
        try:
            apps = self.ask(address, "/ws/v1/cluster/metrics", "YARN_UI_PORT")["clusterMetrics"]
        except ConnectionRefusedError:
            return False
        return apps["appsRunning"] + apps["appsPending"] > 0

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
            if self.setting("YARN_UI_PORT") and self.yarn_works(address):
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
        while self.idle or self.longest or self.limit:
            time.sleep(min(10, self.setting("LIFETIME_POLL")))
            try:
                # Until the launch is finished, the dead-man watches.
                if not self.store.finished() or self.in_use(address):
                    self.touch()
                elif self.idle and self.idled() >= self.idle:
                    self.store.write(self.store.over, "idle for %d s" % self.idled())
                end, why = self.end()
                if self.store.finished() and end and time.time() >= end:
                    self.store.write(self.store.over, why)
            except OSError as error:
                print(error, flush=True)
