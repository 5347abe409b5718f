"""A server with API keys and JWTs: http.server and PyJWT.

    PORT=8080 AUTHBENCH_CREDENTIALS=verification.json python3 server.py

The file says how callers prove who they are, and holds what that is verified with. Its
format is that of docs/own-server.md.
"""

import hashlib
import http.server
import json
import os
from datetime import datetime, timezone

import jwt

with open(os.environ["AUTHBENCH_CREDENTIALS"], encoding="utf-8") as file:
    TRUSTED = json.load(file)


class Refused(Exception):
    """The caller of a request is not known."""


def credential(headers):
    """Returns what stands in the header field that the file names, without its scheme."""
    value = headers.get(TRUSTED["field"], "")
    if "scheme" not in TRUSTED:
        return value
    scheme, _, text = value.rstrip(" \t").partition(" ")
    if scheme.lower() != TRUSTED["scheme"].lower():
        raise Refused
    return text


def api_keys():
    """Looks a key up by its digest: the file does not have the keys themselves."""
    if TRUSTED["hash"] != "sha256":
        raise ValueError(f"hash {TRUSTED['hash']}: this server knows sha256")
    records = {
        key["sha256"]: (key["subject"], key["revoked"], datetime.fromisoformat(key["expires"].replace("Z", "+00:00")))
        for key in TRUSTED["api_keys"]
    }

    def caller(headers):
        digest = hashlib.sha256(credential(headers).encode("latin-1")).hexdigest()
        if digest not in records:
            raise Refused
        subject, revoked, expires = records[digest]
        if revoked or expires <= datetime.now(timezone.utc):
            raise Refused
        return subject

    return caller


def tokens():
    """Verifies JWTs: by a key that the file has, with that key's algorithm, from its
    issuer, for its audience, not expired and not revoked."""
    keys = {key["kid"]: jwt.PyJWK(key).key for key in TRUSTED["keys"]}
    revoked = set(TRUSTED.get("revoked", ()))

    def caller(headers):
        token = credential(headers)
        key = keys.get(jwt.get_unverified_header(token).get("kid"))
        if key is None:
            raise Refused
        claims = jwt.decode(
            token,
            key,
            algorithms=[TRUSTED["keys"][0]["alg"]],
            issuer=TRUSTED["issuer"],
            audience=TRUSTED["audience"],
            options={"require": ["exp", "sub"]},
        )
        if claims.get("jti") in revoked:
            raise Refused
        return claims["sub"]

    return caller


# Each method makes what returns who sent a request, or raises.
METHODS = {"none": lambda: lambda headers: "anybody", "apikey": api_keys, "jwt": tokens}
if TRUSTED["method"] not in METHODS:
    raise ValueError(f"method {TRUSTED['method']}: this server knows none, apikey and jwt")
CALLER = METHODS[TRUSTED["method"]]()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one piece

    def do_GET(self):
        try:
            self.answer(200, {"hello": CALLER(self.headers)})
        except (Refused, jwt.PyJWTError):
            self.answer(401, {"error": "unauthorized"})

    def answer(self, status, content):
        text = json.dumps(content).encode()
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", TRUSTED.get("scheme", "ApiKey"))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Keeps quiet: a line per request would be measured as well."""


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128  # clients connect together


Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
