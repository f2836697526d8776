#!/usr/bin/env python3
"""A reverse proxy that changes how answers travel, as proxies do.

    odd_proxy.py MODE UPSTREAM_HOST:PORT PARENT_PID

Prints its own port and serves until the process PARENT_PID is gone. MODE:
  close      says "Connection: close" each time, and does
  http10     answers in HTTP/1.0; what is no object has no length and ends with the connection
  gzip       compresses every answer to whoever does not forbid it
  rude-gzip  compresses every answer, whatever the client says
  plain      proxies nothing: a refusal in plain text, whatever it is sent
  expect     answers nothing to "Expect: 100-continue", for ever
"""
import gzip
import http.client
import http.server
import os
import socketserver
import sys
import threading
import time

MODE, UPSTREAM, PARENT = sys.argv[1], sys.argv[2], int(sys.argv[3])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0" if MODE == "http10" else "HTTP/1.1"

    def handle(self):
        if MODE != "plain":
            return super().handle()
        self.request.recv(1)
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    def handle_expect_100(self):
        while MODE == "expect":
            time.sleep(1)
        return True

    def log_message(self, *arguments):
        pass

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection(UPSTREAM)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("connection", "proxy-connection"):
                upstream.putheader(name, value)
        upstream.endheaders(body if body else None)
        answer = upstream.getresponse()
        content = answer.read()
        headers = [(n, v) for n, v in answer.getheaders()
                   if n.lower() not in ("connection", "transfer-encoding", "content-length")]
        length = answer.getheader("Content-Length", str(len(content)))
        is_object = answer.getheader("ETag") is not None
        wants_plain = "identity" in self.headers.get("Accept-Encoding", "")
        if content and (MODE == "rude-gzip" or (MODE == "gzip" and not wants_plain)):
            content = gzip.compress(content)
            length = str(len(content))
            headers = [(n, "W/" + v if n.lower() == "etag" else v) for n, v in headers]
            headers.append(("Content-Encoding", "gzip"))
        self.send_response_only(answer.status, answer.reason)
        for name, value in headers:
            self.send_header(name, value)
        if MODE != "http10" or is_object or self.command == "HEAD" or not content:
            self.send_header("Content-Length", length)
        if MODE == "close":
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = forward


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64


server = Server(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
while os.path.exists(f"/proc/{PARENT}"):
    time.sleep(0.2)
