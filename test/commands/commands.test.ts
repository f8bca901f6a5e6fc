import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { command, type Ended, type Environment } from '#test/process/product.ts'
import { startServer, type RunningServer } from '#test/server/running-server.ts'

let server: RunningServer
let folder: string
beforeAll(async () => {
  server = await startServer()
  folder = mkdtempSync(join(tmpdir(), 'codelace-commands-'))
}, 120_000)
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs a command as someone who works where the server was started. */
const run = (line: string, more: Environment = {}): Promise<Ended> =>
  command(wordsOf(line), { CODELACE_DATA: server.dataFolder, ...more })

/** Splits at blanks, except inside double quotes. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

async function runJson(line: string): Promise<ReturnType<typeof JSON.parse>> {
  const { exitCode, out, err } = await run(`${line} --json`)
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
  return JSON.parse(out)
}

/** Columns are separated by at least two blanks. */
const cellsOf = (line: string) => line.trim().split(/ {2,}/)

describe('limits', () => {
  test('are set, shown with what was spent, and lifted', async () => {
    const { id } = (await runJson('accounts create "Bo Ltd"')).data
    const made = await runJson(`keys create ${id} laptop --spend-per-month 20 --models "openai/*"`)
    const key = made.data.id
    const shown = await run(`keys limits ${key}`)
    expect(shown.out).toMatch(/^spend per month +\$0\.00 of \$20\.00$/m)
    expect(shown.out).toMatch(/^models +openai\/\*$/m)
    const changed = await run(
      `keys limits ${key} --requests-per-minute 60 --spend-per-day 1.5 --models none --ips "10.0.0.0/8, ::1"`,
    )
    expect(changed.out).toMatch(/^requests per minute +60$/m)
    expect(changed.out).toMatch(/^spend per day +\$0\.00 of \$1\.50$/m)
    expect(changed.out).toMatch(/^models +any$/m)
    expect(changed.out).toMatch(/^addresses +10\.0\.0\.0\/8, ::1$/m)
    expect((await runJson(`keys limits ${key} --lift`)).data.limits).toBeNull()
    const ofAccount = await run(`accounts limits ${id} --concurrent-requests 5`)
    expect(ofAccount.out).toMatch(/^concurrent requests +5$/m)
    expect(
      (await runJson(`accounts limits ${id} --concurrent-requests none`)).data.limits,
    ).toBeNull()
  }, 120_000)

  test('that make no sense are refused with the value', async () => {
    const { id } = (await runJson('accounts create "Cy Ltd"')).data
    const wrong = await run(`accounts limits ${id} --spend-per-day 5 --spend-per-month 2`)
    expect(wrong.exitCode).toBe(1)
    expect(wrong.err).toContain('limits.spend.month: 2 contradicts spend.day')
    expect((await run(`accounts limits ${id} --requests-per-minute many`)).exitCode).toBe(2)
  }, 120_000)
})

describe('accounts', () => {
  test('create, list, show, update, suspend and restore', async () => {
    const created = await runJson('accounts create "Ada Ltd" --email ada@example.com')
    const { id } = created.data
    expect(created.data).toMatchObject({ display_name: 'Ada Ltd', status: 'active' })

    const listed = await run('accounts list')
    const [titles, first] = listed.out.split('\n')
    expect(cellsOf(titles ?? '')).toEqual(['ID', 'NAME', 'STATUS', 'ROLE', 'CREATED'])
    expect(cellsOf(first ?? '').slice(0, 4)).toEqual([id, 'Ada Ltd', 'active', 'customer'])

    const suspended = await run(`accounts suspend ${id} --reason "unpaid invoice"`)
    expect(suspended.out).toMatch(/^status +suspended: unpaid invoice$/m)
    expect((await run(`accounts restore ${id}`)).out).toMatch(/^status +active$/m)
    expect((await run(`accounts update ${id} --content-mode none`)).out).toMatch(/^content +none$/m)

    const shown = await run(`accounts show ${id}`)
    expect(shown.out).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}suspended: unpaid invoice$/m)
    const { data } = await runJson(`accounts show ${id}`)
    expect(data).toMatchObject({ status: 'active', content_mode: 'none' })
  }, 120_000)

  test('a long list goes on where it stopped', async () => {
    const first = await run('accounts list --limit 1')
    const cursor = /--after (\S+)/.exec(first.err)?.[1]
    expect(first.out.trim().split('\n')).toHaveLength(2)
    const second = await run(`accounts list --limit 1 --after ${cursor}`)
    expect(second.exitCode).toBe(0)
    expect(second.out).not.toBe(first.out)
  }, 60_000)
})

