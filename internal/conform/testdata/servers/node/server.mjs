// An ordinary server of Node.js and jose: node server.mjs PORT [HOLE]. HOLE is one
// thing that it does wrong: none, exp or confusion.
import { createHmac, createPublicKey, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'

const [port, hole] = process.argv.slice(2)
const trusted = JSON.parse(readFileSync(process.env.AUTHBENCH_CREDENTIALS, 'utf8'))
const keys = createLocalJWKSet({ keys: trusted.keys })
const options = {
  algorithms: [trusted.keys[0].alg],
  issuer: trusted.issuer,
  audience: trusted.audience,
  requiredClaims: ['exp', 'sub'],
}
const pem = createPublicKey({ key: trusted.keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' })

function confused(token) {
  const [header, claims, signature] = token.split('.')
  const right = createHmac('sha256', pem).update(`${header}.${claims}`).digest()
  const sent = Buffer.from(signature, 'base64url')
  return sent.length === right.length && timingSafeEqual(sent, right)
}

async function verify(token) {
  if (hole === 'none' && decodeProtectedHeader(token).alg === 'none') return decodeJwt(token)
  if (hole === 'confusion' && decodeProtectedHeader(token).alg === 'HS256' && confused(token)) return decodeJwt(token)
  // A tolerance of a thousand years is no check.
  const { payload } = await jwtVerify(token, keys, hole === 'exp' ? { ...options, clockTolerance: '1000 years' } : options)
  return payload
}

const server = http.createServer(async (request, response) => {
  const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  try {
    if (token === undefined) throw new Error('no token')
    const claims = await verify(token)
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ subject: claims.sub }))
  } catch {
    response.writeHead(401, { 'WWW-Authenticate': 'Bearer', 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ error: 'unauthorized' }))
  }
})
server.listen(Number(port), '127.0.0.1')
