#!/usr/bin/env python3
"""A mail server (aiosmtpd) that keeps what it gets.

    smtp_server.py MODE FOLDER [CERTIFICATE KEY] PARENT_PID

MODE: plain, starttls, tls, refuse (550 after DATA), busy (451 to MAIL), dead-rcpt
(550 to recipients that begin with "gone"), silent (never answers). starttls and
tls want the user "cofre" with the password "s3cret pass". FOLDER gets N.json for
each mail: from, to, tls, user, data. Prints its port and serves until the process
PARENT_PID is gone.
"""
import asyncio
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

MODE, FOLDER = sys.argv[1:3]
PARENT = sys.argv[-1]
USER, PASSWORD = b"cofre", b"s3cret pass"


class Keeper:
    count = 0

    async def handle_MAIL(self, server, session, envelope, address, options):
        if MODE == "busy":
            return "451 4.3.2 try again later"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if MODE == "dead-rcpt" and address.startswith("gone"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if MODE == "refuse":
            return "550 5.7.1 not wanted here"
        Keeper.count += 1
        mail = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None or MODE == "tls",
                "user": session.authenticated, "data": envelope.content.decode("utf-8")}
        path = os.path.join(FOLDER, f"{Keeper.count}.json")
        with open(path + ".part", "w", encoding="utf-8") as out:
            json.dump(mail, out)
        os.rename(path + ".part", path)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = getattr(data, "login", b"") == USER and getattr(data, "password", b"") == PASSWORD
    return AuthResult(success=good, handled=False)


async def silent(reader, writer):
    await asyncio.sleep(3600)


async def main():
    context = None
    if MODE in ("starttls", "tls"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
    options = {}
    if MODE == "starttls":
        options = {"tls_context": context, "require_starttls": True, "auth_required": True,
                   "authenticator": authenticate}
    if MODE == "tls":
        options = {"auth_require_tls": False, "auth_required": True, "authenticator": authenticate}
    loop = asyncio.get_running_loop()
    if MODE == "silent":
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
    else:
        server = await loop.create_server(lambda: SMTP(Keeper(), hostname="test", **options), "127.0.0.1", 0,
                                          ssl=context if MODE == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    while os.path.exists(f"/proc/{PARENT}"):
        await asyncio.sleep(0.2)

asyncio.run(main())
