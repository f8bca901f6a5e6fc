import { randomBytes } from 'node:crypto'

import { expect } from 'vitest'

import { createOutbox } from '#adapters/mail/outbox.ts'
import { makeMemoryAccountKeyStore } from '#adapters/memory/account-keys.ts'
import { makeMemoryAuthCodeStore } from '#adapters/memory/auth-codes.ts'
import { makeMemoryBudgetStore } from '#adapters/memory/budgets.ts'
import { makeMemoryControlAnswerStore } from '#adapters/memory/control-answers.ts'
import { makeMemoryDirectory } from '#adapters/memory/directory.ts'
import { makeMemoryGenerationStore } from '#adapters/memory/generations.ts'
import { makeMemoryInvitationStore } from '#adapters/memory/invitations.ts'
import { makeLedgerModel } from '#adapters/memory/ledger-model.ts'
import { makeMemoryLedgerStore } from '#adapters/memory/ledger.ts'
import { makeMemoryMailQueue } from '#adapters/memory/mail-queue.ts'
import { makeMemoryNotificationStore } from '#adapters/memory/notifications.ts'
import { makeMemoryPasskeyStore } from '#adapters/memory/passkeys.ts'
import { makeMemoryPeopleStore } from '#adapters/memory/people.ts'
import { makeMemoryPriceBook } from '#adapters/memory/price-book.ts'
import { makeMemorySecurityEventStore } from '#adapters/memory/security-events.ts'
import { makeMemorySessionStore } from '#adapters/memory/sessions.ts'
import { makeMemoryChallengeStore } from '#adapters/memory/sign-in-challenges.ts'
import { makeMemoryUsageStore, TrafficBook } from '#adapters/memory/usage-store.ts'
import { publicHttpsOnly, refusalOfAddress } from '#adapters/outbound/outbound-guard.ts'
import { createCredentialVault } from '#adapters/vault/credential-vault.ts'
import { makeMasterKey } from '#adapters/vault/master-key.ts'
import { createServerSecrets } from '#adapters/vault/server-secrets.ts'
import { createPasskeyCeremonies } from '#adapters/webauthn/ceremonies.ts'
import { errorEnvelopeShape } from '#contract/error-shape.ts'
import { faultsOf, type Route } from '#contract/route.ts'
import { controlRoutes } from '#contract/routes.ts'
import { hashKey } from '#control/keys/hash-key.ts'
import { createPostOffice } from '#control/mail/post-office.ts'
import type { ControlEvent, ControlParts } from '#control/operation.ts'
import { createRequestFeed } from '#control/requests/request-feed.ts'
import { createControl, type Control } from '#control/serve.ts'
import {
  type Account,
  type AccountRole,
  type AccountStatus,
  type KeyKind,
  usualKeyScopes,
} from '#domain/accounts.ts'
import { buildCatalogue, type Provider, usualOwnCredentialPolicy } from '#domain/catalogue.ts'
import { describeDevice } from '#domain/devices.ts'
import type { GenerationContent, GenerationRecord } from '#domain/generation.ts'
import {
  makeAccountId,
  makeGenerationId,
  makeKeyId,
  makePersonId,
  makeSessionId,
  type AccountId,
  type GenerationId,
} from '#domain/identifiers.ts'
import { makeApiKey, makeSessionToken } from '#domain/keys.ts'
import { nanoUsd } from '#domain/money.ts'
import type { OpenedCredential } from '#domain/own-credentials.ts'
import type { MemberRole } from '#domain/people.ts'
import { freeSheet } from '#domain/price-sheets.ts'
import { zeroUsage } from '#domain/usage.ts'
import type { AccountStore } from '#ports/accounts.ts'
import { VaultError } from '#ports/content-vault.ts'

/** What came back: the body has been checked against the route table already. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // A test reads what it expects to be there; a wrong guess fails its assertion.
  readonly body: ReturnType<typeof JSON.parse>
}

/** How to call the control plane. */
export interface CallOptions {
  readonly token?: string | null
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Where the caller is. */
  readonly address?: string
}

/** Where callers are that say nothing else. */
const usualAddress = '192.0.2.10'

/** The control plane over stores in memory, with an operator. */
export type ControlHarness = Awaited<ReturnType<typeof makeControlHarness>>

