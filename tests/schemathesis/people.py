"""Makes people of every tier on a running server, and prints a token for each: tier and token on a line.

usage: people.py SERVER
"""

import json
import re
import socketserver
import sys
import threading
import time
import urllib.request

API = sys.argv[1] + "/platform/api"
PASSWORD = "SecurePassword123!"


class Mails(socketserver.StreamRequestHandler):
    """As much of SMTP as it takes to read invitations."""

    received: list[str] = []

    def handle(self):
        self.say("220 mails")
        while line := self.rfile.readline().decode().strip():
            command = line.upper().split(" ")[0]
            if command == "DATA":
                self.say("354 go on")
                lines = []
                while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(text)
                # Long lines are broken with a `=` at their end.
                self.received.append("\n".join(lines).replace("=\n", "").replace("=3D", "="))
            elif command == "QUIT":
                return self.say("221 bye")
            self.say("250 ok")

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


def call(method, path, body=None, token=""):
    request = urllib.request.Request(API + path, method=method)
    if token:
        request.add_header("authorization", f"Bearer {token}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request) as response:
        text = response.read()
        return json.loads(text) if text else None


def sign_in(email):
    return call("POST", "/global/auth/login", {"email": email, "password": PASSWORD})["access_token"]


def register(email):
    names = {"first_name": "Jane", "last_name": "Doe"}
    call("POST", "/global/auth/register", {"email": email, "password": PASSWORD, **names})
    return sign_in(email)


def select(token, tenant_id):
    return call("POST", "/global/auth/select-tenant", {"tenant_id": tenant_id}, token)["access_token"]


def invited(email):
    """The token of the invitation that was sent to an address."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for mail in Mails.received:
            found = re.search(r"invite\?token=([A-Za-z0-9_-]{43})", mail)
            if found and f"To: {email}" in mail:
                return found[1]
        time.sleep(0.05)
    raise SystemExit(f"no invitation for {email} arrived: {Mails.received}")


def join(owner, tenant_id, email, role):
    call("POST", "/service/invites", {"email": email, "role": role}, owner)
    token = register(email)
    call("POST", "/global/invites/accept", {"token": invited(email)}, token)
    return select(token, tenant_id)


def main():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mails)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    admin = sign_in("admin@trueport.example")
    settings = {
        "smtp.host": "127.0.0.1",
        "smtp.port": server.server_address[1],
        "smtp.security": "none",
        "smtp.from_address": "noreply@trueport.example",
        # All of it comes from one address.
        "auth.anonymous_requests_per_minute": 1_000_000,
    }
    for key, value in settings.items():
        call("PUT", f"/admin/configs/{key}", {"value": value}, admin)
    owner = register("owner@trueport.example")
    tenant = call("POST", "/global/tenants", {"name": "Beta", "slug": "beta-corp"}, owner)["id"]
    scoped = select(owner, tenant)
    print("platform-admin", admin)
    print("global", register("person@trueport.example"))
    print("owner", scoped)
    for role in ["admin", "member", "viewer"]:
        print(role, join(scoped, tenant, f"{role}@beta.example", role))
    scopes = ["tokens:read", "usage:write", "configs:read", "entitlements:read"]
    key = call("POST", "/admin/service-keys", {"name": "gateway", "scopes": scopes}, admin)["key"]
    print("service", key)
    # The mail server ends here; what is sent from now on waits.


main()
