"""Moto's instances become machines: states take their time, power-on boots a host, power-off inside it is seen here."""

import copy
import json
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import images
import ledger
import places
from moto.core.utils import utcnow
from moto.ec2.models import elastic_network_interfaces, instances as moto_instances
from settings import lock, values

StateReason = moto_instances.StateReason

# The place of an instance in the address plan, and back.
places_taken = {}
by_place = {}
# Instance id -> when a spot instance is taken away.
interruptions = {}
_free_places = []
_next_place = 0
_next_public = 0
# Instance id -> a generation that is counted up by every change of state: timers of an older one do nothing.
_generations = {}


def _note(what, instance, **more):
    entry = {"time": round(time.time(), 3), "event": what, "id": instance.id, **more}
    with lock, open(os.path.join(places.RUN, "host-events.jsonl"), "a", encoding="utf8") as file:
        file.write(json.dumps(entry) + "\n")


def _later(seconds, work, *arguments):
    timer = threading.Timer(max(0, seconds), work, arguments)
    timer.daemon = True
    timer.start()


def _new_generation(instance):
    with lock:
        _generations[instance.id] = _generations.get(instance.id, 0) + 1
        return _generations[instance.id]


def _is_current(instance, generation):
    return _generations.get(instance.id) == generation


def _set_state(instance, name, code):
    # A new object: replies that are being written keep the old one.
    instance._state = moto_instances.InstanceState(name, code)


def _take_public_address():
    """Never the one that the instance had before: as on EC2 a started instance has a new address."""
    global _next_public
    with lock:
        used = {instance.lab_public for instance in by_place.values()}
        for _ in range(max(places.PUBLIC_ADDRESSES, len(used) + 1)):
            address = places.public_address(_next_public)
            limit = places.PUBLIC_ADDRESSES if values["hosts"] else 60_000
            _next_public = (_next_public + 1) % limit
            if address not in used:
                return address
    raise RuntimeError("no public address is left")


def _schedule_boot(instance):
    generation = _new_generation(instance)
    instance.lab_public = _take_public_address() if instance.lab_has_public else None
    _set_state(instance, "pending", 0)
    _later(values["pendingSeconds"], _run, instance, generation)
    if instance.lab_has_host:
        _later(values["bootSeconds"], _switch_on, instance, generation)


def _run(instance, generation):
    with lock:
        if not _is_current(instance, generation):
            return
        instance.nics[0].public_ip = instance.lab_public
        _set_state(instance, "running", 16)
        _note("running", instance)


