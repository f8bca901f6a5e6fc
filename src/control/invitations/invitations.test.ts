import { beforeEach, describe, expect, test } from 'vitest'

import { invitationLifeMs, invitationMailsMax } from '#domain/account-limits.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'
import { freshEmail, join, signIn, stepUp, type SignedIn } from '#test/control/people.ts'

let harness: ControlHarness
let ada: SignedIn
/** Ada's token after a fresh proof that she may change members. */
let proven: string
beforeEach(async () => {
  harness = await makeControlHarness()
  ada = await signIn(harness)
  proven = await stepUp(harness, ada, 'manage_members')
})

const listPath = (of: string = ada.accountId) => `/api/accounts/${of}/invitations`
const invite = (email: string, role = 'developer', token: string = proven) =>
  harness.call(`POST ${listPath()}`, { token, body: { email, role } })
const list = async (token: string = proven) =>
  (await harness.call(`GET ${listPath()}`, { token })).body.data
const change = (verb: 'resend' | 'withdraw', id: string, token: string = proven) => {
  const path = `${listPath()}/${id}`
  return harness.call(verb === 'resend' ? `POST ${path}/resend` : `DELETE ${path}`, { token })
}

async function mailsTo(email: string) {
  await harness.parts.post.deliver()
  return (harness.parts.post.outbox?.() ?? []).filter(
    ({ to, subject }) => to === email && subject.startsWith('Join'),
  )
}

async function tokenTo(email: string): Promise<string> {
  const [newest] = await mailsTo(email)
  const pattern = /http:\/\/codelace\.test\/app\/invitation#(\w{43})\n/
  return pattern.exec(newest?.text ?? '')?.[1] ?? expect.fail('no link was mailed')
}

const accept = (token: string, person: Pick<SignedIn, 'token'>) =>
  harness.call('POST /api/invitations/accept', { token: person.token, body: { token } })
const show = (token: string, person: Pick<SignedIn, 'token'>) =>
  harness.call('POST /api/invitations/show', { token: person.token, body: { token } })
const codeOf = (answer: Awaited<ReturnType<typeof accept>>) => [
  answer.status,
  answer.body.error?.code,
]

describe('an invitation', () => {
  test('reaches its address, and whoever signs in with it joins, once, with that role', async () => {
    const email = freshEmail()
    const made = await invite(email.toUpperCase())
    expect(made.body.data).toMatchObject({
      ...{ email, role: 'developer', status: 'open', sent_count: 1, invited_by: ada.me.id },
    })
    expect(JSON.stringify(made.body)).not.toContain(await tokenTo(email))
    const grace = await signIn(harness, email)
    const token = await tokenTo(email)
    const path = `GET /api/accounts/${ada.accountId}/keys`
    expect((await harness.call(path, { token: grace.token })).status).toBe(404)
    const shown = await show(token, grace)
    expect(shown.body.data).toMatchObject({
      ...{ account_id: ada.accountId, role: 'developer', is_member: false },
      ...{ account_name: ada.me.accounts[0].display_name, invited_by: ada.me.display_name },
    })
    expect((await accept(token, grace)).body.data).toMatchObject({ is_member: true })
    expect((await harness.call(path, { token: grace.token })).status).toBe(200)
    expect(codeOf(await accept(token, grace))).toEqual([404, 'invitation_over'])
    expect(await list()).toEqual([])
    const events = await harness.call('GET /api/me/security-events', { token: grace.token })
    expect(events.body.data[0]).toMatchObject({ kind: 'invitation_accepted' })
  })

  test('is nothing to anybody who reads it but signs in with another address', async () => {
    const email = freshEmail()
    await invite(email)
    const eve = await signIn(harness)
    const token = await tokenTo(email)
    expect(codeOf(await accept(token, eve))).toEqual([404, 'invitation_over'])
    const foreign = await show(token, eve)
    const unknown = await show('x'.repeat(43), eve)
    expect(foreign.status).toBe(404)
    expect(foreign.body.error.message).toBe(unknown.body.error.message)
    const body = { token }
    const nobody = await harness.call('POST /api/invitations/accept', { token: null, body })
    expect(codeOf(nobody)).toEqual([401, 'sign_in_required'])
    expect(codeOf(await accept(token, await signIn(harness, email)))).toEqual([200, undefined])
  })

  test('is answered the same for an address that somebody has, and one that nobody has', async () => {
    const known = await signIn(harness)
    const answers = [await invite(known.email), await invite(freshEmail())]
    const shapes = answers.map(({ status, body }) => {
      const { id: _, email: _email, ...rest } = body.data
      return { status, rest }
    })
    expect(shapes[0]).toEqual(shapes[1])
  })

  test('can be read by people: text and HTML say who, where, as what, and how long', async () => {
    const email = freshEmail()
    await harness.call('PATCH /api/me', { token: proven, body: { display_name: '<b>Ada</b>' } })
    await invite(email, 'admin')
    const [mail] = await mailsTo(email)
    for (const part of [`as an admin`, ada.email, '7 days', `signs in with ${email}`]) {
      expect(mail?.text).toContain(part)
      expect(mail?.html).toContain(part)
    }
    expect(mail?.text).toContain('<b>Ada</b> (')
    expect(mail?.html).toContain('&lt;b&gt;Ada&lt;/b&gt; (')
    expect(mail?.subject).toBe(`Join "${ada.me.accounts[0].display_name}" on codelace`)
  })

  test('that is sent again has a new link; the one before opens nothing', async () => {
    const email = freshEmail()
    const { id } = (await invite(email)).body.data
    const first = await tokenTo(email)
    expect(codeOf(await change('resend', id))).toEqual([429, 'rate_limit_exceeded'])
    harness.clock.value += invitationLifeMs
    proven = await stepUp(harness, await signIn(harness, ada.email), 'manage_members')
    expect(await list()).toMatchObject([{ status: 'expired' }])
    expect((await change('resend', id)).body.data).toMatchObject({ status: 'open', sent_count: 2 })
    const grace = await signIn(harness, email)
    expect(codeOf(await accept(first, grace))).toEqual([404, 'invitation_over'])
    expect((await accept(await tokenTo(email), grace)).status).toBe(200)
  })

  test('that was withdrawn, or ran out, opens nothing', async () => {
    const [withdrawn, late] = [freshEmail(), freshEmail()]
    const { id } = (await invite(withdrawn)).body.data
    await invite(late)
    const grace = await signIn(harness, withdrawn)
    expect((await change('withdraw', id)).status).toBe(200)
    expect(codeOf(await change('withdraw', id))).toEqual([404, 'invitation_not_found'])
    expect(codeOf(await change('resend', id))).toEqual([404, 'invitation_not_found'])
    expect(codeOf(await accept(await tokenTo(withdrawn), grace))).toEqual([404, 'invitation_over'])
    harness.clock.value += invitationLifeMs
    const linus = await signIn(harness, late)
    expect(codeOf(await accept(await tokenTo(late), linus))).toEqual([404, 'invitation_over'])
  })

  test('to an account that was closed or suspended meanwhile opens nothing', async () => {
    const email = freshEmail()
    await invite(email)
    const grace = await signIn(harness, email)
    const suspend = `POST /api/accounts/${ada.accountId}/suspend`
    await harness.call(suspend, { body: { reason: 'test' } })
    expect(codeOf(await accept(await tokenTo(email), grace))).toEqual([404, 'invitation_over'])
  })
})

