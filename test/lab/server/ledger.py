"""The list of API calls, and the faults that tests ask for."""

import threading
import time

from settings import lock

calls = []
faults = []
# Instance id -> (until when, the actions that don't see it).
hidden = {}
# What the account's owner in tests is known by: that one sees everything at once.
OWNER_AGENT = "flintrock-test-owner"
# Ids of what shows late -> until when.
late = {}
# (Resource id, key of a tag) -> (until when, the value that is shown so long, or None for no tag).
old_tags = {}
# What the current thread's API call is: Moto's models are asked without it.
current = threading.local()


def record(entry):
    with lock:
        calls.append(entry)


def clear_faults(region):
    """Takes back the faults of one region, and leaves those of others."""
    with lock:
        faults[:] = [fault for fault in faults if fault.get("region") != region]
        return list(faults)


def add_faults(wanted):
    """As `set_faults`, beside those that are there."""
    with lock:
        before = list(faults)
        set_faults(wanted)
        faults[:0] = before
        return list(faults)


def set_faults(wanted):
    """Replaces the list. A fault says `action` ("*" = any; in one `region` or in all) and what happens: `code` (with `message`, `status`), `delaySeconds`,
    `dropReply`, `spoilReply`, `hangReply`, `hideForSeconds`; `after` calls are let through first, then `times` are hit (None = all)."""
    for fault in wanted:
        unknown = set(fault) - {
            "action", "region", "code", "message", "status", "times", "after", "delaySeconds", "dropReply", "spoilReply", "hangReply", "hideForSeconds", "hideFrom",
        }
        if unknown or "action" not in fault:
            raise ValueError(f"A fault needs an action and has no {', '.join(sorted(unknown)) or '(nothing unknown)'}.")
    with lock:
        faults[:] = [{"times": 1, "after": 0, **fault} for fault in wanted]
        return list(faults)


def take_fault(action, region):
    with lock:
        for fault in faults:
            if fault["action"] not in (action, "*") or fault["times"] == 0:
                continue
            if fault.get("region", region) != region:
                continue
            if fault["after"] > 0:
                fault["after"] -= 1
                continue
            if fault["times"] is not None:
                fault["times"] -= 1
            return fault
    return None


def hide(instance_ids, seconds, actions):
    with lock:
        for instance_id in instance_ids:
            hidden[instance_id] = (time.time() + seconds, actions)


def is_hidden(resource_id):
    """Whether the current thread's call doesn't see an instance or a group yet (EC2's eventual consistency)."""
    if time.time() < late.get(resource_id, 0) and _sees_late():
        return True
    until, actions = hidden.get(resource_id, (0, ()))
    return time.time() < until and getattr(current, "action", None) in actions


def show_late(resource_ids, seconds):
    with lock:
        for resource_id in resource_ids:
            late[resource_id] = time.time() + seconds


def _sees_late():
    return (getattr(current, "action", None) or "").startswith("Describe") and OWNER_AGENT not in getattr(current, "agent", "")


def keep_old_tags(resource_id, before, changes, seconds):
    """Goes on showing the tags that a resource had before some of them were changed."""
    with lock:
        for key in changes:
            known = old_tags.get((resource_id, key))
            value = known[1] if known and time.time() < known[0] else before.get(key)
            old_tags[resource_id, key] = (time.time() + seconds, value)


def shown_tags(resource_id, tags):
    """The tags of a resource as the current thread's call sees them."""
    if not old_tags or not _sees_late():
        return tags
    shown = dict(tags)
    now = time.time()
    with lock:
        for (owner, key), (until, value) in old_tags.items():
            if owner != resource_id or now >= until:
                continue
            if value is None:
                shown.pop(key, None)
            else:
                shown[key] = value
    return shown


def reset():
    with lock:
        late.clear()
        old_tags.clear()
        calls.clear()
        faults.clear()
        hidden.clear()
