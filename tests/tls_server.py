#!/usr/bin/env python3
"""An HTTPS server that answers everything with an empty listing.

    tls_server.py CERTIFICATE KEY MAXIMUM_VERSION LOG PARENT_PID

MAXIMUM_VERSION: 1.1, 1.2 or 1.3. Prints its port and serves until the process
PARENT_PID is gone. LOG gets one line for each request that was read.
"""
import http.server
import os
import ssl
import sys
import threading
import time

CERTIFICATE, KEY, MAXIMUM, LOG, PARENT = sys.argv[1:6]
LISTING = (b'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>bucket</Name><Prefix></Prefix>'
           b'<KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>')


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        with open(LOG, "a", encoding="utf-8") as log:
            print(self.command, self.path, file=log)
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(LISTING)))
        self.end_headers()
        self.wfile.write(LISTING)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # A client that hangs up is what is tested.


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
if MAXIMUM == "1.1":
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
context.maximum_version = {"1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2,
                           "1.3": ssl.TLSVersion.TLSv1_3}[MAXIMUM]
context.load_cert_chain(CERTIFICATE, KEY)
server = Server(("127.0.0.1", 0), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
while os.path.exists(f"/proc/{PARENT}"):
    time.sleep(0.2)
