# What bash can't do by itself: one request after the other for agent.sh and bootstrap.sh, without a process for each. A line of stdin
# is one: host, port, method, path, body and more headers, with the unit separator between. For each a
# line goes to stdout: the status, then the body, on one line. 000: no answer; it was cut short; or, where the path is the beacon's, it
# was not signed by it (docs/beacon.md). The method SIGN only gives the headers of such a request.
#
# HTTP is done by hand: to load Python's own client costs more than all the requests of a node.
import hashlib
import hmac
import os
import re
import socket
import sys

with open(os.path.dirname(os.path.abspath(__file__)) + "/secret", "rb") as file:
    secret = file.read().strip()


def sign(first, path, nonce, body):
    text = b"%s %s\n%s\n" % (first, path, nonce) + body
    return b"sha256=" + hmac.new(secret, text, hashlib.sha256).hexdigest().encode()


def answer(host, port, method, path, body, *more):
    nonce = os.urandom(16).hex().encode()
    ours = path.startswith(b"/v1/")
    if ours:
        signature = sign(b"GET" if method == b"SIGN" else method, path, nonce, body)
        more = b"X-Flintrock-Nonce: " + nonce, b"X-Flintrock-Signature: " + signature
    if method == b"SIGN":
        return b"200 " + b"\t".join(more)
    lines = b"%s %s HTTP/1.1" % (method, path), b"Host: " + host, b"Connection: close", b"Content-Length: %d" % len(body)
    with socket.create_connection((host, int(port)), 3) as peer:
        # As long as EC2's metadata may take.
        peer.settimeout(10)
        peer.sendall(b"\r\n".join((*lines, *more, b"", body)))
        head, _, body = peer.makefile("rb").read(1 << 20).partition(b"\r\n\r\n")
    status = head.split()[1]
    if ours and not hmac.compare_digest(sign(status, path, nonce, body), re.search(rb"(?i)-signature: (\S+)", head)[1]):
        return b"000"
    return status + b" " + b" ".join(body.split(b"\n"))


for line in sys.stdin.buffer:
    try:
        said = answer(*line.rstrip(b"\n").split(b"\x1f"))
    except Exception:
        said = b"000"
    sys.stdout.buffer.write(said + b"\n")
    sys.stdout.buffer.flush()