describe('credits', () => {
  test('grant is exact, and counts once for each effect key', async () => {
    const { id } = (await runJson('accounts create Credited')).data
    const granted = await runJson(`credits grant ${id} 0.000000001 --kind paid --note tiny`)
    expect(granted).toMatchObject({ created: true, data: { amount: '0.000000001', kind: 'paid' } })
    for (const round of [1, 2]) {
      const again = await run(`credits grant ${id} 5 --effect-key invoice-1`)
      expect([round, again.out.includes('used before')]).toEqual([round, round === 2])
    }
    const shown = await run(`credits show ${id}`)
    expect(shown.out).toMatch(/^available +\$5\.000000001$/m)
    expect(shown.out).toMatch(/^spent +\$0\.00$/m)
  }, 120_000)

  test('an amount that cannot be granted fails with the server’s own words', async () => {
    for (const amount of ['0', '1e3', '0.0000000001', '99999999999']) {
      const { exitCode, err } = await run(`credits grant ${server.accountId} ${amount}`)
      expect([amount, exitCode]).toEqual([amount, 1])
      expect(err).toContain(`amount: "${amount}"`)
    }
  }, 60_000)
})

describe('keys', () => {
  test('create shows the secret once; it works until it is revoked', async () => {
    const created = await run(`keys create ${server.accountId} laptop`)
    const key = /cl_k\w{36}/.exec(created.out)?.[0] ?? ''
    const id = /key_\w+/.exec(created.out)?.[0] ?? ''
    expect(created.err).toContain('not shown again')
    const ask = () => fetch(`${server.url}/v1/key`, { headers: { authorization: `Bearer ${key}` } })
    expect((await ask()).status).toBe(200)

    const revoked = await run(`keys revoke ${id}`)
    expect(revoked.out).toMatch(/^Revoked cl_k….{4} \(laptop\) at /)
    await expect.poll(async () => (await ask()).status, { timeout: 5_000 }).toBe(401)
    const listed = await run(`keys list ${server.accountId}`)
    expect(listed.out).not.toContain(key)
    const line = listed.out.split('\n').find((one) => one.startsWith(id)) ?? ''
    expect(cellsOf(line)).toContain('revoked')
  }, 120_000)
})

describe('keys rotate', () => {
  test('gives a key another secret; the one before works as long as it was said', async () => {
    const made = await runJson(`keys create ${server.accountId} rotating`)
    const ask = (secret: string) =>
      fetch(`${server.url}/v1/key`, { headers: { authorization: `Bearer ${secret}` } })
    const rotated = await run(`keys rotate ${made.data.id} --grace 1`)
    const secret = /cl_k\w{36}/.exec(rotated.out)?.[0] ?? ''
    expect(secret).not.toBe(made.key)
    expect(rotated.out).toMatch(/^old secrets +work until \d{4}-/m)
    expect(rotated.err).toContain('not shown again')
    expect([(await ask(secret)).status, (await ask(made.key)).status]).toEqual([200, 200])
    const again = await runJson(`keys rotate ${made.data.id} --grace 0`)
    expect(again.key).toMatch(/^cl_k/)
    await expect.poll(async () => (await ask(secret)).status, { timeout: 5_000 }).toBe(401)
    for (const wrong of ['-1', '721', 'soon']) {
      expect((await run(`keys rotate ${made.data.id} --grace ${wrong}`)).exitCode).toBe(2)
    }
    const absent = await run('keys rotate key_none')
    expect([absent.exitCode, absent.err]).toEqual([
      1,
      expect.stringContaining('No key has this id'),
    ])
    expect((await run('keys rotate --help')).out).toContain('codelace keys rotate key_')
  }, 120_000)
})