/** A control plane whose answers are all checked against the route table: bodies and fault codes. */
export async function makeControlHarness() {
  const clock = makeTestClock()
  const statuses = new Map<AccountId, AccountStatus>()
  const directory = makeMemoryDirectory(clock.nowMs)
  const accounts = rememberStatuses(directory.accounts, statuses)
  const model = makeLedgerModel({
    nowMs: clock.nowMs,
    findAccountStatus: (id) => statuses.get(id),
    onRecall: () => undefined,
  })
  const ledger = makeMemoryLedgerStore(model)
  const prices = makeMemoryPriceBook(clock.nowMs)
  const traffic = new TrafficBook()
  const generations = makeMemoryGenerationStore(traffic)
  const contents = new Map<GenerationId, GenerationContent>()
  const events: ControlEvent[] = []
  const probed: OpenedCredential[] = []
  const pending = new Map<GenerationId, GenerationRecord>()
  const report = (event: ControlEvent) => void events.push(event)
  const people = makeMemoryPeopleStore(accounts)
  const sessions = makeMemorySessionStore(people)
  const secrets = createServerSecrets({ current: makeMasterKey(randomBytes(32)), older: [] })
  const outbox = createOutbox(clock.nowMs, () => undefined)
  const queue = makeMemoryMailQueue()
  const post = createPostOffice({
    ...{ queue, secrets, mailer: outbox, outbox: outbox.mails },
    ...{ clock, randomBytes, report },
  })
  const authCodes = makeMemoryAuthCodeStore(people)
  const parts: ControlParts = {
    people,
    authCodes,
    invitations: makeMemoryInvitationStore({ accounts, people }),
    notifications: makeMemoryNotificationStore({ accounts, people, queue, traffic }),
    sessions,
    challenges: makeMemoryChallengeStore({ people, sessions }),
    passkeys: makeMemoryPasskeyStore(),
    ceremonies: createPasskeyCeremonies(),
    securityEvents: makeMemorySecurityEventStore(),
    secrets,
    answers: makeMemoryControlAnswerStore(),
    post,
    house: { publicUrl: null, isOwnMachine: true },
    accounts,
    apiKeys: directory.apiKeys,
    ledger,
    projects: directory.projects,
    credentials: directory.credentials,
    credentialVault: createCredentialVault({
      ...{ clock: { monotonicMs: clock.nowMs }, randomBytes },
      masterKeys: { current: makeMasterKey(randomBytes(32)), older: [] },
      accountKeys: makeMemoryAccountKeyStore(),
    }),
    probe: {
      probe: async (opened) => {
        probed.push(opened)
        return { outcome: 'works', detail: 'It answered.' }
      },
      refusalOfAddress: (address) => refusalOfAddress(address, publicHttpsOnly),
    },
    catalogue: () => smallCatalogue,
    budgets: makeMemoryBudgetStore(model),
    generations,
    requestFeed: createRequestFeed({ generations, clock, report }),
    usage: makeMemoryUsageStore({ ledger: model, traffic }),
    vault: plainVault,
    findPending: (id) => pending.get(id),
    findPendingContent: (id) => contents.get(id),
    prices,
    configuredPrices: {
      inForce: () => [],
      preview: () => ({ kind: 'valid', differences: [] }),
      apply: async () => ({ kind: 'valid', differences: [] }),
    },
    clock,
    randomBytes,
    report,
  }
  const make = makerOf(parts)
  const operator = await make.account('operator')
  const token = await make.key(operator.id, 'operator')
  const control = createControl(parts, '{"openapi":"3.1.0"}')
  const call = (target: string, options: CallOptions = {}): Promise<Answer> =>
    callControl(control.fetch, target, { token, ...options })
  return {
    parts,
    clock,
    events,
    probed,
    pending,
    contents,
    operator,
    token,
    call,
    make,
    ledger,
    prices,
    generations,
    fetch: control.fetch,
    authCodes,
  }
}

