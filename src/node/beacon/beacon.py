#!/usr/bin/env python3
# The beacon: a small service on a cluster's master, by which the nodes tell the client how they get on, and the client tells the
# nodes whether it still lives. docs/beacon.md has its protocol. Python 3.9, standard library only.
#
#   beacon.py serve --address IP --port N   for the nodes, over HTTP; ends the cluster when its lifetime is over
#   beacon.py follow                        for the client, over SSH: events to stdout, signs of life from stdin
#   beacon.py finish | shutdown | status    for the client, over SSH: print one JSON object
#   beacon.py --by SECONDS extend           likewise; with --more MONEY or --rate MONEY what the cluster may cost, and does
#
# --root says where its files are, for tests.
#
# Comments instead of docstrings: they are stripped from what goes into the user data, which has a limit.
import hashlib
import hmac
import http.server
import json
import os
import re
import select
import sys
import threading
import time
import types

try:
    from lifetime import Lifetime
except ImportError:
    # The cluster has none, so that its program isn't in the user data.
    Lifetime = None

PROTOCOL = 1
# Of a request, in bytes. A node's longest event carries 20 lines of a log.
BODY_LIMIT = 64 * 1024
# Of the file of events, in bytes: a node gone mad must not fill the master's disk.
EVENTS_LIMIT = 64 * 1024 * 1024
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")
NONCE = re.compile(r"[0-9a-f]{16,64}")


