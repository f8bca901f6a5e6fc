import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { createUndiciUpstream, type UndiciUpstream } from '#adapters/upstream/undici-upstream.ts'
import type { Provider } from '#domain/catalogue.ts'
import { Bug, Fault } from '#domain/faults.ts'
import { SigningError } from '#ports/request-signer.ts'
import type { UpstreamRequest } from '#ports/upstream.ts'
import { realClock } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  startScriptedUpstream,
  streamOf,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

import type { Answered } from './answered.ts'
import { gatewayLimits } from './gateway-limits.ts'
import type { Life } from './life.ts'
import type { StreamEnd } from './stream/stream-relay.ts'
import { UpstreamListener, type Conversation, type PassedStream } from './upstream-listener.ts'
import { createWatch } from './watch.ts'

let upstream: ScriptedUpstream
let transport: UndiciUpstream
let events: { level: 'warn' | 'alarm'; event: string; details: unknown }[] = []

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, {}))
  transport = createUndiciUpstream()
})

beforeEach(() => {
  events = []
  sent = []
})

afterAll(async () => {
  await transport.close()
  await upstream.close()
})

let sent: UpstreamRequest[] = []
const watched: Pick<UndiciUpstream, 'send'> = {
  send(request, handlers) {
    sent.push(request)
    return transport.send(request, handlers)
  },
}

const provider: Provider = {
  slug: 'scripted',
  name: 'Scripted',
  kind: 'model',
  protocol: 'openai',
  baseUrl: 'http://127.0.0.1/v1',
  apiKey: null,
  dataPolicy: { retentionDays: null, trains: null, region: null },
}

const mistake = () => {
  throw new Bug('a mistake of ours')
}

interface Heard {
  readonly answered: Answered
  readonly worker: Life['worker']
  readonly resolvedCount: number
}

/** What comes of a conversation in which these parts are different from one that goes well. */
async function hear(
  parts: Partial<Conversation<Answered>>,
  passed: Partial<PassedStream<Answered>> = {},
): Promise<Heard> {
  let resolvedCount = 0
  const life: Pick<Life, 'worker'> = { worker: null }
  const answered = await new Promise<Answered>((resolve) => {
    const listener = new UpstreamListener({
      house: {
        limits: gatewayLimits,
        upstreams: { 'http:': watched },
        watch: createWatch(realClock, 10),
        log: {
          warn: (event, details) => void events.push({ level: 'warn', event, details }),
          alarm: (event, details) => void events.push({ level: 'alarm', event, details }),
        },
      },
      life,
      provider,
      conversation: { ...conversation(passed), ...parts },
      resolve: (result) => {
        resolvedCount += 1
        resolve(result)
      },
    })
    life.worker = listener
    listener.begin()
  })
  return { answered, worker: life.worker, resolvedCount }
}

function conversation(passed: Partial<PassedStream<Answered>>): Conversation<Answered> {
  return {
    isStream: true,
    prepare: () => ({ url: upstream.baseUrl, headers: {}, body: Buffer.from('{}') }),
    formOf: (type) => (type === 'text/event-stream' ? 'stream' : 'whole'),
    openStream: (_, onEnd) => passedStream(onEnd, passed),
    readWhole: () => ({ kind: 'unreadable', detail: 'it is not read here' }),
    readError: (answer) => answer,
  }
}

function passedStream(
  onEnd: (end: StreamEnd) => void,
  parts: Partial<PassedStream<Answered>>,
): PassedStream<Answered> {
  return {
    writer: { isOpen: false },
    push: () => undefined,
    close: () => onEnd({ kind: 'completed' }),
    fail: mistake,
    tick: () => undefined,
    stop: onEnd,
    answered: () => ({ kind: 'gone' }),
    ...parts,
  }
}

function expectOwnMistake({ answered, worker, resolvedCount }: Heard): void {
  expect(answered).toMatchObject({
    kind: 'failed',
    failure: { errorClass: 'internal', retriable: false, fault: { code: 'internal' } },
  })
  expect(worker).toBeNull()
  expect(resolvedCount).toBe(1)
  expect(events.map(({ level, event }) => ({ level, event }))).toEqual([
    { level: 'alarm', event: 'bug' },
  ])
}

describe('a mistake of ours is logged and ends as our own error, never as the upstream’s', () => {
  test('while the request is written', async () => {
    expectOwnMistake(await hear({ prepare: mistake }))
    events = []
    expectOwnMistake(await hear({ prepare: () => Promise.resolve().then(mistake) }))
  })

  test('at the head of the answer', async () => {
    upstream.script = streamOf(['data: 1\n\n'])
    expectOwnMistake(await hear({ formOf: mistake }))
    events = []
    expectOwnMistake(await hear({ openStream: mistake }))
  })

  test('in the middle of a stream', async () => {
    upstream.script = streamOf(['data: 1\n\n', 'data: 2\n\n'])
    expectOwnMistake(await hear({}, { push: mistake }))
  })

  test('at the end of a stream, which can then no longer end by itself', async () => {
    upstream.script = streamOf(['data: 1\n\n'])
    expectOwnMistake(await hear({}, { close: mistake, stop: () => undefined }))
  })

  test('while a stream is looked after in its pauses', async () => {
    upstream.script = ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
    }
    expectOwnMistake(await hear({}, { tick: mistake }))
  })

  test('when the upstream fails', async () => {
    upstream.script = ({ response, socket }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n', () => socket.destroy())
    }
    expectOwnMistake(await hear({}, { fail: mistake }))
  })

  test('in a whole answer and in an error', async () => {
    upstream.script = answerWith(200, {})
    expectOwnMistake(await hear({ isStream: false, readWhole: mistake }))
    events = []
    upstream.script = answerWith(429, {})
    expectOwnMistake(await hear({ readError: mistake }))
  })
})

test('a stream must begin within a minute, a whole answer may take ten, and a call has its own time', async () => {
  const isStream = false
  const own = { url: upstream.baseUrl, headers: {}, body: Buffer.from('{}') }
  await hear({})
  await hear({ isStream })
  await hear({ isStream, prepare: () => ({ ...own, firstByteTimeoutMs: 5_000 }) })
  expect(sent.map((request) => request.firstByteTimeoutMs)).toEqual([60_000, 600_000, 5_000])
})

test('what an endpoint cannot be asked may be asked of another one', async () => {
  const prepare = () => {
    throw new Fault('invalid_request', { param: 'top_k', details: { detail: 'no' } })
  }
  const { answered } = await hear({ prepare })
  expect(answered).toMatchObject({
    failure: { errorClass: 'not_expressible', retriable: true, fault: { code: 'invalid_request' } },
  })
  expect(events).toEqual([])
})

test('an endpoint whose credentials cannot sign is like one that cannot be reached', async () => {
  const prepare = () => Promise.reject(new SigningError('the token was refused'))
  const { answered } = await hear({ prepare })
  expect(answered).toMatchObject({
    failure: { retriable: true, fault: { code: 'provider_unavailable' } },
  })
  expect(events).toMatchObject([{ level: 'alarm', event: 'signing_failed' }])
})
