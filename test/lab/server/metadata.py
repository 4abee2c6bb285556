"""The instance metadata service (169.254.169.254): IMDSv2, with tags as Moto has them at the moment of the question."""

import collections
import http.server
import json
import secrets
import socket
import socketserver
import time
import urllib.parse

import firewall
import images
import instances
import places
import s3
from path_faults import PathFaults
from settings import lock

# (method and status) -> how often; what each instance asked is in `requests`.
counts = collections.Counter()
requests = []
# `status`, `delaySeconds`. What the nodes of a cluster ask begins with /latest/, what cloud-init asks with a date.
faults = PathFaults("status", "delaySeconds")
_tokens = {}


def reset_counts():
    with lock:
        counts.clear()
        requests.clear()


def reset():
    reset_counts()
    faults.set([])
    _tokens.clear()


def _zone(instance):
    return instance.placement.zone or f"{instance.region_name}a"


def _tree(instance):
    """All that an instance can ask below meta-data/; a dictionary is a folder."""
    place = instances.places_taken[instance.id]
    interface = instance.nics[0]
    private, mac, zone = places.private_address(place), places.mac_address(place), _zone(instance)
    region = zone[:-1]
    name = instance.private_dns_name
    groups = firewall.groups_of(instance)
    spot = instance.lifecycle == "spot"
    tree = {
        "ami-id": instance.image_id,
        "ami-launch-index": str(instance.ami_launch_index),
        "block-device-mapping": {"ami": instance.root_device_name, "root": instance.root_device_name},
        "hostname": name,
        "instance-action": "none",
        "instance-id": instance.id,
        "instance-life-cycle": "spot" if spot else "on-demand",
        "instance-type": instance.instance_type,
        "local-hostname": name,
        "local-ipv4": private,
        "mac": mac,
        "network": {"interfaces": {"macs": {mac: {
            "device-number": "0",
            "interface-id": interface.id,
            "local-ipv4s": private,
            "mac": mac,
            "owner-id": instance.owner_id,
            "security-group-ids": "\n".join(group.id for group in groups),
            "subnet-id": instance.subnet_id or "",
            "vpc-id": instance.vpc_id or "",
        }}}},
        "placement": {"availability-zone": zone, "availability-zone-id": "use1-az1", "region": region},
        "profile": "default-hvm",
        "security-groups": "\n".join(group.name for group in groups),
        "services": {"domain": "amazonaws.com", "partition": "aws"},
    }
    for reservation in instance.ec2_backend.reservations.copy().values():
        if instance in reservation.instances:
            tree["reservation-id"] = reservation.id
    public = interface.public_ip or (instance.lab_public if instance._state.name == "pending" else None)
    if public:
        tree["public-ipv4"] = public
        tree["public-hostname"] = f"ec2-{public.replace('.', '-')}.compute-1.amazonaws.com"
    key = images.public_key_of(instance)
    if key:
        tree["public-keys"] = {f"0={instance.key_name}": {"openssh-key": key}}
    if instance.metadata_options.instance_metadata_tags == "enabled":
        tree["tags"] = {"instance": {tag["key"]: tag["value"] for tag in instance.get_tags()}}
    role = _role(instance)
    if role:
        tree["iam"] = {"security-credentials": {role: json.dumps(_credentials(private))}}
    if instance.id in instances.interruptions:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(instances.interruptions[instance.id]))
        tree["spot"] = {"instance-action": json.dumps({"action": "terminate", "time": at}), "termination-time": at}
    return tree


def _role(instance):
    """The role of an instance has the name of its profile here."""
    known = instance.ec2_backend.iam_instance_profile_associations
    # Moto gives the profile to the first instance of a request only.
    for reservation in instance.ec2_backend.reservations.copy().values():
        if instance in reservation.instances:
            for one in reservation.instances:
                if one.id in known:
                    return known[one.id].iam_instance_profile.name
    return None


def _credentials(private):
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 6 * 3600))
    return {
        "Code": "Success", "LastUpdated": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "Type": "AWS-HMAC",
        "AccessKeyId": f"{s3.INSTANCE_KEY}{private.replace('.', 'X')}", "SecretAccessKey": s3.INSTANCE_SECRET, "Token": "lab-instance-token",
        "Expiration": until,
    }


