#!/bin/bash
# Installs what is missing of cofre's Debian 12 packages, and nothing else.
#
#   tools/install-deps.sh [--run] [--test] [--check] [--bench]
#
# --run (the default, and part of every other set) is what building and running
# needs. Says beforehand what it installs and why; when nothing is missing it
# touches neither apt nor the network. Works as root and through sudo.
set -euo pipefail

# One line for each reason: set | why | packages.
readonly TABLE='
run   | compiler and build tools                         | g++ cmake ninja-build ccache pkg-config make git
run   | HTTP, TLS and hashes                             | libcurl4-openssl-dev libssl-dev ca-certificates
run   | the HTTP server                                  | libboost1.81-dev libboost-context1.81-dev
run   | compression                                      | libzstd-dev zlib1g-dev
run   | tar and zip of `cofre dump`                      | libarchive-dev
run   | `cofre mount`                                    | libfuse3-dev fuse3
run   | sessions with PostgreSQL                         | libpq-dev
run   | the catalog, in SQLite or PostgreSQL             | libsoci-dev libsqlite3-dev
run   | time zones of schedules                          | libhowardhinnant-date-dev
run   | metrics                                          | prometheus-cpp-dev
run   | the recovery kit as PDF                          | libhpdf-dev
run   | configuration, command line, logs, XML, JSON     | nlohmann-json3-dev libsimdjson-dev libyaml-cpp-dev libcli11-dev libspdlog-dev libfmt-dev libpugixml-dev
run   | dumps of MariaDB, MySQL and SQLite               | libmariadb-dev libsqlite3-dev mariadb-client
run   | byte-for-byte comparison in the demo             | diffutils
test  | unit tests                                       | libgtest-dev libgmock-dev
test  | a real S3 server: one throwaway Ceph node        | ceph-mon ceph-osd radosgw ceph-common
test  | S3 clients that judge what cofre writes          | awscli rclone s3cmd curl
test  | the program that judges our repositories         | restic
test  | a throwaway PostgreSQL server, its dump tools    | postgresql-15 postgresql-client-15
test  | databases that are dumped and restored            | mariadb-server sqlite3 redis-server redis-tools
test  | reading the recovery kit back                    | poppler-utils
test  | a mail server, and its certificate                | python3-aiosmtpd openssl
test  | fault injection and helpers                      | python3 strace faketime zstd gzip procps
check | second compiler, formatter, linter               | clang-14 clang-format-14 clang-tidy-14
check | sanitizers and fuzzing under clang, a quick linker | libclang-rt-14-dev lld-14
check | layer and document checks                        | python3
bench | clients to compare with                          | awscli rclone s3cmd
bench | repository programs to compare with              | restic borgbackup
bench | a database server and the tools around it        | postgresql-15 postgresql-contrib pgbackrest zstd
bench | the server they all talk to                      | ceph-mon ceph-osd radosgw ceph-common curl
bench | measuring                                        | python3 time
'

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0"
}

is_installed() {
    # dpkg-query knows without reading apt's lists. A package that only ships
    # under another name's "Provides" does not count: none here does.
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

sets=" run "
for argument in "$@"; do
    case "$argument" in
        --run) ;;
        --test | --check | --bench) sets+="${argument#--} " ;;
        -h | --help) usage; exit 0 ;;
        *) echo "install-deps: unknown option \"$argument\"" >&2; usage >&2; exit 2 ;;
    esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "install-deps: this machine has no apt; install the counterparts of these packages yourself:" >&2
    echo "$TABLE" | cut -d'|' -f2- >&2
    exit 1
fi

missing=()
report=""
while IFS='|' read -r set why packages; do
    set=${set// /}
    if [ -z "$set" ] || [[ "$sets" != *" $set "* ]]; then
        continue
    fi
    group=()
    for package in $packages; do
        is_installed "$package" && continue
        [[ " ${missing[*]} " == *" $package "* ]] && continue
        missing+=("$package")
        group+=("$package")
    done
    [ ${#group[@]} -eq 0 ] && continue
    report+="  $(echo "$why" | sed 's/^ *//; s/ *$//'): ${group[*]}"$'\n'
done <<<"$TABLE"

wanted=$(echo "$sets" | sed 's/^ *//; s/ *$//; s/ /, /g')
if [ ${#missing[@]} -eq 0 ]; then
    echo "install-deps: all packages for $wanted are installed; nothing to do"
    exit 0
fi

echo "install-deps: about to install ${#missing[@]} Debian packages (for $wanted), with what they depend on:"
printf '%s' "$report"

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "install-deps: need root: run this as root, or install sudo, or ask your administrator for:" >&2
        echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    echo "install-deps: not root, so sudo runs apt-get and may ask for your password"
    as_root=(sudo)
fi

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@"
}
apt update
apt install -y --no-install-recommends "${missing[@]}"

for package in "${missing[@]}"; do
    if ! is_installed "$package"; then
        echo "install-deps: apt-get reported success, but $package is not installed" >&2
        exit 1
    fi
done
echo "install-deps: done"
