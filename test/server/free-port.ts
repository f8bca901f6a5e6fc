import { createServer } from 'node:net'

/**
 * Below those that the system gives to whoever asks for any, so that no other listener of a test gets it meanwhile,
 * and drawn at random, so that suites that run at the same time hardly ever draw the same.
 */
const range = { first: 20_000, count: 12_000 }

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = range.first + Math.floor(Math.random() * range.count)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
