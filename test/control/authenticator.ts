import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

import { expect } from 'vitest'

/** How a device may misbehave. */
export interface Misbehaviour {
  readonly origin?: string
  readonly site?: string
  readonly challenge?: string
  /** 0x01: somebody was there; 0x04: and was verified. */
  readonly flags?: number
  readonly count?: number
  readonly forgedSignature?: true
}

/** A device with one passkey, in software: it signs as a real one does. */
export interface Authenticator {
  readonly credentialId: string
  readonly create: (options: unknown, wrong?: Misbehaviour) => object
  readonly get: (options: unknown, wrong?: Misbehaviour) => object
}

const verified = 0x05
const withCredential = 0x40

/** A fresh device, which counts its uses unless `counts` is false. */
export function makeAuthenticator({
  origin,
  site,
  counts,
}: {
  origin: string
  site: string
  counts: boolean
}): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credential = randomBytes(32)
  let count = 0

  const clientData = (type: string, challenge: string, wrong: Misbehaviour) =>
    Buffer.from(
      JSON.stringify({
        type,
        challenge: wrong.challenge ?? challenge,
        origin: wrong.origin ?? origin,
        crossOrigin: false,
      }),
    )
  const authenticatorData = (wrong: Misbehaviour, extra: number, more: Buffer) => {
    if (counts) count += 1
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(wrong.count ?? count)
    const flags = Buffer.from([(wrong.flags ?? verified) | extra])
    return Buffer.concat([sha256(wrong.site ?? site), flags, counter, more])
  }

  return {
    credentialId: credential.toString('base64url'),
    create: (options, wrong = {}) => {
      const jwk = publicKey.export({ format: 'jwk' })
      const point = (text = '') => Buffer.from(text, 'base64url')
      const key = Buffer.concat([
        Buffer.from('a5010203262001215820', 'hex'),
        point(jwk.x),
        Buffer.from('225820', 'hex'),
        point(jwk.y),
      ])
      const length = Buffer.from([0, credential.length])
      const attested = Buffer.concat([Buffer.alloc(16), length, credential, key])
      const data = authenticatorData(wrong, withCredential, attested)
      const attestation = Buffer.concat([
        Buffer.from('a363666d74646e6f6e656761747453746d74a0686175746844617461', 'hex'),
        Buffer.from([0x58, data.length]),
        data,
      ])
      return answerOf(credential, {
        clientDataJSON: clientData('webauthn.create', challengeOf(options), wrong),
        attestationObject: attestation,
        transports: ['internal', 'made-up'],
      })
    },
    get: (options, wrong = {}) => {
      const client = clientData('webauthn.get', challengeOf(options), wrong)
      const data = authenticatorData(wrong, 0, Buffer.alloc(0))
      const signed = Buffer.concat([data, sha256(client)])
      const signature = sign('sha256', wrong.forgedSignature ? client : signed, privateKey)
      return answerOf(credential, { clientDataJSON: client, authenticatorData: data, signature })
    },
  }
}

function answerOf(credential: Buffer, response: Record<string, Buffer | string[]>): object {
  const id = credential.toString('base64url')
  const encoded = Object.entries(response).map(([name, value]) => [
    name,
    Buffer.isBuffer(value) ? value.toString('base64url') : value,
  ])
  const answer = { id, rawId: id, type: 'public-key', clientExtensionResults: {} }
  return { ...answer, response: Object.fromEntries(encoded) }
}

function challengeOf(options: unknown): string {
  if (typeof options === 'object' && options !== null && 'challenge' in options) {
    return String(options.challenge)
  }
  return expect.fail('options hold a challenge')
}

function sha256(bytes: Buffer | string): Buffer {
  return createHash('sha256').update(bytes).digest()
}
