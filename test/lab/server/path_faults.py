"""What is to go wrong with requests of a path: a list that a test replaces, of the download server and of the metadata service."""

import re

from settings import lock


class PathFaults:
    """Each fault says `path` (a regular expression), perhaps `client`, how often (`times`, None = always, and `after`), and what."""

    def __init__(self, *kinds):
        self.known = {"path", "client", "times", "after", *kinds}
        self.faults = []

    def set(self, wanted):
        for fault in wanted:
            unknown = set(fault) - self.known
            if unknown or "path" not in fault:
                raise ValueError(f"A fault needs a path and has no {', '.join(sorted(unknown)) or '(nothing unknown)'}.")
        with lock:
            self.faults[:] = [{"times": 1, "after": 0, **fault} for fault in wanted]
            return list(self.faults)

    def take(self, path, client):
        with lock:
            for fault in self.faults:
                if not re.search(fault["path"], path) or fault.get("client") not in (None, client) or fault["times"] == 0:
                    continue
                if fault["after"] > 0:
                    fault["after"] -= 1
                    continue
                if fault["times"] is not None:
                    fault["times"] -= 1
                return fault
        return {}
