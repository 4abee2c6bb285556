"""The download server: Apache's layout below /full (real Spark) and /light (stand-ins), a package index for pip below /simple, and
whatever a test puts beside them.
It can be slow, fail, break off, lie or hang."""

import hashlib
import http.server
import os
import re
import socketserver
import threading
import time
import urllib.parse

import places
from path_faults import PathFaults
from settings import lock, values

requests = []
# `status`, `truncateAt` (bytes), `corrupt` (one byte is wrong), `hangAt` (bytes; then silence), `loop` (it redirects to itself).
faults = PathFaults("status", "truncateAt", "corrupt", "hangAt", "loop")
_sums = {}
_CHUNK = 1 << 22


def reset():
    with lock:
        requests.clear()
        faults.set([])


def _find(path):
    relative = os.path.normpath(urllib.parse.unquote(path)).lstrip("/")
    for root in (os.path.join(places.RUN, "files"), places.DOWNLOADS):
        file = os.path.join(root, relative)
        if os.path.realpath(file).startswith(os.path.realpath(root) + os.sep) and os.path.isfile(file):
            return file
    return None


def _sum_of(file):
    key = (file, os.stat(file).st_mtime_ns, os.stat(file).st_size)
    if key not in _sums:
        with open(file, "rb") as content:
            _sums[key] = hashlib.file_digest(content, "sha512").hexdigest()
    return _sums[key]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Apache"
    sys_version = ""
    timeout = 120

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = self.path.split("?")[0]
        client = self.client_address[0]
        if path == "/lab/package-seconds":
            # Asked by the images' package managers.
            return self._text(200, f"{values['packageSeconds']}\n")
        fault = faults.take(path, client)
        entry = {"time": round(time.time(), 3), "path": path, "client": client, "method": self.command, "status": 0, "bytes": 0}
        with lock:
            requests.append(entry)
        try:
            self._serve(path, fault, entry)
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        return None

    def _serve(self, path, fault, entry):
        if "loop" in fault:
            entry["status"] = 302
            return self._text(302, "Elsewhere.\n", {"Location": path})
        if "status" in fault:
            entry["status"] = fault["status"]
            return self._text(fault["status"], "This was asked for by a test.\n")
        index = re.fullmatch(r"/simple/([a-z0-9-]+)/", path)
        if index:
            return self._index(index[1], entry)
        file = _find(path)
        if file is None and path.endswith(".sha512") and _find(path[:-7]):
            target = _find(path[:-7])
            entry["status"] = 200
            digest = _sum_of(target)
            if fault.get("corrupt"):
                digest = digest[::-1]
            return self._text(200, f"{digest}  {os.path.basename(target)}\n")
        if file is None:
            entry["status"] = 404
            return self._text(404, "Not Found\n")
        return self._send(file, fault, entry)

    def _index(self, package, entry):
        """A page of a package index (PEP 503), of the wheels that there are."""
        wheels = [name for name in os.listdir(places.WHEELS) if name.split("-")[0].lower().replace("_", "-") == package]
        if not wheels:
            entry["status"] = 404
            return self._text(404, "Not Found\n")
        entry["status"] = 200
        links = "".join(f'<a href="/{os.path.basename(places.WHEELS)}/{name}">{name}</a>\n' for name in sorted(wheels))
        return self._text(200, f"<!DOCTYPE html>\n{links}", {"Content-Type": "text/html"})

    def _text(self, status, text, headers=None):
        self.send_response(status)
        for name, value in {"Content-Type": "text/plain", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())

    def _send(self, file, fault, entry):
        size = os.path.getsize(file)
        start = 0
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted and int(wanted[1]) < size:
            start = int(wanted[1])
        entry["status"] = 206 if start else 200
        self.send_response(entry["status"])
        self.send_header("Content-Type", "application/x-gzip")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(size - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.flush()
        stop = min(size, fault.get("truncateAt", size), fault.get("hangAt", size))
        with open(file, "rb") as content:
            self._copy(content, start, stop, fault.get("corrupt", False), entry)
        if "hangAt" in fault:
            self._hang()
        if stop < size:
            self.close_connection = True

    def _copy(self, content, position, stop, corrupt, entry):
        began, first = time.time(), position
        while position < stop:
            rate = values["downloadBytesPerSecond"]
            length = min(stop - position, max(1, int(rate / 20)) if rate else stop - position)
            if corrupt:
                wrong = bytes([os.pread(content.fileno(), 1, position)[0] ^ 0xFF])
                self.connection.sendall(wrong)
                sent, corrupt = 1, False
            else:
                sent = self.connection.sendfile(content, position, min(length, _CHUNK))
            if sent == 0:
                break
            position += sent
            entry["bytes"] += sent
            if rate:
                time.sleep(max(0, began + (position - first) / rate - time.time()))

    def _hang(self):
        # Until the client goes away, or the fault is taken back.
        for _ in range(6000):
            if not faults.faults:
                break
            time.sleep(0.1)
            self.connection.settimeout(0.01)
            try:
                if self.connection.recv(1) == b"":
                    break
            except TimeoutError:
                pass
        self.close_connection = True


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256


def run():
    server = _Server((places.CLIENT_PRIVATE, places.DOWNLOAD_PORT), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
