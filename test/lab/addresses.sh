# shellcheck shell=bash
# shellcheck disable=SC2034  # used by those who source it
# The lab's address plan, sourced by the other scripts; server/places.py has the same.
#
# 127.20.0.0/16 are the private addresses, 127.30.0.0/16 the public ones: loopback addresses, so that nothing can get out by mistake.
# In the lab's namespaces loopback itself is 127.0.0.1/32 only.
PRIVATE_NET=127.20
PUBLIC_NET=127.30
# The client's side: what hosts see of clients that talk to their private or public address; the download server's address too.
CLIENT_PRIVATE="$PRIVATE_NET.255.254"
CLIENT_PUBLIC="$PUBLIC_NET.255.254"
# How many hosts there can be at once, and after how many starts a public address is used again.
MOST_HOSTS=300
PUBLIC_ADDRESSES=1000
# A hardware address that nobody has: packets to an instance that isn't up get lost, as on EC2, instead of being refused.
NOBODY=02:00:00:ff:ff:01

private_address() { echo "$PRIVATE_NET.$(($1 / 250)).$(($1 % 250 + 1))"; }
public_address() { echo "$PUBLIC_NET.$(($1 / 250)).$(($1 % 250 + 1))"; }
mac_address() { printf '02:00:00:00:%02x:%02x' $(($1 / 256)) $(($1 % 256)); }

# Loopback of a namespace: one address instead of all of 127/8, and packets of 127/8 may be routed.
loopback_of_lab() { # PATH OF THE NAMESPACE
  # shellcheck disable=SC2016
  nsenter --net="$1" sh -c '
    ip link set lo up
    ip addr add 127.0.0.1/32 dev lo 2>/dev/null
    ip addr del 127.0.0.1/8 dev lo 2>/dev/null
    for kind in all default; do
      echo 1 > /proc/sys/net/ipv4/conf/$kind/route_localnet
      echo 1 > /proc/sys/net/ipv6/conf/$kind/disable_ipv6 2>/dev/null
    done
    true'
}