/** Time that stands still until a test moves it: by `value`, or by `pass`, which lets timers run. */
function makeTestClock() {
  const timers = new Set<{ readonly atMs: number; readonly call: () => void }>()
  const clock = {
    value: 1_764_000_000_000,
    nowMs: () => clock.value,
    after: (delayMs: number, call: () => void) => {
      const timer = { atMs: clock.value + delayMs, call }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    pass: (ms: number) => {
      clock.value += ms
      for (const timer of [...timers].filter(({ atMs }) => atMs <= clock.value)) {
        timers.delete(timer)
        timer.call()
      }
    },
  }
  return clock
}

const testProvider: Provider = {
  ...{ slug: 'acme', name: 'Acme', kind: 'model', protocol: 'openai' },
  ...{ baseUrl: 'https://api.acme.example/v1', apiKey: 'sk-of-the-house' },
  dataPolicy: { retentionDays: null, trains: null, region: null },
}

/** One model that one provider serves, and nothing else. */
const smallCatalogue = buildCatalogue({
  providers: [testProvider],
  models: [
    {
      ...{ id: 'acme/small', name: 'Small', description: '', createdAtSeconds: 0, aliases: [] },
      ...{ contextLength: 1_000, maxOutput: 100 },
      ...{ inputModalities: ['text'], outputModalities: ['text'] },
      endpoints: [
        {
          ...{ provider: testProvider, upstreamModel: 'small-1' },
          price: { id: 'price_test', sheet: freeSheet },
        },
      ],
    },
  ],
  ownCredentials: { ...usualOwnCredentialPolicy, feePartsPerMillion: 25_000 },
})

/** Seals nothing: what a vault promises is shown where the real one is. */
const plainVault: ControlParts['vault'] = {
  open: async ({ id, accountId, request, response, streamed }) => {
    if (request.length === 0) throw new VaultError('the key is gone')
    return { id, accountId, request, response, streamed }
  },
}

function makerOf(parts: ControlParts) {
  return {
    account: (role: AccountRole = 'customer'): Promise<Account> =>
      parts.accounts.create({
        id: makeAccountId(randomBytes),
        role,
        displayName: 'Ada',
        email: null,
        contentMode: 'full',
      }),
    key: async (
      accountId: AccountId,
      kind: KeyKind = 'inference',
      expiresAt: Date | null = null,
    ) => {
      const secret = makeApiKey(kind, randomBytes)
      await parts.apiKeys.create({
        id: makeKeyId(randomBytes),
        accountId,
        kind,
        name: 'test',
        prefix: secret.slice(0, 4),
        lastFour: secret.slice(-4),
        hash: await hashKey(secret),
        contentMode: null,
        limits: null,
        expiresAt,
        scopes: kind === 'inference' ? usualKeyScopes : [],
        projectId: null,
        createdBy: null,
      })
      return secret
    },
    /** A person with this role in the account; the token of a session. */
    member: async (accountId: AccountId, role: MemberRole) => {
      const id = makePersonId(randomBytes)
      const person = {
        ...{ id, email: `${id.toLowerCase()}@example.com`, displayName: 'Grace', locale: null },
        ageStatement: 'adult' as const,
        acceptedPolicies: {},
      }
      const nowMs = parts.clock.nowMs()
      await parts.people.signUp({ person, role, account: { id: accountId }, nowMs })
      const secret = makeSessionToken(randomBytes)
      await parts.sessions.begin({
        ...{ id: makeSessionId(randomBytes), personId: id, tokenHash: await hashKey(secret) },
        ...{ authenticatedBy: 'code', network: usualAddress, device: describeDevice(null), nowMs },
      })
      return secret
    },
    generation: (accountId: AccountId, more: Partial<GenerationRecord> = {}): GenerationRecord => ({
      id: makeGenerationId(more.createdAtMs ?? parts.clock.nowMs(), randomBytes),
      accountId,
      keyId: 'key_test',
      createdAtMs: parts.clock.nowMs(),
      requestedModel: 'sim/echo',
      resolvedModel: 'sim/echo',
      provider: 'sim',
      upstreamModel: 'echo',
      upstreamId: 'chatcmpl-1',
      routingPath: [
        {
          provider: 'sim',
          upstreamModel: 'echo',
          startedAtMs: parts.clock.nowMs(),
          status: 200,
          latencyMs: 12,
          errorClass: null,
        },
      ],
      outcome: 'completed',
      status: 200,
      faultCode: null,
      streamed: true,
      timeToFirstTokenMs: 5,
      latencyMs: 14,
      usage: { ...zeroUsage, promptTokens: 10, completionTokens: 3, cachedTokens: 4 },
      usageSource: 'upstream',
      finishReason: 'stop',
      costNanoUsd: nanoUsd(213_000n),
      priceVersionId: 'price_test',
      clientIp: '192.0.2.1',
      userAgent: 'curl/8',
      contentMode: 'full',
      ...more,
    }),
  }
}

function rememberStatuses(
  store: AccountStore,
  statuses: Map<AccountId, AccountStatus>,
): AccountStore {
  const remember = <Found extends Account | undefined>(account: Found): Found => {
    if (account !== undefined) statuses.set(account.id, account.status)
    return account
  }
  return {
    ...store,
    create: async (account) => remember(await store.create(account)),
    setStatus: async (change) => remember(await store.setStatus(change)),
  }
}

async function callControl(
  fetch: Control['fetch'],
  target: string,
  { token, body, headers = {}, address = usualAddress }: CallOptions,
): Promise<Answer> {
  const [method = '', path = ''] = target.split(' ')
  const sent = new Headers(headers)
  if (token) sent.set('authorization', `Bearer ${token}`)
  const init: RequestInit = { method, headers: sent }
  if (body !== undefined) {
    if (!sent.has('content-type')) sent.set('content-type', 'application/json')
    init.body = typeof body === 'string' ? body : JSON.stringify(body)
  }
  const response = await fetch(new Request(new URL(path, 'http://codelace.test'), init), {
    address,
  })
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  const said: unknown = isJson ? await response.json() : await textOf(response)
  const answer: Answer = { status: response.status, headers: response.headers, body: said }
  checkAgainstTable(method, path, answer)
  return answer
}

/** A file whole; of a stream that goes on for ever, nothing but that it began. */
async function textOf(response: Response): Promise<string> {
  if (response.headers.get('content-type') !== 'text/event-stream') return response.text()
  await response.body?.cancel()
  return ''
}

function checkAgainstTable(method: string, path: string, { status, body }: Answer): void {
  const route = findRoute(method, path)
  if (status >= 400) {
    const { error } = errorEnvelopeShape.parse(body)
    if (route !== undefined) expect(faultsOf(route), `faults of ${route.id}`).toContain(error.code)
    return
  }
  if (route === undefined) return
  expect(status, `status of ${route.id}`).toBe(route.status)
  expect(route.output.safeParse(body).error, `answer of ${route.id}`).toBeUndefined()
}

function findRoute(method: string, path: string): Route | undefined {
  const { pathname } = new URL(path, 'http://codelace.test')
  return Object.values(controlRoutes).find(
    (route) =>
      route.method === method &&
      new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  )
}
