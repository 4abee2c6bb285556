"""Security groups are enforced: an nftables input filter in each host's namespace, kept equal to Moto's groups."""

import collections
import os
import threading
import time

import places
from settings import lock

CHANGING_ACTIONS = (
    "RunInstances", "StartInstances", "TerminateInstances", "AuthorizeSecurityGroup", "RevokeSecurityGroup",
    "ModifySecurityGroupRules", "ModifyInstanceAttribute", "ModifyNetworkInterface",
)

_changed = threading.Event()
# Place -> (instance id, inode of its namespace, rules): a host that boots again has a new namespace.
_applied = {}


def changed():
    _changed.set()


def watch_for(place):
    """A host is being switched on: its filter is set as soon as there is a namespace to set it in."""
    def wait():
        for _ in range(200):
            if os.path.exists(_namespace(place)):
                break
            time.sleep(0.02)
        for _ in range(3):
            changed()
            time.sleep(0.3)
    threading.Thread(target=wait, daemon=True).start()


def groups_of(instance):
    return list(instance.security_groups or instance.nics[0].group_set or [])


def _namespace(place):
    return f"/run/netns/host{place}"


def _protocol(rule):
    return {"6": "tcp", "17": "udp", "1": "icmp"}.get(str(rule.ip_protocol), str(rule.ip_protocol))


def _sources(rule, members):
    if rule.ip_range.get("CidrIp"):
        return [rule.ip_range["CidrIp"]]
    # A rule that names a group means its members' private addresses.
    return [places.private_address(place) for place in members.get(rule.source_group.get("GroupId"), ())]


def rules_of(instance, members):
    accepted = []
    for group in groups_of(instance):
        for rule in group.ingress_rules:
            for source in _sources(rule, members):
                prefix = "" if source == "0.0.0.0/0" else f"ip saddr {source} "
                protocol = _protocol(rule)
                if protocol == "-1":
                    accepted.append(f"{prefix}accept")
                elif protocol in ("tcp", "udp"):
                    accepted.append(f"{prefix}{protocol} dport {rule.from_port}-{rule.to_port} accept")
                elif protocol == "icmp":
                    accepted.append(f"{prefix}meta l4proto icmp accept")
    lines = "\n".join(f"  {line}" for line in dict.fromkeys(accepted))
    return (
        "table ip groups\ndelete table ip groups\ntable ip groups {\n"
        " chain input { type filter hook input priority 0; policy drop;\n"
        "  ct state established,related accept\n  iif lo accept\n"
        f"  ip saddr {places.METADATA_ADDRESS} accept\n{lines}\n }}\n}}\n"
    )


def _apply(by_place):
    with lock:
        live = dict(by_place)
        members = collections.defaultdict(list)
        for place, instance in live.items():
            for group in groups_of(instance):
                members[group.id].append(place)
        wanted = {
            place: (instance.id, rules_of(instance, members)) for place, instance in live.items() if instance.lab_has_host
        }
    for place, (instance_id, rules) in wanted.items():
        try:
            inode = os.stat(_namespace(place)).st_ino
        except OSError:
            continue
        if _applied.get(place) == (instance_id, inode, rules):
            continue
        if places.hosts("filter", place, input=rules).returncode == 0:
            _applied[place] = (instance_id, inode, rules)


def run(by_place):
    while True:
        _changed.wait()
        time.sleep(0.03)
        _changed.clear()
        try:
            _apply(by_place)
        except Exception as error:  # a lab that goes on unfiltered would lie
            places.say("firewall:", repr(error))
            time.sleep(0.2)
            _changed.set()
