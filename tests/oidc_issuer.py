#!/usr/bin/env python3
"""An OpenID Connect issuer on loopback, for tests of AssumeRoleWithWebIdentity.

    oidc_issuer.py DIR AUDIENCE SUBJECT PID LIFETIME

Makes a key and a certificate in DIR, serves discovery and JWKS on a free port,
and writes to DIR: `token`, valid for LIFETIME seconds and written anew three
times in each; `url`; `thumbprint` of the
certificate, which is what IAM registers. Returns when all that is done; the
server itself goes on until process PID ends. Needs python3 and openssl.
"""
import base64
import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading
import time


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, data=None):
    return subprocess.run(("openssl",) + arguments, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True).stdout


def make_key(folder):
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
            "-days", "2", "-subj", "/CN=127.0.0.1", "-sha256")
    der = openssl("x509", "-in", certificate, "-outform", "DER")
    modulus = openssl("x509", "-in", certificate, "-noout", "-modulus").decode().strip().split("=")[1]
    return key, der, bytes.fromhex(modulus)


def make_token(key, claims):
    def part(document):
        return base64url(json.dumps(document).encode())

    signed = part({"alg": "RS256", "typ": "JWT", "kid": "1"}) + "." + part(claims)
    signature = openssl("dgst", "-sha256", "-sign", key, data=signed.encode())
    return signed + "." + base64url(signature)


def write(folder, name, text):
    with open(os.path.join(folder, name + ".new"), "w") as file:
        file.write(text)
    os.rename(os.path.join(folder, name + ".new"), os.path.join(folder, name))


def renew(folder, key, url, audience, subject, lifetime):
    now = int(time.time())
    write(folder, "token", make_token(key, {
        "iss": url, "sub": subject, "aud": audience, "azp": audience, "client_id": audience,
        "iat": now - 5, "nbf": now - 5, "exp": now + lifetime, "jti": str(time.monotonic_ns())}))


def main():
    folder, audience, subject, owner, lifetime = sys.argv[1:]
    lifetime = int(lifetime)
    key, der, modulus = make_key(folder)
    documents = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(documents.get(self.path, {})).encode()
            self.send_response(200 if self.path in documents else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = "http://127.0.0.1:%d" % server.server_port
    documents["/.well-known/openid-configuration"] = {"issuer": url, "jwks_uri": url + "/certs"}
    documents["/certs"] = {"keys": [{"kid": "1", "kty": "RSA", "alg": "RS256", "use": "sig",
                                     "n": base64url(modulus), "e": "AQAB",
                                     "x5c": [base64.b64encode(der).decode()]}]}
    renew(folder, key, url, audience, subject, lifetime)
    write(folder, "thumbprint", hashlib.sha1(der).hexdigest().upper())
    write(folder, "url", url)
    if os.fork() != 0:
        return
    # Whoever waits for our output must not wait for the server too.
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    begin = time.monotonic()
    while os.path.exists("/proc/" + owner) and os.path.isdir(folder):
        time.sleep(0.2)
        if time.monotonic() - begin > lifetime / 3:
            begin = time.monotonic()
            renew(folder, key, url, audience, subject, lifetime)


if __name__ == "__main__":
    main()
