// A server with API keys and JWTs: node:http and jose.
//
//   PORT=8080 AUTHBENCH_CREDENTIALS=verification.json node server.mjs
//
// The file says how callers prove who they are, and holds what that is verified with.
// Its format is that of docs/own-server.md.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { importJWK, jwtVerify } from 'jose'

const trusted = JSON.parse(readFileSync(process.env.AUTHBENCH_CREDENTIALS, 'utf8'))

// Refused is thrown for a request whose caller is not known.
class Refused extends Error {}

// credential returns what a request sends in the header field that the file names,
// without the scheme before it.
const behindScheme = new RegExp(trusted.scheme ? `^${trusted.scheme} (\\S+)$` : '^(.*)$', 'i')
function credential(request) {
  const [, text] = behindScheme.exec(request.headers[trusted.field.toLowerCase()] ?? '') ?? []
  if (text === undefined) throw new Refused('no credential')
  return text
}

// apiKeys looks a key up by its digest: the file does not have the keys themselves.
function apiKeys() {
  if (trusted.hash !== 'sha256') throw new Error(`hash ${trusted.hash}: this server knows sha256`)
  const records = new Map(trusted.api_keys.map((key) => [
    key.sha256, { subject: key.subject, revoked: key.revoked, expires: Date.parse(key.expires) },
  ]))
  return async (request) => {
    const record = records.get(createHash('sha256').update(credential(request)).digest('hex'))
    if (!record || record.revoked || record.expires <= Date.now()) throw new Refused('unknown key')
    return record.subject
  }
}

// tokens verifies JWTs: by a key that the file has, with that key's algorithm, from its
// issuer, for its audience, not expired and not revoked.
async function tokens() {
  const keys = new Map()
  for (const jwk of trusted.keys) keys.set(jwk.kid, await importJWK(jwk))
  const revoked = new Set(trusted.revoked)
  const options = {
    algorithms: [trusted.keys[0].alg],
    issuer: trusted.issuer,
    audience: trusted.audience,
    requiredClaims: ['exp', 'sub'],
  }
  const keyOf = ({ kid }) => {
    if (!keys.has(kid)) throw new Refused('unknown key')
    return keys.get(kid)
  }
  return async (request) => {
    const { payload } = await jwtVerify(credential(request), keyOf, options)
    if (revoked.has(payload.jti)) throw new Refused('revoked')
    return payload.sub
  }
}

// Each method returns who sent a request, or throws.
const methods = {
  none: async () => async () => 'anybody',
  apikey: async () => apiKeys(),
  jwt: tokens,
}
if (!Object.hasOwn(methods, trusted.method)) throw new Error(`method ${trusted.method}: this server knows none, apikey and jwt`)
const caller = await methods[trusted.method]()

function answer(response, status, fields, content) {
  const text = JSON.stringify(content)
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text), ...fields })
  response.end(text)
}

const server = http.createServer(async (request, response) => {
  let subject
  try {
    subject = await caller(request)
  } catch {
    // Why is nobody's business but ours.
    answer(response, 401, { 'WWW-Authenticate': trusted.scheme ?? 'ApiKey' }, { error: 'unauthorized' })
    return
  }
  answer(response, 200, {}, { hello: subject })
})
server.listen(Number(process.env.PORT), '127.0.0.1')
