# How a file that only the master has gets to any number of workers in the same time: each worker that takes it passes it on to two
# others while it comes. docs/beacon.md has the protocol. Python 3.9, standard library only.
#
#   share.py take MASTER PORT ADDRESS NAME PART    on a worker: the file to stdout, which goes to PART, from where it is passed on
#   share.py serve ADDRESS PORT                    on a worker, started by `take`: ends itself, and what it has, when nobody asks any more
#
# On the master the beacon reads it in, and answers by `get` who takes it from whom. It is not in the user data, which has a limit: the
# client brings it to the master, workers get it from there, and know it by its sum.
import hashlib
import hmac
import http.client
import http.server
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

ROOT = os.environ.get("FLINTROCK_ROOT", "/")
SECRET = os.path.join(ROOT, "usr/local/lib/flintrock/secret")
LOG = os.path.join(ROOT, "var/log/flintrock/node.log")
# What is passed on: each file, and beside it how long it will be.
FOLDER = os.path.join(ROOT, "var/lib/flintrock/share")
NAME = r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}"
# How many take it from the same node.
WIDTH = 2
# How long others are sent to a node after it has asked, and how long it serves when nobody comes, in seconds.
SENT_TO, KEPT = 540, 600
# How slow the master may be, in bytes a second over so many seconds, and another worker: it has a quicker one above it.
MASTERS_PACE, PACE = (10_000, 60), 100_000
# How long a worker that gets nothing waits before it goes elsewhere, in seconds: longer below, so that of those above each other only
# the one goes that is next to the trouble.
PATIENCE, MORE_BELOW = 8, 4


def signature(first, path, nonce, body=b""):
    with open(SECRET, "rb") as file:
        secret = file.read().strip()
    text = ("%s %s\n%s\n" % (first, path, nonce)).encode() + body
    return "sha256=" + hmac.new(secret, text, hashlib.sha256).hexdigest()


# --- On the master ---------------------------------------------------------------------------------------------------------------