def _switch_on(instance, generation):
    with lock:
        if not _is_current(instance, generation):
            return
        place = places_taken[instance.id]
        _note("power-on", instance)
        folder = places.host_folder(instance.id)
        os.makedirs(folder, exist_ok=True)
        key = images.public_key_of(instance)
        if key:
            with open(os.path.join(folder, "key.pub"), "w", encoding="utf8") as file:
                file.write(key + "\n")
        with open(os.path.join(folder, "console.log"), "ab") as log:
            process = subprocess.Popen(
                [places.HOSTS_PROGRAM, "up", instance.id, str(place), instance.lab_public or "none", images.name_of(instance.image_id)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                env={
                    **os.environ,
                    "LAB_INSTANCE_STORE_DISKS": str(values["instanceStoreDisks"]),
                    "LAB_BYTES_PER_SECOND": str(values["hostBytesPerSecond"]),
                },
            )
        with open(os.path.join(folder, "pid"), "w", encoding="utf8") as file:
            file.write(str(process.pid))
    threading.Thread(target=_watch, args=(instance, generation, process), daemon=True).start()


def _watch(instance, generation, process):
    """A host's systemd-nspawn ended: if nobody asked for it by the API, the host switched itself off."""
    status = process.wait()
    with lock:
        if not _is_current(instance, generation):
            return
    if status == 133:
        # With --keep-unit nspawn asks its manager to start it again.
        _note("rebooting", instance)
        _switch_on(instance, generation)
        return
    _note("power-off", instance, status=status)
    # One-time spot instances can't be stopped.
    if instance.instance_initiated_shutdown_behavior == "terminate" or instance.lifecycle == "spot":
        instance.terminate()
    else:
        instance.stop()
    instance._reason = f"User initiated ({utcnow().strftime('%Y-%m-%d %H:%M:%S UTC')})"
    instance.state_reason = StateReason(
        "Client.InstanceInitiatedShutdown: Instance initiated shutdown", "Client.InstanceInitiatedShutdown"
    )


_moto_init = moto_instances.Instance.__init__


def _init(self, *arguments, **options):
    global _next_place
    _moto_init(self, *arguments, **options)
    with lock:
        if _free_places:
            place = _free_places.pop(0)
        else:
            place, _next_place = _next_place, _next_place + 1
        places_taken[self.id] = place
        by_place[place] = self
        interface = self.nics[0]
        self.lab_public = None
        self.lab_has_public = bool(interface.public_ip)
        self.lab_has_host = values["hosts"] and place < places.MOST_HOSTS
        interface.private_ip_address = places.private_address(place)
        interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": places.private_address(place)}]
        interface.private_dns_name = self.private_dns_name
        interface.mac_address = places.mac_address(place)
        # What a launch made goes with its instance.
        interface.delete_on_termination = True
        # Moto forgets the groups that a request gives to the interface.
        self.security_groups = self.security_groups or list(interface.group_set)
        # As on EC2 there is no public address while the instance is pending.
        interface.public_ip = None
        _note("run", self)
        _schedule_boot(self)


def _start(self):
    previous = copy.copy(self._state)
    if previous.name == "stopped":
        self._reason = ""
        self.state_reason = StateReason()
        self.launch_time = utcnow()
        _note("start", self)
        _schedule_boot(self)
    return previous


def _reboot(self):
    _note("reboot", self)
    if self.lab_has_host:
        places.hosts("reboot", self.id)


def _leave(name, during, after, switch_off):
    """`stop` and `terminate`: Moto's own work, then the state in between for a while, and the host switched off meanwhile."""
    original = getattr(moto_instances.Instance, name)

    def leave(self):
        with lock:
            previous = copy.copy(self._state)
            if previous.name in (during[0], after[0], "shutting-down", "terminated"):
                return previous
            original(self)
            generation = _new_generation(self)
            self.nics[0].public_ip = None
            _set_state(self, *during)
            _note(name, self)
        work = (self, generation, places_taken[self.id], time.time())
        threading.Thread(target=finish, args=work, daemon=True).start()
        return previous

    def finish(self, generation, place, since):
        if self.lab_has_host:
            places.hosts(*switch_off(self.id, place))
        time.sleep(max(0, since + values["stoppingSeconds"] - time.time()))
        with lock:
            if not _is_current(self, generation):
                return
            _set_state(self, *after)
            self.lab_public = None
            if name == "terminate":
                forget(self)
            _note(after[0], self)

    setattr(moto_instances.Instance, name, leave)


def forget(instance):
    """Gives the place of a terminated instance free."""
    with lock:
        place = places_taken[instance.id]
        if by_place.get(place) is instance:
            del by_place[place]
            _free_places.append(place)
            _free_places.sort()


def find(instance_id):
    with lock:
        return next((each for each in by_place.values() if each.id == instance_id), None)


def interrupt(instance_id, seconds):
    """A spot instance's notice: told in its metadata, then it is terminated."""
    instance = find(instance_id)
    if instance is None:
        raise ValueError(f"There is no instance {instance_id}.")
    interruptions[instance_id] = time.time() + seconds
    _note("spot-notice", instance)
    _later(seconds, _take_away, instance)
    return interruptions[instance_id]


def _take_away(instance):
    if instance._state.name not in ("pending", "running"):
        return
    instance.terminate()
    instance.state_reason = StateReason(
        "Server.SpotInstanceTermination: Spot instance termination", "Server.SpotInstanceTermination"
    )


def reset():
    """Ends all hosts at once and forgets all instances. Moto's own state is reset by the caller."""
    global _next_place
    with lock:
        gone = dict(by_place)
        for instance in gone.values():
            _new_generation(instance)
        by_place.clear()
        places_taken.clear()
        interruptions.clear()
        _free_places.clear()
        _next_place = 0
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda item: item[1].lab_has_host and places.hosts("wipe", item[1].id, item[0]), gone.items()))
    # What was terminating when this was called.
    for name in os.listdir(os.path.join(places.RUN, "hosts")):
        if not any(name == instance.id for instance in by_place.values()):
            places.hosts("wipe", name, places.MOST_HOSTS)


def _visible(reservations):
    shown = []
    for reservation in reservations:
        reservation.instances = [each for each in reservation.instances if not ledger.is_hidden(each.id)]
        if reservation.instances:
            shown.append(reservation)
    return shown


def install():
    moto_instances.Instance.__init__ = _init
    moto_instances.Instance.start = _start
    moto_instances.Instance.reboot = _reboot
    _leave("stop", ("stopping", 64), ("stopped", 80), lambda host, place: ("off", host, place, "clean"))
    _leave("terminate", ("shutting-down", 32), ("terminated", 48), lambda host, place: ("wipe", host, place))
    elastic_network_interfaces.NetworkInterface.start = elastic_network_interfaces.NetworkInterface.check_auto_public_ip

    moto_all = moto_instances.InstanceBackend.all_reservations

    def all_reservations(self, filters=None):
        return _visible(moto_all(self, filters))

    moto_instances.InstanceBackend.all_reservations = all_reservations
