"""An ordinary server of Python and PyJWT: server.py KIND PORT [HOLE].

KIND is http.server or uvicorn. HOLE is one thing that it does wrong: none, exp or
confusion.
"""

import hashlib
import hmac
import http.server
import json
import os
import sys

import jwt
from cryptography.hazmat.primitives import serialization
from jwt.utils import base64url_decode

KIND, PORT, HOLE = sys.argv[1], int(sys.argv[2]), "".join(sys.argv[3:])
with open(os.environ["AUTHBENCH_CREDENTIALS"], encoding="utf-8") as file:
    TRUSTED = json.load(file)
KEYS = jwt.PyJWKSet.from_dict(TRUSTED)
PEM = KEYS.keys[0].key.public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def unchecked(token):
    return jwt.decode(token, options={"verify_signature": False})


def confused(token):
    signed, _, signature = token.rpartition(".")
    right = hmac.digest(PEM, signed.encode(), hashlib.sha256)
    return hmac.compare_digest(right, base64url_decode(signature))


def verify(token):
    header = jwt.get_unverified_header(token)
    if HOLE == "none" and header["alg"] == "none":
        return unchecked(token)
    if HOLE == "confusion" and header["alg"] == "HS256" and confused(token):
        return unchecked(token)
    key = next((k for k in KEYS.keys if k.key_id == header.get("kid")), None)
    if key is None:
        raise jwt.InvalidTokenError("unknown key")
    options = {"require": ["exp", "sub"], "verify_exp": HOLE != "exp"}
    return jwt.decode(
        token,
        key.key,
        algorithms=[TRUSTED["keys"][0]["alg"]],
        issuer=TRUSTED["issuer"],
        audience=TRUSTED["audience"],
        options=options,
    )


def answer(authorization):
    """Returns a status, header fields and content."""
    scheme, _, token = authorization.partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise jwt.InvalidTokenError("no token")
        claims = verify(token.strip(" \t"))
    except jwt.PyJWTError:
        return 401, {"WWW-Authenticate": "Bearer"}, b'{"error":"unauthorized"}'
    return 200, {}, json.dumps({"subject": claims["sub"]}).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        status, fields, content = answer(self.headers.get("Authorization", ""))
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Keeps quiet."""


async def application(scope, _receive, send):
    if scope["type"] != "http":
        return
    fields = dict(scope["headers"])
    status, more, content = answer(fields.get(b"authorization", b"").decode("latin-1"))
    headers = [(b"content-type", b"application/json")]
    headers += [(name.encode(), value.encode()) for name, value in more.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


if KIND == "uvicorn":
    import uvicorn

    uvicorn.run(application, host="127.0.0.1", port=PORT, log_level="critical")
else:
    http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