describe('who may invite', () => {
  test('403: it takes a fresh proof, for just this', async () => {
    const other = await stepUp(harness, { ...ada, token: proven }, 'create_key')
    expect(codeOf(await invite(freshEmail(), 'viewer', other))).toEqual([403, 'step_up_required'])
  })

  test('403: admins invite everybody but owners; others nobody', async () => {
    const email = await join(harness, ada.accountId, 'admin')
    const token = await stepUp(harness, await signIn(harness, email), 'manage_members')
    expect(codeOf(await invite(freshEmail(), 'owner', token))).toEqual([403, 'role_too_low'])
    expect((await invite(freshEmail(), 'admin', token)).status).toBe(201)
    harness.clock.value += 60_000
    const owner = (await invite(freshEmail(), 'owner')).body.data
    harness.clock.value += 60_000
    expect(codeOf(await change('resend', owner.id, token))).toEqual([403, 'role_too_low'])
    const viewer = await harness.make.member(ada.accountId, 'viewer')
    expect(codeOf(await invite(freshEmail(), 'viewer', viewer))).toEqual([403, 'role_too_low'])
  })

  test('404: not in another account, and nothing of it is seen', async () => {
    const { id } = (await invite(freshEmail())).body.data
    const eve = await signIn(harness)
    expect(codeOf(await change('withdraw', id, eve.token))).toEqual([404, 'invitation_not_found'])
    const own = `DELETE ${listPath(eve.accountId)}/${id}`
    expect(codeOf(await harness.call(own, { token: eve.token }))).toEqual([
      404,
      'invitation_not_found',
    ])
    expect(await list()).toHaveLength(1)
  })
})

describe('what is refused', () => {
  test('409: a member, and whoever is invited already', async () => {
    const email = freshEmail()
    await invite(email)
    expect(codeOf(await invite(email))).toEqual([409, 'conflict'])
    expect(codeOf(await invite(ada.email))).toEqual([409, 'conflict'])
    expect(await mailsTo(email)).toHaveLength(1)
  })

  test.each([
    [{ email: 'nonsense', role: 'viewer' }, 'email'],
    [{ email: 'a@example.com\r\nBcc: eve@example.com', role: 'viewer' }, 'email'],
    [{ email: 'a@example.com', role: 'king' }, 'role'],
    [{ email: 'a@example.com' }, 'role'],
    [{ email: 'a@example.com', role: 'viewer', account_id: 'acct_1' }, 'account_id'],
  ])('400: %j', async (body, param) => {
    const answer = await harness.call(`POST ${listPath()}`, { token: proven, body })
    expect([answer.status, answer.body.error.param]).toEqual([400, param])
    expect(await list()).toEqual([])
  })

  test('429: one address is not flooded, whichever accounts send', async () => {
    const email = freshEmail()
    const { id } = (await invite(email)).body.data
    for (let sent = 1; sent < invitationMailsMax; sent += 1) {
      harness.clock.value += 61_000
      expect((await change('resend', id)).status).toBe(200)
    }
    harness.clock.value += 61_000
    expect(codeOf(await change('resend', id))).toEqual([409, 'conflict'])
    await change('withdraw', id)
    proven = await stepUp(harness, { ...ada, token: proven }, 'manage_members')
    expect(codeOf(await invite(email))).toEqual([429, 'rate_limit_exceeded'])
    expect(await mailsTo(email)).toHaveLength(invitationMailsMax)
  })

  test('503: where no mail can be sent, nothing is kept', async () => {
    Object.assign(harness.parts.post, { isOpen: false })
    expect(codeOf(await invite(freshEmail()))).toEqual([503, 'mail_unavailable'])
    Object.assign(harness.parts.post, { isOpen: true })
    expect(await list()).toEqual([])
  })
})