describe('members and requests', () => {
  test('members list says who belongs to an account', async () => {
    const { id } = (await runJson('accounts create Empty')).data
    expect((await runJson(`members list ${id}`)).data).toEqual([])
    const listed = await run(`members list ${id}`)
    expect(cellsOf(listed.out.split('\n')[0] ?? '')).toEqual([
      ...['ID', 'E-MAIL', 'NAME', 'ROLE', 'SINCE'],
    ])
    const absent = await run('members list acct_none')
    expect([absent.exitCode, absent.err]).toEqual([1, expect.stringContaining('No account')])
    expect((await run('members list')).exitCode).toBe(2)
  }, 120_000)

  test('requests list narrows, sorts and goes on', async () => {
    const ask = async () => {
      const answer = await fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'sim/echo',
          messages: [{ role: 'user', content: 'canary' }],
        }),
      })
      return answer.headers.get('x-generation-id') ?? ''
    }
    const ids = [await ask(), await ask()]
    const line = `requests list ${server.accountId}`
    await expect
      .poll(async () => (await run(`${line} --status 2xx --model sim/echo`)).out, {
        timeout: 20_000,
      })
      .toContain(ids[1])
    const first = await run(`${line} --sort cost --rising --limit 1`)
    const cursor = /--after (\S+)/.exec(first.err)?.[1]
    const second = await run(`${line} --sort cost --rising --limit 1 --after ${cursor}`)
    expect(second.exitCode).toBe(0)
    expect(second.out).not.toBe(first.out)
    expect(first.out).not.toContain('canary')
    expect((await runJson(`${line} --status 503`)).data).toEqual([])
    const wrong = await run(`${line} --status many`)
    expect([wrong.exitCode, wrong.err]).toEqual([1, expect.stringContaining('status')])
    expect((await run(`${line} --sort colour`)).exitCode).toBe(2)
    expect((await run('requests list --help')).out).toContain('codelace requests list acct_')
  }, 120_000)
})

describe('generations', () => {
  test('list and show what was asked, and what it cost', async () => {
    const answer = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sim/echo', messages: [{ role: 'user', content: 'canary' }] }),
    })
    const id = answer.headers.get('x-generation-id') ?? ''
    await expect
      .poll(async () => (await run(`generations list --account ${server.accountId}`)).out, {
        timeout: 20_000,
      })
      .toContain(id)
    const shown = await run(`generations show ${id}`)
    expect(shown.out).toMatch(/^resolved +sim\/echo$/m)
    expect(shown.out).toMatch(/^outcome +completed \(200\)$/m)
    expect(shown.out).toMatch(/^cost +\$0\.0000\d+ at price_/m)
    expect(shown.out).not.toContain('canary')
    expect((await runJson('generations list --outcome upstream_failed')).data).toEqual([])
  }, 120_000)
})

describe('ledger and prices', () => {
  test('the books are in order', async () => {
    const { exitCode, out } = await run('ledger verify')
    expect([exitCode, out]).toEqual([0, 'Balanced: not one nano-dollar is astray.\n'])
    expect((await runJson('ledger verify')).data.balanced).toBe(true)
  }, 60_000)

  test('what was charged when, and what another configuration would change', async () => {
    const { data } = await runJson('prices history')
    expect(data.map((one: { endpoint: string }) => one.endpoint)).toContain('sim/echo@simulated')
    const shown = await run(`prices show ${data[0].version_id}`)
    expect(shown.out).toMatch(/^prompt +\$1$/m)
    expect((await run('prices diff')).out).toBe('No price would change.\n')
    const next = await run('prices diff', { OPENAI_API_KEY: 'sk-test' })
    expect(next.out).toMatch(/openai\S* +prompt +– +\d/)
  }, 60_000)
})