# Who takes a file from whom.
class Tree:
    def __init__(self, path):
        self.lock = threading.Lock()
        # Places that are free, the highest first: until when, whose, how far below the master.
        self.free = []
        self.asked = {}
        size = os.path.getsize(path)
        # Few enough for a short answer, and short enough that nobody waits long for the first one.
        piece = max(1 << 16, -(-size // 256))
        sums = []
        with open(path, "rb") as file:
            for part in iter(lambda: file.read(piece), b""):
                sums.append(piece_sum(part))
        self.about = "%d %d %s" % (size, piece, ",".join(sums))

    # Where an asker takes it from, and how far below the master that is. One that comes again has had trouble: the master itself is
    # right for it, as those that it passes the file on to must not become its source.
    def place(self, asker, bad, master):
        with self.lock:
            now = time.monotonic()
            self.free = [place for place in self.free if place[0] > now and place[1] not in bad]
            if bad or self.asked.get(asker, 0) > now:
                return master, 0
            self.free = self.free or [(now + SENT_TO, master, 0)] * WIDTH
            _, source, depth = self.free.pop(0)
            self.asked[asker] = now + SENT_TO
            self.free += [(now + SENT_TO, asker, depth + 1)] * WIDTH
            return source, depth


def piece_sum(part):
    return hashlib.sha256(part).hexdigest()[:32]


trees = {}
planting = threading.Lock()


# Answers a request to the beacon that has been admitted.
def get(request):
    if request.path == "/v1/share":
        with open(__file__, "rb") as file:
            return request.reply(200, file.read())
    match = re.fullmatch(r"/v1/sources/(%s)(?:\?([0-9.,]{1,4000}))?" % NAME, request.path)
    store = request.server.store
    path = match and os.path.join(store.files, match[1])
    whole = match and store.read(path + ".sha512")
    if not whole:
        return request.refuse(404, "no such path")
    with planting:
        tree = trees.get(path)
        if tree is None or tree.whole != whole:
            tree = trees[path] = Tree(path)
            tree.whole = whole
    bad = set((match[2] or "").split(","))
    source, depth = tree.place(request.client_address[0], bad - {""}, request.server.server_address[0])
    request.reply(200, ("%s %d %s\n" % (source, PATIENCE + MORE_BELOW * depth, tree.about)).encode())


# --- On a worker -----------------------------------------------------------------------------------------------------------------


class Trouble(Exception):
    pass


def log(text):
    now = time.time()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    print(text, file=sys.stderr, flush=True)
    try:
        with open(LOG, "a") as file:
            file.write("%s.%03dZ %s\n" % (stamp, now % 1 * 1000, text))
    except OSError:
        pass


class Taker:
    def __init__(self, master, port, address, name):
        self.master, self.port, self.address, self.name = master, int(port), address, name
        self.offset = 0
        self.bad = []

    def ask(self, host, path, headers, limit):
        nonce = os.urandom(16).hex()
        # It is known by its address, and a machine may have several.
        peer = http.client.HTTPConnection(host, self.port, timeout=5, source_address=(self.address, 0))
        peer.connect()
        peer.sock.settimeout(limit)
        headers = {**headers, "X-Flintrock-Nonce": nonce, "X-Flintrock-Signature": signature("GET", path, nonce)}
        peer.request("GET", path, headers=headers)
        return nonce, peer.getresponse()

    # Where to take it from now, how patiently, and its pieces.
    def source(self):
        path = "/v1/sources/" + self.name + ("?" + ",".join(self.bad) if self.bad else "")
        # The master may just be finding out its pieces.
        nonce, answer = self.ask(self.master, path, {}, 60)
        body = answer.read(1 << 20)
        theirs = answer.headers.get("X-Flintrock-Signature", "")
        if answer.status == 404:
            sys.exit("the master does not tell who has it")
        if answer.status != 200 or not hmac.compare_digest(signature(answer.status, path, nonce, body), theirs):
            raise Trouble("HTTP %d" % answer.status)
        source, patience, size, piece, sums = body.decode().split(" ")
        return source, int(patience), int(size), int(piece), sums.strip().split(",")

    # Takes from one source what is missing.
    def take(self, source, patience, size, piece, sums, out):
        pace, window = MASTERS_PACE if source == self.master else (PACE, patience)
        headers = {"Range": "bytes=%d-" % self.offset} if self.offset else {}
        _, answer = self.ask(source, "/v1/files/" + self.name, headers, window)
        if answer.status != (206 if self.offset else 200):
            raise Trouble("it answered HTTP %d" % answer.status)
        began, got = time.monotonic(), 0
        while self.offset < size:
            want = min(piece, size - self.offset)
            part = bytearray()
            while len(part) < want:
                data = answer.read1(min(1 << 18, want - len(part)))
                if not data:
                    raise Trouble("it closed the connection after %d of %d bytes" % (self.offset + len(part), size))
                part += data
                got += len(data)
                now = time.monotonic()
                if now - began > window:
                    if got < pace * window:
                        raise Trouble("it sent %d bytes in %d s" % (got, now - began))
                    began, got = now, 0
            if piece_sum(part) != sums[self.offset // piece]:
                raise Trouble("it sent other bytes than the master has (at %d of %d)" % (self.offset, size))
            out.write(part)
            out.flush()
            self.offset += want

    # Begins to serve, before anybody is sent here: returns whether it does.
    def serve(self):
        try:
            os.makedirs(FOLDER, mode=0o700, exist_ok=True)
            program = os.path.join(FOLDER, "share.py")
            put(program, lambda draft: shutil.copyfile(__file__, draft))
            # Not by the unit that builds the node, which ends before. It may be there already.
            unit = ["--quiet", "--collect", "--no-block", "--unit=flintrock-share", "-pDefaultDependencies=no"]
            command = [sys.executable, program, "serve", self.address, str(self.port)]
            quiet = subprocess.DEVNULL
            subprocess.call(["systemd-run", *unit, *command], stdin=quiet, stdout=quiet, stderr=quiet)
        except OSError as error:
            log("warning: nothing can be passed on to other workers: %s" % error)
            return False
        for _ in range(100):
            try:
                socket.create_connection((self.address, self.port), 1).close()
                return True
            except OSError:
                time.sleep(0.1)
        log("warning: nothing can be passed on to other workers: flintrock-share.service did not start")
        return False

    # Passes on what comes into `part` from now on.
    def pass_on(self, part, size):
        ours = os.path.join(FOLDER, self.name)
        open(part, "ab").close()
        put(ours + ".size", lambda draft: write(draft, b"%d" % size))
        put(ours, lambda draft: os.link(part, draft))

    def run(self, part, out):
        served, failures, trouble = False, 0, None
        if not self.serve():
            # Nobody is sent here.
            self.bad.append(self.address)
        while failures < 5:
            source, before = self.master, self.offset
            try:
                source, *about = self.source()
                if not served:
                    served = True
                    try:
                        self.pass_on(part, about[1])
                    except OSError as error:
                        log("%s is not passed on to other workers: %s" % (self.name, error))
                log("taking %s from %s" % (self.name, source))
                return self.take(source, *about, out)
            except BrokenPipeError:
                trouble = "what is made of it failed"
                break
            except (Trouble, OSError, ValueError, http.client.HTTPException) as error:
                trouble = "%s from %s: %s" % (self.name, source, error or type(error).__name__)
            if source == self.master:
                # As long as it gets on, it goes on.
                failures = 1 if self.offset > before else failures + 1
                log("warning: %s; trying again" % trouble)
                time.sleep(failures / 2)
            else:
                log("warning: %s; taking the rest from the master" % trouble)
                self.bad.append(source)
        # Nothing more comes into it.
        for path in (self.name, self.name + ".size"):
            if os.path.exists(os.path.join(FOLDER, path)):
                os.remove(os.path.join(FOLDER, path))
        sys.exit(trouble)


# A file that is there at once or not at all.
def put(path, make):
    draft = "%s.%d" % (path, os.getpid())
    make(draft)
    os.replace(draft, path)


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


class Passer(http.server.BaseHTTPRequestHandler):
    server_version = "flintrock-share"
    sys_version = ""
    timeout = 60

    def log_message(self, *_):
        pass

    def do_GET(self):
        nonce = self.headers.get("X-Flintrock-Nonce", "")
        theirs = self.headers.get("X-Flintrock-Signature", "").encode("utf-8", "replace")
        if not re.fullmatch("[0-9a-f]{16,64}", nonce) or not hmac.compare_digest(signature("GET", self.path, nonce).encode(), theirs):
            return self.send_error(403)
        match = re.fullmatch("/v1/files/(%s)" % NAME, self.path)
        asked = re.fullmatch(r"bytes=(\d{1,15})-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        path = match and os.path.join(FOLDER, match[1])
        # Who was sent here may be quicker than the master's answer to this node.
        for _ in range(100 if match else 0):
            if os.path.exists(path):
                break
            time.sleep(0.05)
        try:
            file = open(path, "rb")
            with open(path + ".size") as text:
                size = int(text.read())
        except (OSError, TypeError, ValueError):
            return self.send_error(404)
        with file:
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(max(0, size - start)))
            if asked:
                self.send_header("Content-Range", "bytes %d-%d/%d" % (start, size - 1, size))
            self.end_headers()
            self.wfile.flush()
            self.send(file, start, size)

    # Sends what is there, then what comes. It ends when nothing comes any more.
    def send(self, file, start, size):
        still = 0
        while start < size and still < KEPT:
            there = os.fstat(file.fileno())
            if there.st_size > start:
                start += self.connection.sendfile(file, start, there.st_size - start)
                still = 0
            elif there.st_nlink == 0:
                return
            else:
                time.sleep(0.05)
                still += 0.05


class Server(http.server.ThreadingHTTPServer):
    # Who is being served is served to the end.
    daemon_threads = False
    request_queue_size = 1024
    timeout = KEPT
    idle = False

    def handle_timeout(self):
        self.idle = True

    def handle_error(self, *_):
        pass


def serve(address, port):
    server = Server((address, int(port)), Passer)
    while not server.idle:
        server.handle_request()
    shutil.rmtree(FOLDER, ignore_errors=True)


def take(master, port, address, name, part):
    Taker(master, port, address, name).run(part, sys.stdout.buffer)


if __name__ == "__main__":
    os.umask(0o077)
    {"take": take, "serve": serve}[sys.argv[1]](*sys.argv[2:])