class Store:
    # What is remembered: across restarts of the machine in `state`, of the beacon only in `run`.
    def __init__(self, root):
        self.state = os.path.join(root, "var/lib/flintrock")
        self.run = os.path.join(root, "run/flintrock")
        self.root = root
        self.library = os.path.join(root, "usr/local/lib/flintrock")
        self.events = os.path.join(self.state, "events.jsonl")
        self.files = os.path.join(self.state, "files")
        self.seen = os.path.join(self.run, "client-seen")
        self.since = os.path.join(self.run, "beacon-since")
        self.over = os.path.join(self.run, "shutdown")
        for folder in (self.state, self.run):
            os.makedirs(folder, mode=0o700, exist_ok=True)

    # Seconds since the machine started: wall-clock time jumps when a new machine first hears of the real one.
    def uptime(self):
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def write(self, path, text):
        draft = "%s.%d.%d" % (path, os.getpid(), threading.get_ident())
        with open(draft, "w") as file:
            file.write(text)
        os.replace(draft, path)

    def sign_of_life(self):
        self.write(self.seen, "%f" % self.uptime())

    # What a file says, or nothing.
    def read(self, path):
        try:
            with open(path, errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    # The numbers in a file, or none.
    def numbers(self, path):
        try:
            return [float(word) for word in self.read(path).split()]
        except ValueError:
            return []

    # Seconds since the client's last sign of life; if it gave none since the master started, since then.
    def silence(self):
        for path in (self.seen, self.since):
            for then in self.numbers(path):
                return max(0.0, self.uptime() - then)
        self.write(self.since, "%f" % self.uptime())
        return 0.0

    def finished(self):
        return os.path.exists(os.path.join(self.state, "finished"))

    # In `run`: a cluster that was stopped, not terminated, must not go off again when it is started.
    def shutdown(self):
        return os.path.exists(self.over)

    def answer(self):
        return {
            "finished": self.finished(),
            "shutdown": self.shutdown(),
            "reason": self.read(self.over),
            "clientSeenSecondsAgo": round(self.silence(), 1),
        }

    # All events so far; a line that a crash cut short is left out.
    def read_events(self):
        try:
            with open(self.events, "rb") as file:
                lines = file.read().split(b"\n")
        except OSError:
            return
        for line in lines:
            event = parse(line)
            if event is not None:
                yield event


def parse(line):
    try:
        event = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def is_event(event):
    return (
        event is not None
        and isinstance(event.get("node"), str)
        and 0 < len(event["node"]) <= 128
        and type(event.get("seq")) is int
        and isinstance(event.get("kind"), str)
    )


class Events:
    # The file of events, with one writer. A node that got no answer posts again: what is known already is not written twice.
    def __init__(self, store):
        self.lock = threading.Lock()
        self.known = {(e.get("node"), e.get("seq")) for e in store.read_events() if is_event(e)}
        self.file = open(store.events, "ab")
        if self.file.tell() > 0:
            with open(store.events, "rb") as file:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    self.file.write(b"\n")
                    self.file.flush()

    # Returns whether there was room.
    def add(self, events):
        with self.lock:
            if self.file.tell() > EVENTS_LIMIT:
                return False
            for event in events:
                key = (event["node"], event["seq"])
                if key not in self.known:
                    self.known.add(key)
                    self.file.write(json.dumps(event, separators=(",", ":")).encode() + b"\n")
            self.file.flush()
            return True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "flintrock-beacon"
    sys_version = ""
    # Nobody may hold a thread for ever.
    timeout = 30

    def log_message(self, *_):
        pass

    def signature(self, first, body):
        text = ("%s %s\n%s\n" % (first, self.path, self.nonce)).encode() + body
        return "sha256=" + hmac.new(self.server.secret, text, hashlib.sha256).hexdigest()

    # `signed` is the part of the body that is; None if nothing is.
    def head(self, status, size, headers, signed):
        self.close_connection = True
        self.send_response(status)
        for header in (*headers, ("Content-Length", str(size)), ("Connection", "close")):
            self.send_header(*header)
        if signed is not None:
            self.send_header("X-Flintrock-Signature", self.signature(status, signed))
        self.end_headers()

    def reply(self, status, body, headers=(), signed=True):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode() + b"\n"
        self.head(status, len(body), headers, body if signed else None)
        self.wfile.write(body)

    def refuse(self, status, reason, headers=(), signed=True):
        self.reply(status, {"error": reason}, headers, signed)

    # The request's body if it comes from one of the cluster's nodes; otherwise it is answered and None returned.
    def admit(self):
        length = self.headers.get("Content-Length", "0")
        self.nonce = self.headers.get("X-Flintrock-Nonce", "")
        if not re.fullmatch(r"[0-9]{1,9}", length) or "Transfer-Encoding" in self.headers:
            return self.refuse(411, "no length", signed=False)
        if int(length) > BODY_LIMIT:
            return self.refuse(413, "at most %d bytes" % BODY_LIMIT, signed=False)
        body = self.rfile.read(int(length))
        theirs = self.headers.get("X-Flintrock-Signature", "")
        if not NONCE.fullmatch(self.nonce) or not hmac.compare_digest(
            self.signature(self.command, body).encode(), theirs.encode("utf-8", "replace")
        ):
            return self.refuse(403, "not signed", signed=False)
        return body

    def do_POST(self):
        body = self.admit()
        if body is None:
            return
        if self.path != "/v1/events":
            return self.refuse(404, "no such path")
        events = [parse(line) for line in body.split(b"\n") if line.strip()]
        if not events or not all(is_event(event) for event in events):
            return self.refuse(400, "no events")
        if not self.server.events.add(events):
            return self.refuse(507, "too many events")
        self.reply(200, {"accepted": len(events)})

    def do_GET(self):
        if self.admit() is None:
            return
        if self.path in ("/v1/state", "/v1/state?used"):
            if self.path.endswith("used") and self.server.lifetime:
                self.server.lifetime.touch()
            return self.reply(200, self.server.store.answer())
        match = re.fullmatch(r"/v1/(files|checksums)/(.+)", self.path)
        if match is None or not FILE_NAME.fullmatch(match[2]):
            try:
                # The client may have brought it by now.
                import share

                return share.get(self)
            except ImportError:
                return self.refuse(404, "no such path")
        path = os.path.join(self.server.store.files, match[2])
        # The checksum is written last: without it the file isn't whole yet.
        try:
            with open(path + ".sha512", "rb") as file:
                checksum = file.read()
            if match[1] == "checksums":
                return self.reply(200, checksum)
            with open(path, "rb") as file:
                return self.send_file(file)
        except FileNotFoundError:
            pass
        if os.path.exists(os.path.join(self.server.store.state, "fetched")):
            return self.refuse(404, "no such file")
        self.refuse(503, "not yet", [("Retry-After", "1")])

    # Only the head is signed: a client that fetches a file has its checksum.
    def send_file(self, file):
        size = os.fstat(file.fileno()).st_size
        asked = re.fullmatch(r"bytes=(\d{1,15})-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        if asked and start >= size:
            return self.refuse(416, "no such range", [("Content-Range", "bytes */%d" % size)])
        headers = [("Content-Range", "bytes %d-%d/%d" % (start, size - 1, size))] if asked else []
        self.head(206 if asked else 200, size - start, headers, b"")
        self.connection.sendfile(file, start)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    # All nodes may come at once.
    request_queue_size = 1024

    # A peer that goes away is no reason for a traceback.
    def handle_error(self, *_):
        pass


def serve(store, options):
    with open(os.path.join(store.library, "secret")) as file:
        secret = file.read().strip().encode()
    server = Server((options.address, int(options.port)), Handler)
    server.store = store
    server.secret = secret
    server.events = Events(store)
    server.lifetime = Lifetime and Lifetime(store)
    store.silence()
    if Lifetime:
        threading.Thread(target=server.lifetime.watch, args=(options.address,), daemon=True).start()
    print("listening on %s:%d" % server.server_address[:2], flush=True)
    server.serve_forever()


def say(line):
    if isinstance(line, dict):
        line = json.dumps(line, separators=(",", ":")).encode() + b"\n"
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


# Ends when stdin does: that is when the client's connection is gone.
def follow(store, _):
    store.sign_of_life()
    told = (store.finished(), store.shutdown())
    say({"kind": "hello", "protocol": PROTOCOL, "finished": told[0], "shutdown": told[1]})
    position, rest = 0, b""
    ended = False
    while True:
        try:
            with open(store.events, "rb") as file:
                file.seek(position)
                new = file.read()
        except FileNotFoundError:
            new = b""
        position += len(new)
        *lines, rest = (rest + new).split(b"\n")
        for line in lines:
            if parse(line) is not None:
                say(line + b"\n")
        state = (store.finished(), store.shutdown())
        if state != told:
            told = state
            say({"kind": "state", "finished": told[0], "shutdown": told[1]})
        if ended:
            return
        if select.select([0], [], [], 0.2)[0]:
            heard = os.read(0, 65536)
            ended = heard == b""
            if b"\n" in heard:
                store.sign_of_life()


def finish(store, options):
    for name in ("finished", "ready"):
        store.write(os.path.join(store.state, name), "")
    status(store, options)


def shutdown(store, options):
    store.write(store.over, "its client wants it so")
    status(store, options)


def extend(store, options):
    if Lifetime and not store.shutdown():
        Lifetime(store).extend(**vars(options))
    status(store, options)


def status(store, _):
    nodes = {}
    for event in store.read_events():
        if not is_event(event):
            continue
        node = nodes.setdefault(event["node"], {"phase": None, "state": None, "trouble": None, "notice": None, "hostKey": None})
        node.update({key: event.get(key) for key in ("address", "role")})
        if event["kind"] == "phase":
            node.update({key: event.get(key) for key in ("phase", "state")})
        if event["kind"] in ("trouble", "notice"):
            node[event["kind"]] = event.get("reason")
        if event["kind"] == "hostkey":
            node["hostKey"] = event.get("detail")
    lifetime = Lifetime and Lifetime(store).answer()
    say({"kind": "status", "protocol": PROTOCOL, **store.answer(), "lifetime": lifetime, "nodes": nodes})


def main():
    *given, command = sys.argv[1:]
    options = types.SimpleNamespace(root="/", by=0)
    for name, value in zip(given[::2], given[1::2]):
        setattr(options, name[2:], value)
    commands = {f.__name__: f for f in (serve, follow, finish, shutdown, extend, status)}
    os.umask(0o077)
    try:
        commands[command](Store(options.root), options)
    except (BrokenPipeError, KeyboardInterrupt):
        # The client that listened is gone; Python must not complain of that once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


if __name__ == "__main__":
    main()
