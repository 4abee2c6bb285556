"""What a test can change while the lab runs, and the lock that guards all of the lab's own state."""

import threading

lock = threading.RLock()

DEFAULTS = {
    # How long an instance stays pending, and how long after RunInstances or StartInstances its machine is switched on.
    "pendingSeconds": 1.0,
    "bootSeconds": 0.5,
    # How long it is stopping or shutting-down, at least.
    "stoppingSeconds": 1.0,
    "apiLatencySeconds": 0.0,
    # How long after the call that made them instances, groups and tags don't show in what describes them, but to the account's owner.
    "lagSeconds": 0.0,
    # How long a package takes that an image doesn't have yet.
    "packageSeconds": 0.0,
    # Of each download; 0 = as fast as it goes.
    "downloadBytesPerSecond": 0,
    # What each host booted from now on sends at most; 0 = no limit.
    "hostBytesPerSecond": 0,
    # How many instances there can be that aren't terminated; None = no limit.
    "capacity": None,
    # Blank instance-store disks that a host booted from now on shows.
    "instanceStoreDisks": 0,
    # False: instances without machines behind them, for tests of the API with very many.
    "hosts": True,
}

values = dict(DEFAULTS)


def change(changes):
    unknown = set(changes) - set(DEFAULTS)
    if unknown:
        raise ValueError(f"There is no setting {', '.join(sorted(unknown))}. There are: {', '.join(DEFAULTS)}.")
    with lock:
        values.update(changes)
        return dict(values)


def reset():
    with lock:
        values.clear()
        values.update(DEFAULTS)
