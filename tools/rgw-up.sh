#!/bin/bash
# Starts a throwaway S3 server on loopback from nothing, in about a second: one
# Ceph monitor, one in-memory OSD, one RADOS Gateway. Needs no root, no systemd.
#
#   tools/rgw-up.sh DIR [BUCKET...]
#
# DIR is created and holds everything the server writes. DIR/s3.env is a file to
# `source`: endpoint and keys under the AWS names. tools/rgw-down.sh ends it.
#
# RGW_PORT         port to listen on             (default: a free one)
# RGW_STORE_BYTES  how much the store may hold   (default: 6 GiB; used as it fills)
# RGW_STS_MIN      shortest STS session, seconds (default: 900)
# RGW_EXTRA        further lines for the gateway's section of ceph.conf
set -euo pipefail

dir=${1:?usage: rgw-up.sh DIR [BUCKET...]}
shift
tools=$(cd "$(dirname "$0")" && pwd)
access_key=${RGW_ACCESS_KEY:-cofretestkey}
secret_key=${RGW_SECRET_KEY:-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')}

for program in ceph-mon ceph-osd radosgw radosgw-admin monmaptool ceph curl python3; do
    command -v "$program" >/dev/null || {
        echo "rgw-up: $program is missing; run tools/install-deps.sh --test" >&2
        exit 1
    }
done
if [ -e "$dir" ] && [ ! -e "$dir/ceph.conf" ] && [ -n "$(ls -A "$dir")" ]; then
    echo "rgw-up: $dir exists and is not a folder of this script's" >&2
    exit 1
fi

# Two ports that nobody listens on, below the range the kernel gives out by itself.
free_ports() {
    python3 - <<'PYTHON'
import random, socket
found = []
while len(found) < 2:
    port = random.randint(10240, 32000)
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
    if port not in found:
        found.append(port)
print(*found)
PYTHON
}

write_config() {
    cat >"$dir/ceph.conf" <<CONF
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$mon_port]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind msgr1 = false
# Nobody else can reach it: no keys between the daemons, no encryption.
auth cluster required = none
auth service required = none
auth client required = none
auth allow insecure global id reclaim = false
ms mon client mode = crc
ms client mode = crc
ms cluster mode = crc
ms service mode = crc
run dir = $dir/run
# A path of a Unix socket may have 107 bytes, and DIR may be deep.
admin socket =
log file = $dir/log/\$name.log
log to stderr = false
pid file = $dir/run/\$name.pid
crash dir = $dir/run
heartbeat file = $dir/run/\$name.hb
# One copy of everything, and no waiting for agreement.
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon pg warn min per osd = 0
mon warn on pool no redundancy = false
mon allow pool delete = true
paxos propose interval = 0.02
paxos min wait = 0.01
# The disk of DIR holds only logs: it may be nearly full.
mon data avail crit = 1
mon data avail warn = 2
mon osd full ratio = 0.99
mon osd backfillfull ratio = 0.985
mon osd nearfull ratio = 0.98
osd failsafe full ratio = 0.995
[mon.a]
mon data = $dir/mon
[osd]
osd data = $dir/osd
osd objectstore = memstore
osd class load list = *
osd class default list = *
memstore device bytes = ${RGW_STORE_BYTES:-6442450944}
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw dns name = localhost
rgw sts key = abcdefghijklmnop
rgw sts min session duration = ${RGW_STS_MIN:-900}
rgw s3 auth use sts = true
rgw s3 auth order = local, sts
rgw crypt require ssl = false
rgw override bucket index max shards = 1
rgw dynamic resharding = false
rgw gc obj min wait = 5
rgw gc processor period = 10
${RGW_EXTRA:-}
CONF
}

start_daemons() {
    local conf=(-c "$dir/ceph.conf") osd_uuid osd_id
    monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon_port]" "$dir/monmap"
    ceph-mon "${conf[@]}" --mkfs -i a --monmap "$dir/monmap" --mon-data "$dir/mon" || return 1
    ceph-mon "${conf[@]}" -i a --pid-file "$dir/run/mon.pid" || return 1
    osd_uuid=$(cat /proc/sys/kernel/random/uuid)
    osd_id=$(timeout 30 ceph "${conf[@]}" osd create "$osd_uuid") || return 1
    ceph-osd "${conf[@]}" -i "$osd_id" --mkfs --osd-uuid "$osd_uuid" || return 1
    ceph-osd "${conf[@]}" -i "$osd_id" --pid-file "$dir/run/osd.pid" || return 1
    radosgw "${conf[@]}" -n client.rgw.a --pid-file "$dir/run/rgw.pid" || return 1
    timeout 30 radosgw-admin "${conf[@]}" -n client.rgw.a user create --uid=cofre --display-name=cofre \
        --access-key="$access_key" --secret-key="$secret_key" --max-buckets=100000 \
        --caps="roles=*;oidc-provider=*;user-policy=*;users=*;buckets=*" || return 1
    for _ in $(seq 1 400); do
        curl -sf -o /dev/null "http://127.0.0.1:$port/" && return 0
        sleep 0.05
    done
    return 1
}

# Between choosing a port and listening on it another process may take it.
started=no
for _ in 1 2 3; do
    rm -rf "$dir"
    mkdir -p "$dir"/{mon,osd,run,log}
    dir=$(cd "$dir" && pwd)
    fsid=$(cat /proc/sys/kernel/random/uuid)
    read -r free_port mon_port < <(free_ports)
    port=${RGW_PORT:-$free_port}
    write_config
    if start_daemons >"$dir/log/start.log" 2>&1 </dev/null; then
        started=yes
        break
    fi
    "$tools/rgw-down.sh" "$dir"
done
if [ $started = no ]; then
    echo "rgw-up: the server did not start; the end of $dir/log/start.log:" >&2
    tail -n 20 "$dir/log/start.log" >&2
    exit 1
fi

(
    umask 077
    cat >"$dir/s3.env" <<ENV
export AWS_ENDPOINT_URL_S3=http://127.0.0.1:$port
export AWS_ACCESS_KEY_ID=$access_key
export AWS_SECRET_ACCESS_KEY=$secret_key
export AWS_DEFAULT_REGION=us-east-1
export AWS_REGION=us-east-1
export AWS_EC2_METADATA_DISABLED=true
ENV
)
for bucket in "$@"; do
    "$tools/rgw-bucket.sh" "$dir" "$bucket"
done
echo "rgw-up: http://127.0.0.1:$port, keys in $dir/s3.env"