describe('config check', () => {
  test('finds nothing wrong with nothing', async () => {
    const { exitCode, out } = await run('config check')
    expect(exitCode).toBe(0)
    expect(out).toMatch(/^Fine\. .* 10 models from 1 provider\.$/m)
  })

  test('lists every mistake of the environment and the file, on a machine without a server', async () => {
    const file = join(folder, 'wrong.json')
    writeFileSync(file, '{"models": 5,\n "providers": [{"slug": 1}],\n "surprise": 1}')
    const { exitCode, out, err } = await command(['config', 'check', file], { PORT: 'x' })
    expect(exitCode).toBe(1)
    for (const part of ['PORT', 'wrong.json:1', 'wrong.json:2', 'surprise']) {
      expect(out).toContain(part)
    }
    expect(err).toMatch(/^\d+ mistakes\. The server does not start with any\.$/m)
    const json = await command(['config', 'check', file, '--json'], {})
    expect(JSON.parse(json.out)).toMatchObject({ valid: false, file })
  })

  test('prints the schema of the file', async () => {
    const { exitCode, out } = await run('config check --schema')
    expect(exitCode).toBe(0)
    expect(JSON.parse(out)).toHaveProperty('properties.models')
  })
})

describe('a command line that cannot be understood', () => {
  test.each(['nonsense', 'accounts list --limit many'])('"%s" exits with 2', async (line) => {
    const { exitCode, out, err } = await run(line)
    expect([exitCode, out]).toEqual([2, ''])
    expect(err).toMatch(/error: /)
  })
})

describe('a command that fails exits with 1, says why, and what to do next', () => {
  const failing: readonly (readonly [string, string, Environment, RegExp])[] = [
    [
      'nothing is at that id',
      'accounts show acct_none',
      {},
      /No account has this id\.\n.*accounts list/,
    ],
    ['an id of another kind', 'keys revoke laptop', {}, /No key has this id\.\n.*keys list/],
    [
      'no server answers',
      'accounts list --url http://127.0.0.1:1',
      { CODELACE_OPERATOR_TOKEN: 'cl_o' },
      /No codelace answers at http:\/\/127\.0\.0\.1:1\.\n.*npm start/,
    ],
    ['the address is none', 'accounts list --url nonsense', {}, /"nonsense" is no address/],
    [
      'the token is not the server’s',
      'accounts list',
      { CODELACE_OPERATOR_TOKEN: 'cl_o123' },
      /not valid.*\n.*CODELACE_OPERATOR_TOKEN/,
    ],
  ]

  test.each(failing)('%s', async (_, line, more, words) => {
    const { exitCode, out, err } = await run(line, more)
    expect(err).toMatch(words)
    expect([exitCode, out]).toEqual([1, ''])
    expect(err).not.toMatch(/\n\s+at /)
  })

  test('no server was ever started here', async () => {
    const { exitCode, err } = await command(['accounts', 'list'], { CODELACE_DATA: folder })
    expect(exitCode).toBe(1)
    expect(err).toMatch(/No server is known: .*first-run\.json\.\n.*npm start/)
  })

  test('an API key of a customer opens nothing', async () => {
    const { err } = await run('accounts list', { CODELACE_OPERATOR_TOKEN: server.apiKey })
    expect(err).toMatch(/This key may not do that.*\n.*cl_o/)
  })

  test('the token of the first run is never sent to another server', async () => {
    const { exitCode, err } = await run('accounts list --url http://192.0.2.1:8080')
    expect(exitCode).toBe(1)
    expect(err).toContain('No operator token is known for http://192.0.2.1:8080.')
  })
})
