import { afterAll, beforeAll, expect, test } from 'vitest'

import { type Dashboard, openDashboard, signUp, tokenOf } from './dashboard.ts'

const startTimeoutMs = 240_000
const scriptBytesMax = 200_000
/** For a busy machine; the figure itself is printed. */
const paintMsMax = 5_000

let dashboard: Dashboard

let token = ''

beforeAll(async () => {
  dashboard = await openDashboard()
  const { page, context } = await dashboard.visit()
  await signUp(dashboard, page, { email: 'ada@example.com', name: 'Ada Lovelace' })
  token = await tokenOf(page)
  await context.close()
}, startTimeoutMs)

afterAll(() => dashboard.close(), 60_000)

test.each([
  ...['/sign-in', '/models', '/', '/requests', '/usage', '/keys', '/playground', '/members'],
  ...[
    '/limits',
    '/provider-keys',
    '/auth?code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  ],
  ...['/projects', '/sessions', '/settings', '/settings/notifications'],
])(
  'a first visit to %s loads at most 200 kB of script, packed, and is seen soon',
  async (path) => {
    const { page, context, complaints } = await dashboard.visit(
      path === '/sign-in' ? {} : { token },
    )
    const devtools = await context.newCDPSession(page)
    await devtools.send('Network.enable')
    const scripts = new Map<string, number>()
    const names = new Map<string, string>()
    devtools.on('Network.responseReceived', ({ requestId, response, type }) => {
      if (type === 'Script' || response.url.endsWith('.js')) names.set(requestId, response.url)
    })
    devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const name = names.get(requestId)
      if (name !== undefined) scripts.set(name, encodedDataLength)
    })
    await page.goto(`/app${path}`)
    await page.locator('main h1').waitFor()
    await page.waitForLoadState('load')
    await page.waitForFunction(
      () => performance.getEntriesByName('first-contentful-paint').length > 0,
    )
    const bytes = [...scripts.values()].reduce((sum, each) => sum + each, 0)
    const paintMs = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1,
    )
    console.log(
      `${path}: ${bytes} bytes of script in ${scripts.size} files, first contentful paint after ${Math.round(paintMs)} ms`,
    )
    expect(scripts.size).toBeGreaterThan(0)
    expect(bytes).toBeLessThanOrEqual(scriptBytesMax)
    expect(paintMs).toBeGreaterThan(0)
    expect(paintMs).toBeLessThanOrEqual(paintMsMax)
    expect(complaints).toEqual([])
    await context.close()
  },
  60_000,
)
