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
# Place -> (instance id, its namespace, rules): a host that boots again has a new namespace.
_applied = {}


def changed():
    _changed.set()


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
        namespace = _namespace_id(place)
        if namespace is None or _applied.get(place) == (instance_id, namespace, rules):
            continue
        if places.hosts("filter", place, input=rules).returncode == 0:
            _applied[place] = (instance_id, namespace, rules)


def _namespace_id(place):
    """Which namespace a host has now: the kernel gives the number of one that is gone to the next."""
    try:
        status = os.stat(_namespace(place))
    except OSError:
        return None
    return status.st_ino, status.st_ctime_ns


def _has_new_host(by_place):
    """Whether a host was switched on: it lets nobody in until its filter is set."""
    with lock:
        live = [place for place, instance in by_place.items() if instance.lab_has_host]
    return any(_namespace_id(place) not in (None, _applied.get(place, (None, None))[1]) for place in live)


def run(by_place):
    while True:
        if not _changed.wait(timeout=0.1) and not _has_new_host(by_place):
            continue
        time.sleep(0.03)
        _changed.clear()
        try:
            _apply(by_place)
        except Exception as error:  # a lab that goes on unfiltered would lie
            places.say("firewall:", repr(error))
            time.sleep(0.2)
            _changed.set()
