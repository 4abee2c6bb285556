"""What stands before Moto: logs every API call, delays it, lets it fail as a test asks, and does what Moto doesn't do as EC2 does."""

import base64
import contextlib
import io
import json
import re
import socket
import threading
import time
import urllib.parse
from xml.sax.saxutils import escape

import firewall
import instances
import ledger
import pricing
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES
from settings import lock, values

USER_DATA_LIMIT = 16384
_JSON = "application/x-amz-json-1.1"

# ClientToken -> (parameters, answer), guarded by a lock of its own per token.
_tokens = {}
_token_locks = {}


def reset():
    with lock:
        _tokens.clear()
        _token_locks.clear()


class Call:
    """One API call, of either of the two protocols: a form (EC2, STS, IAM) or JSON with a target header (SSM, Pricing)."""

    def __init__(self, environ, body):
        self.environ, self.body = environ, body
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        scope = authorization.split("Credential=")[-1].split(",")[0].split("/")
        self.region = scope[2] if len(scope) > 4 else None
        target = environ.get("HTTP_X_AMZ_TARGET")
        self.json = target is not None
        if target:
            self.service, self.action = scope[3] if len(scope) > 4 else target.split(".")[0], target.split(".")[-1]
            self.params = json.loads(body or b"{}")
        else:
            form = dict(urllib.parse.parse_qsl(body.decode("utf8", "replace"), keep_blank_values=True))
            self.service = scope[3] if len(scope) > 4 else "?"
            self.action = form.pop("Action", environ.get("PATH_INFO", ""))
            form.pop("Version", None)
            self.params = form

    def error(self, code, message, status):
        if self.json:
            return Reply(status, json.dumps({"__type": code, "message": message}).encode(), _JSON)
        inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        if self.service == "ec2":
            text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>lab</RequestID></Response>"
        else:
            text = f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error><RequestId>lab</RequestId></ErrorResponse>"
        return Reply(status, f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode(), "text/xml")


class Reply:
    def __init__(self, status, body, kind="text/xml", headers=None):
        self.status, self.body = status, body
        self.headers = headers or [("Content-Type", kind), ("Content-Length", str(len(body)))]

    def code(self):
        """The error's code, or None."""
        if self.status < 400:
            return None
        found = re.search(rb'<Code>([^<]+)</Code>|"__type": ?"([^"]+)"', self.body)
        return (found[1] or found[2]).decode() if found else None


def _problem_of_type(call):
    """EC2 looks whether the type's processor can run the image; Moto doesn't."""
    backend = ec2_backends[DEFAULT_ACCOUNT_ID][call.region or "us-east-1"]
    image = backend.amis.get(call.params.get("ImageId"))
    kind = INSTANCE_TYPES.get(call.params.get("InstanceType"))
    if kind is None:
        return f"Invalid value '{call.params.get('InstanceType')}' for InstanceType."
    if image is None:
        return None
    known = kind["ProcessorInfo"]["SupportedArchitectures"]
    if image.architecture in known:
        return None
    return (
        f"The architecture '{','.join(known)}' of the specified instance type does not match the architecture "
        f"'{image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures."
    )


def _wait_until_closed(connection):
    """Until a client has had enough of waiting, or two minutes."""
    connection.settimeout(120)
    with contextlib.suppress(OSError):
        connection.recv(1)


def _tags_of_named(call):
    """The tags that the resources which a call changes have before it: what a policy's conditions look at."""
    if call.json or call.action.startswith("Describe"):
        return {}
    known = ec2_backends[DEFAULT_ACCOUNT_ID][call.region or "us-east-1"].tags
    named = [value for key, value in call.params.items() if re.fullmatch(r"(InstanceId|ResourceId|GroupId)(\.\d+)?", key)]
    return {each: dict(known.get(each, {})) for each in named}


