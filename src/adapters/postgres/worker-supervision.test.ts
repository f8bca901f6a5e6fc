import { Worker } from 'node:worker_threads'

import { expect, test, vi } from 'vitest'

import { superviseWorker } from './worker-supervision.ts'

/** A worker that lives until it is told to close, or to crash. */
function startWorker(): Worker {
  const program = `
    const { parentPort } = require('node:worker_threads')
    parentPort.on('message', (message) => process.exit(message === 'close' ? 0 : 1))`
  return new Worker(program, { eval: true })
}

test('a worker that crashes is replaced, and the person in charge is told', async () => {
  const report = vi.fn<(text: string) => void>()
  const first = startWorker()
  const replacement = Promise.withResolvers<Worker>()
  const restart = async () => {
    replacement.resolve(startWorker())
    return replacement.promise
  }
  const stop = superviseWorker({ first, restart, report })
  first.postMessage('crash')
  const second = await replacement.promise
  expect(report).toHaveBeenCalledWith(expect.stringContaining('is started again'))
  await stop()
  expect(second.threadId).toBe(-1)
})

test('a worker that is told to close is not replaced', async () => {
  const report = vi.fn<(text: string) => void>()
  const restart = vi.fn<() => Promise<Worker>>()
  const stop = superviseWorker({ first: startWorker(), restart, report })
  await stop()
  expect(restart).not.toHaveBeenCalled()
  expect(report).not.toHaveBeenCalled()
})

test('a worker that crashes again and again is given up after the fifth time', async () => {
  const report = vi.fn<(text: string) => void>()
  const first = startWorker()
  let restarts = 0
  const restart = async () => {
    restarts += 1
    const next = startWorker()
    next.postMessage('crash')
    return next
  }
  const stop = superviseWorker({ first, restart, report })
  first.postMessage('crash')
  await vi.waitFor(
    () => expect(report).toHaveBeenLastCalledWith(expect.stringContaining('stays down')),
    10_000,
  )
  expect(restarts).toBe(5)
  await stop()
})

test('without a way to restart, a crash is the end', async () => {
  const report = vi.fn<(text: string) => void>()
  const first = startWorker()
  const stop = superviseWorker({ first, restart: null, report })
  first.postMessage('crash')
  await vi.waitFor(() => expect(report).toHaveBeenCalledWith(expect.stringContaining('stays down')))
  await stop()
})

test('a restart that fails is reported, and closing still ends', async () => {
  const report = vi.fn<(text: string) => void>()
  const first = startWorker()
  const restart = () => Promise.reject(new RangeError('no room'))
  const stop = superviseWorker({ first, restart, report })
  first.postMessage('crash')
  await vi.waitFor(() =>
    expect(report).toHaveBeenLastCalledWith(expect.stringContaining('no room')),
  )
  await stop()
})
