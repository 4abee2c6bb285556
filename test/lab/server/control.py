"""The lab's own routes, /lab/…: what a test sets and reads."""

import json
import os
import subprocess
import urllib.parse

import downloads
import firewall
import gateway
import instances
import ledger
import metadata
import places
import pricing
import s3
import settings
from moto.moto_api._internal.models import moto_api_backend


def _hosts():
    with settings.lock:
        return {
            instance.id: {
                "index": place,
                "privateAddress": places.private_address(place),
                "publicAddress": instance.lab_public,
                "state": instance._state.name,
                "running": os.path.exists(os.path.join(places.host_folder(instance.id), "pid")),
            }
            for place, instance in instances.by_place.items()
        }


def _exec(wanted):
    try:
        done = subprocess.run(
            [places.HOSTS_PROGRAM, "exec", wanted["id"], "bash", "-c", wanted["command"]],
            input=wanted.get("input", ""), capture_output=True, text=True, errors="replace", check=False,
            timeout=wanted.get("seconds", 60),
        )
    except subprocess.TimeoutExpired as error:
        return {"status": 124, "stdout": (error.stdout or b"").decode(errors="replace"), "stderr": "timed out"}
    return {"status": done.returncode, "stdout": done.stdout, "stderr": done.stderr}


def _console(instance_id):
    try:
        with open(os.path.join(places.host_folder(instance_id), "console.log"), encoding="utf8", errors="replace") as file:
            return {"text": file.read()}
    except OSError:
        return {"text": ""}


def _reset():
    settings.reset()
    ledger.reset()
    instances.reset()
    # All of Moto: groups, keys, volumes, parameters. The lab's images and key come back with a new backend.
    moto_api_backend.reset()
    gateway.reset()
    metadata.reset()
    downloads.reset()
    pricing.reset()
    s3.reset()
    firewall.changed()
    return {}


def _reset_calls():
    with settings.lock:
        ledger.calls.clear()
        metadata.reset_counts()
    return {}


_GET = {
    "/lab/settings": lambda _: settings.values,
    "/lab/faults": lambda _: ledger.faults,
    "/lab/calls": lambda _: ledger.calls,
    "/lab/hosts": lambda _: _hosts(),
    "/lab/imds": lambda _: {"counts": metadata.counts, "requests": metadata.requests},
    "/lab/downloads": lambda _: downloads.requests,
    "/lab/s3": lambda _: s3.requests,
    "/lab/prices": lambda _: pricing.prices,
    "/lab/console": lambda query: _console(query["id"]),
}
_POST = {
    "/lab/settings": settings.change,
    "/lab/faults": ledger.set_faults,
    "/lab/faults/add": ledger.add_faults,
    "/lab/faults/clear": lambda wanted: ledger.clear_faults(wanted["region"]),
    "/lab/calls/reset": lambda _: _reset_calls(),
    "/lab/interrupt": lambda wanted: {"at": instances.interrupt(wanted["id"], float(wanted.get("seconds", 120)))},
    "/lab/downloads/faults": downloads.faults.set,
    "/lab/imds/faults": metadata.faults.set,
    "/lab/downloads/reset": lambda _: downloads.reset() or {},
    "/lab/prices": pricing.change,
    "/lab/exec": _exec,
    "/lab/reset": lambda _: _reset(),
}


def answer(method, path, query, body):
    """(status, what is answered as JSON)."""
    route = (_GET if method == "GET" else _POST).get(path)
    if route is None:
        return 404, {"error": f"There is no {method} {path}.", "get": sorted(_GET), "post": sorted(_POST)}
    try:
        if method == "GET":
            # A copy: others go on writing to the lists.
            with settings.lock:
                return 200, json.loads(json.dumps(route(dict(urllib.parse.parse_qsl(query)))))
        return 200, route(json.loads(body or b"{}"))
    except (ValueError, KeyError, TypeError) as error:
        return 400, {"error": str(error)}
