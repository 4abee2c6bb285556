"""Where things are: the lab's folder, its programs and its address plan (the same as in addresses.sh)."""

import os
import subprocess
import sys

RUN = os.environ["LAB_RUN"]
DOWNLOADS = os.environ["LAB_DOWNLOADS"]
WHEELS = os.path.join(DOWNLOADS, "wheels")
HERE = os.path.dirname(os.path.abspath(__file__))
HOSTS_PROGRAM = os.path.join(os.path.dirname(HERE), "hosts.sh")

PRIVATE_NET = "127.20"
PUBLIC_NET = "127.30"
CLIENT_PRIVATE = f"{PRIVATE_NET}.255.254"
CLIENT_PUBLIC = f"{PUBLIC_NET}.255.254"
METADATA_ADDRESS = "169.254.169.254"
MOST_HOSTS = 300
PUBLIC_ADDRESSES = 1000

API_PORT = 5000
DOWNLOAD_PORT = 8000
S3_PORT = 9000

KEY_NAME = "lab"
PUBLIC_KEY_FILE = os.path.join(RUN, "key.pub")


def private_address(index):
    return f"{PRIVATE_NET}.{index // 250}.{index % 250 + 1}"


def public_address(number):
    return f"{PUBLIC_NET}.{number // 250}.{number % 250 + 1}"


def mac_address(index):
    return f"02:00:00:00:{index // 256:02x}:{index % 256:02x}"


def host_folder(instance_id):
    return os.path.join(RUN, "hosts", instance_id)


def hosts(*arguments, **options):
    """Runs hosts.sh; what it complains about goes to the server's log."""
    done = subprocess.run(
        [HOSTS_PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False, **options
    )
    if done.returncode:
        say("hosts.sh", *arguments, "ended with", done.returncode, done.stderr)
    return done


def say(*words):
    print(*words, file=sys.stderr, flush=True)
