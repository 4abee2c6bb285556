"""S3 at an address that hosts reach: Moto's, for the credentials that instances get from their metadata, and for a test's own."""

import re
import threading
import time

import places
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from settings import lock
from werkzeug.serving import make_server

# What a test itself signs with; instances have keys that begin with INSTANCE_KEY.
_TEST_KEY = "lab"
INSTANCE_KEY = "ASIALAB"
INSTANCE_SECRET = "lab-instance-secret"
# Buckets that instances have no permission for begin with this.
_DENIED = "denied-"

requests = []


def reset():
    with lock:
        requests.clear()


def _is_signed(environ):
    """Moto takes any signature. One of a plain request, whose body isn't signed, has to be right."""
    given = environ.get("HTTP_AUTHORIZATION", "")
    if environ.get("HTTP_X_AMZ_CONTENT_SHA256") != "UNSIGNED-PAYLOAD" or INSTANCE_KEY not in given:
        return True
    names = re.search(r"SignedHeaders=([^,]+)", given)[1].split(";")
    headers = {name: environ["HTTP_" + name.upper().replace("-", "_")] for name in names}
    request = AWSRequest(environ["REQUEST_METHOD"], f"http://{headers['host']}{environ['RAW_URI']}", headers)
    request.context["timestamp"] = headers["x-amz-date"]
    key = re.search(r"Credential=([^/]+)/", given)[1]
    auth = S3SigV4Auth(Credentials(key, INSTANCE_SECRET), "s3", re.search(r"/([\w-]+)/s3/aws4_request", given)[1])
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return given.endswith("Signature=" + auth.signature(text, request))


class _Door:
    def __init__(self, moto):
        self.moto = moto

    def __call__(self, environ, start_response):
        path, method, client = environ["PATH_INFO"], environ["REQUEST_METHOD"], environ["REMOTE_ADDR"]
        found = re.search(r"Credential=([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
        key = found[1] if found else ""
        with lock:
            requests.append({
                "time": round(time.time(), 3), "method": method, "path": path, "query": environ.get("QUERY_STRING", ""),
                "client": client, "key": key,
            })
        if not _is_signed(environ):
            start_response("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", "0")])
            return [b""]
        mine = key == _TEST_KEY or (key == f"{INSTANCE_KEY}{client.replace('.', 'X')}" and environ.get("HTTP_X_AMZ_SECURITY_TOKEN"))
        if not mine or (key != _TEST_KEY and path.startswith(f"/{_DENIED}")):
            body = b"" if method == "HEAD" else b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
            start_response("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
            return [body]
        return self.moto(environ, start_response)


def run(moto):
    server = make_server(places.CLIENT_PRIVATE, places.S3_PORT, _Door(moto), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