def _identity(instance):
    zone = _zone(instance)
    return json.dumps({
        "accountId": instance.owner_id,
        "architecture": instance.architecture,
        "availabilityZone": zone,
        "imageId": instance.image_id,
        "instanceId": instance.id,
        "instanceType": instance.instance_type,
        "pendingTime": instance.launch_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "privateIp": instance.private_ip_address,
        "region": zone[:-1],
        "version": "2017-09-30",
    }, indent=2)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "EC2ws"
    sys_version = ""

    def log_message(self, *_):
        pass

    def _answer(self, status, body="", kind="text/plain"):
        content = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        instance = self._asking()
        with lock:
            counts[f"{self.command} {status}"] += 1
            requests.append({
                "time": round(time.time(), 3), "id": instance.id if instance else None, "method": self.command,
                "path": self.path, "status": status,
            })

    def _asking(self):
        """The caller's address says who it is."""
        parts = self.client_address[0].split(".")
        if ".".join(parts[:2]) not in (places.PRIVATE_NET, places.PUBLIC_NET):
            return None
        return instances.by_place.get(int(parts[2]) * 250 + int(parts[3]) - 1)

    def _fails(self):
        fault = faults.take(self.path, self.client_address[0])
        time.sleep(fault.get("delaySeconds", 0))
        if "status" in fault:
            self._answer(fault["status"])
        return "status" in fault

    def do_PUT(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            self.rfile.read(length)
        if self._fails():
            return None
        instance = self._asking()
        lifetime = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if instance is None or self.path != "/latest/api/token":
            return self._answer(404)
        options = instance.metadata_options
        if options.http_endpoint == "disabled" or self.headers.get("X-Forwarded-For"):
            return self._answer(403)
        if not lifetime.isdigit() or not 1 <= int(lifetime) <= 21600:
            return self._answer(400)
        self.connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, int(options.http_put_response_hop_limit or 1))
        token = secrets.token_urlsafe(40)
        _tokens[token] = (instance.id, time.time() + int(lifetime))
        return self._answer(200, token)

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        if self._fails():
            return None
        instance = self._asking()
        if instance is None:
            return self._answer(404)
        options = instance.metadata_options
        if options.http_endpoint == "disabled":
            return self._answer(403)
        token = self.headers.get("X-aws-ec2-metadata-token")
        if token is None and options.http_tokens != "optional":
            return self._answer(401)
        if token is not None:
            owner, until = _tokens.get(token, (None, 0))
            if owner != instance.id or until < time.time():
                return self._answer(401)
        return self._answer(*_look_up(instance, self.path))


def _look_up(instance, path):
    parts = [urllib.parse.unquote(part) for part in path.split("?")[0].split("/") if part]
    if not parts:
        return 200, "latest"
    # Whatever date stands first is taken for a version.
    match parts[1:]:
        case []:
            return 200, "dynamic\nmeta-data\nuser-data"
        case ["user-data"]:
            data = images.user_data_of(instance)
            return (200, data, "application/octet-stream") if data else (404,)
        case ["dynamic"]:
            return 200, "instance-identity/"
        case ["dynamic", "instance-identity"]:
            return 200, "document"
        case ["dynamic", "instance-identity", "document"]:
            return 200, _identity(instance)
        case ["meta-data", *rest]:
            return _walk(_tree(instance), rest)
    return (404,)


def _walk(tree, parts):
    keys = tree.get("public-keys", {})
    if parts == ["public-keys"] and keys:
        # Not a folder's list: the names, as "0=name".
        return 200, "\n".join(keys)
    if parts[:2] == ["public-keys", "0"] and keys:
        parts = ["public-keys", next(iter(keys)), *parts[2:]]
    found = tree
    for part in parts:
        if not isinstance(found, dict) or part not in found:
            return 404, "404 - Not Found"
        found = found[part]
    if isinstance(found, dict):
        found = "\n".join(name + ("/" if isinstance(value, dict) else "") for name, value in sorted(found.items()))
    return 200, found


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256


def run():
    _Server((places.METADATA_ADDRESS, 80), _Handler).serve_forever()
