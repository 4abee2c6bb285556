"""The list of API calls, and the faults that tests ask for."""

import threading
import time

from settings import lock

calls = []
faults = []
# Instance id -> (until when, the actions that don't see it).
hidden = {}
# What the current thread's API call is: Moto's models are asked without it.
current = threading.local()


def record(entry):
    with lock:
        calls.append(entry)


def set_faults(wanted):
    """Replaces the list. A fault says `action` ("*" = any) and what happens: `code` (with `message`, `status`), `delaySeconds`,
    `dropReply`, `spoilReply`, `hideForSeconds`; `after` calls are let through first, then `times` are hit (None = all)."""
    for fault in wanted:
        unknown = set(fault) - {
            "action", "code", "message", "status", "times", "after", "delaySeconds", "dropReply", "spoilReply", "hideForSeconds", "hideFrom",
        }
        if unknown or "action" not in fault:
            raise ValueError(f"A fault needs an action and has no {', '.join(sorted(unknown)) or '(nothing unknown)'}.")
    with lock:
        faults[:] = [{"times": 1, "after": 0, **fault} for fault in wanted]
        return list(faults)


def take_fault(action):
    with lock:
        for fault in faults:
            if fault["action"] not in (action, "*") or fault["times"] == 0:
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


def is_hidden(instance_id):
    """Whether the current thread's call doesn't see an instance yet (EC2's eventual consistency)."""
    until, actions = hidden.get(instance_id, (0, ()))
    return time.time() < until and getattr(current, "action", None) in actions


def reset():
    with lock:
        calls.clear()
        faults.clear()
        hidden.clear()