class Gateway:
    def __init__(self, moto, control):
        self.moto, self.control = moto, control

    def __call__(self, environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        path = environ.get("PATH_INFO", "")
        if path.startswith("/lab/"):
            status, answer = self.control(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), body)
            reply = Reply(status, json.dumps(answer).encode(), "application/json")
        else:
            reply = self._answer(Call(environ, body))
            if reply is None:
                with contextlib.suppress(OSError):
                    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                raise ConnectionResetError
        start_response(f"{reply.status} X", reply.headers)
        return [reply.body]

    def _answer(self, call):
        began = time.time()
        entry = {
            "time": round(began, 3), "service": call.service, "action": call.action, "status": 0, "error": None, "ms": 0,
            "region": call.region, "agent": call.environ.get("HTTP_USER_AGENT", ""), "params": call.params,
            "resourceTags": _tags_of_named(call),
        }
        ledger.record(entry)
        ledger.current.action, ledger.current.agent = call.action, entry["agent"]
        fault = ledger.take_fault(call.action, call.region) or {}
        time.sleep(values["apiLatencySeconds"] + fault.get("delaySeconds", 0))
        lag = 0 if ledger.OWNER_AGENT in entry["agent"] else values["lagSeconds"]
        if lag and call.action == "CreateTags":
            # Those of resources that are new come with them.
            keys = [value for key, value in call.params.items() if re.fullmatch(r"Tag\.\d+\.Key", key)]
            for each, before in entry["resourceTags"].items():
                ledger.keep_old_tags(each, before, keys, lag)
        if "code" in fault:
            reply = call.error(fault["code"], fault.get("message", "This was asked for by a test."), fault.get("status", 400))
        else:
            reply = self._carry_out(call)
        if "hideForSeconds" in fault and call.action == "RunInstances":
            made = re.findall(rb"<instanceId>([^<]+)</instanceId>", reply.body)
            hidden_from = fault.get("hideFrom", ["DescribeInstances", "DescribeInstanceStatus"])
            ledger.hide([each.decode() for each in made], fault["hideForSeconds"], hidden_from)
        if lag and call.action in ("RunInstances", "CreateSecurityGroup"):
            made = re.findall(b"<%s>([^<]+)</" % (b"instanceId" if call.action == "RunInstances" else b"groupId"), reply.body)
            ledger.show_late([each.decode() for each in made], lag)
        if call.action.startswith(firewall.CHANGING_ACTIONS):
            firewall.changed()
        entry.update(status=reply.status, error=reply.code(), ms=round((time.time() - began) * 1000))
        if fault.get("spoilReply"):
            reply = call.error("InternalError", "An internal error has occurred", 500)
            entry.update(status=reply.status, error=reply.code())
        if fault.get("hangReply"):
            entry.update(status=None, error="unanswered")
            _wait_until_closed(call.environ["werkzeug.socket"])
            return None
        if fault.get("dropReply"):
            entry.update(status=None, error="dropped")
            return None
        return reply

    def _carry_out(self, call):
        if call.action == "GetProducts" and call.json:
            status, answer = pricing.get_products(call.params)
            return Reply(status, json.dumps(answer).encode(), _JSON)
        if call.action == "RunInstances":
            return self._run_instances(call)
        # Moto looks for a name and takes it in two steps, between which another thread may do the same; EC2 doesn't.
        with lock if call.action.endswith("SecurityGroup") else contextlib.nullcontext():
            return self._ask_moto(call, call.body)

    def _ask_moto(self, call, body):
        environ = dict(call.environ)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        seen = []

        def start_response(status, headers, _error=None):
            seen.append((int(status.split()[0]), headers))

        try:
            content = b"".join(self.moto(environ, start_response))
        except ServiceException as error:
            return call.error(error.code, error.message, 400)
        return Reply(seen[0][0], content, headers=seen[0][1])

    def _run_instances(self, call):
        token = call.params.get("ClientToken")
        if not token:
            return self._run_new_instances(call)
        with lock:
            guard = _token_locks.setdefault((call.region, token), threading.Lock())
        # The same request sent twice at the same time makes one set of instances too.
        with guard:
            if (call.region, token) in _tokens:
                params, reply = _tokens[call.region, token]
                if params == call.params:
                    return reply
                return call.error(
                    "IdempotentParameterMismatch",
                    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).", 400,
                )
            reply = self._run_new_instances(call)
            if reply.status == 200:
                _tokens[call.region, token] = (call.params, reply)
            return reply

    def _run_new_instances(self, call):
        params = call.params
        try:
            user_data = base64.b64decode(params.get("UserData", ""), validate=True)
        except ValueError:
            return call.error("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.", 400)
        if len(user_data) > USER_DATA_LIMIT:
            return call.error("InvalidParameterValue", f"User data is limited to {USER_DATA_LIMIT} bytes", 400)
        problem = _problem_of_type(call)
        if problem:
            return call.error("InvalidParameterValue", problem, 400)
        least, most = int(params.get("MinCount", 1)), int(params.get("MaxCount", 1))
        with lock:
            # As EC2: as many as there is room for, at least MinCount. Moto makes MinCount.
            room = most if values["capacity"] is None else values["capacity"] - len(instances.by_place)
            count = min(most, room)
            if count < least:
                return call.error(
                    "InsufficientInstanceCapacity",
                    "We currently do not have sufficient capacity in the Availability Zone you requested.", 500,
                )
            body = urllib.parse.urlencode({
                "Action": "RunInstances", "Version": "2016-11-15", **params, "MinCount": count, "MaxCount": count,
            }).encode()
            return self._ask_moto(call, body)
