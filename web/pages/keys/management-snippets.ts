import type { CodeTab } from '#web/elements/snippet-tabs.tsx'

/** What a management key does, as calls to be pasted. */
export function managementTabs({
  origin,
  key,
}: {
  origin: string
  key: string
}): readonly CodeTab[] {
  const call = (options: string) =>
    `curl ${origin}/v1/keys${options} \\\n  -H 'Authorization: Bearer ${key}'`
  const body = '{"name": "customer 42", "limit": 20, "limit_reset": "monthly"}'
  return [
    {
      id: 'make',
      title: 'Make a key',
      about:
        'The answer holds the secret, once, and its hash, which is the id of the key in paths.',
      code: `${call('')} \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`,
    },
    { id: 'list', title: 'List them', code: call('') },
    {
      id: 'change',
      title: 'Change one',
      code: `${call('/<hash> -X PATCH')} \\\n  -H 'Content-Type: application/json' \\\n  -d '{"limit": 50}'`,
    },
    { id: 'end', title: 'End one', code: call('/<hash> -X DELETE') },
  ]
}
