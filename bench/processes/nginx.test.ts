import { describe, expect, test } from 'vitest'

import { nginxConfiguration } from './nginx.ts'

const text = nginxConfiguration('/bench', [
  { kind: 'answer', port: 1001, json: '{"a":1}' },
  { kind: 'relay', port: 1002, upstreamPort: 2002, buffered: true },
  { kind: 'relay', port: 1003, upstreamPort: 2003, buffered: false },
])

describe('the configuration of nginx', () => {
  test('is a floor: one worker, no log, connections kept on both sides', () => {
    expect(text).toContain('worker_processes 1;')
    expect(text).toContain('access_log off;')
    expect(text).toContain('proxy_http_version 1.1; proxy_set_header Connection "";')
    expect(text).toContain('keepalive 256;')
  })

  test('answers on one port and relays on the others, streams without gathering', () => {
    expect(text).toContain(`location / { return 200 '{"a":1}'; }`)
    expect(text).toMatch(
      /listen 127.0.0.1:1002[^}]*http:\/\/upstream_1002;[^}]*proxy_buffering on/s,
    )
    expect(text).toMatch(
      /listen 127.0.0.1:1003[^}]*http:\/\/upstream_1003;[^}]*proxy_buffering off/s,
    )
    expect(text).toContain('upstream upstream_1003 { server 127.0.0.1:2003;')
  })

  test('closes every block that it opens and writes nowhere but into its folder', () => {
    expect(text.split('{').length).toBe(text.split('}').length)
    const paths = [...text.matchAll(/ (\/\S+?);/g)].map((match) => match[1] ?? '')
    expect(paths.length).toBeGreaterThan(5)
    expect(paths.every((path) => path.startsWith('/bench/'))).toBe(true)
  })
})
