#!/usr/bin/env python3
"""Runs a command beside the credential services of a cloud, at their real addresses.

    unshare -rn metadata_services.py LOG COMMAND [ARGUMENT...]

Inside a network namespace of its own: gives the loopback device the link-local
addresses of IMDS, of ECS and of EKS Pod Identity, serves all three on port 80,
runs the command, writes what was asked, one line each, to LOG, and exits as the
command did. Exits with 77 if the namespace does not allow that.
"""
import fcntl
import http.server
import json
import socket
import struct
import subprocess
import sys
import threading
import time

SIOCSIFADDR, SIOCSIFFLAGS = 0x8916, 0x8914
IFF_UP_RUNNING = 0x41
IMDS, ECS, EKS = "169.254.169.254", "169.254.170.2", "169.254.170.23"
requests = []


def add_address(device, address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        if address is not None:
            request = struct.pack("16sHH4s8x", device.encode(), socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(control, SIOCSIFADDR, request)
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", device.encode(), IFF_UP_RUNNING))


def keys(name):
    expiry = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 6 * 3600))
    return json.dumps({"Code": "Success", "AccessKeyId": name, "SecretAccessKey": "secret", "Token": "token",
                       "Expiration": expiry})


def answer(address, request):
    """Status and body."""
    if address == ECS:
        return (200, keys("ASIAECS")) if request.path == "/v2/credentials/task" else (404, "")
    if address == EKS:
        known = request.path == "/v1/credentials" and request.headers.get("Authorization") == "pod-token"
        return (200, keys("ASIAEKS")) if known else (403, "")
    if request.path == "/latest/api/token":
        return (200, "SESSION") if request.command == "PUT" else (405, "")
    if request.headers.get("x-aws-ec2-metadata-token") != "SESSION":
        return 401, ""
    roles = "/latest/meta-data/iam/security-credentials/"
    return {roles: (200, "backup"), roles + "backup": (200, keys("ASIAIMDS"))}.get(request.path, (404, ""))


def serve(address):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = answer(address, self)
            requests.append("%s %s %s %d" % (address, self.command, self.path, status))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_PUT = do_GET

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer((address, 80), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main():
    log, command = sys.argv[1], sys.argv[2:]
    try:
        add_address("lo", None)
        for number, address in enumerate((IMDS, ECS, EKS)):
            add_address("lo:%d" % (number + 1), address)
            serve(address)
    except OSError as error:
        print("no link-local addresses here: %s" % error, file=sys.stderr)
        return 77
    status = subprocess.run(command).returncode
    with open(log, "w") as file:
        file.writelines(line + "\n" for line in requests)
    return status


if __name__ == "__main__":
    sys.exit(main())
