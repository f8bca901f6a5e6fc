/** What stands on the playground: kept for the tab, without the key. */
export interface PlaygroundDraft {
  readonly models: readonly string[]
  readonly system: string
  readonly message: string
  readonly temperature: string
  readonly maxTokens: string
  readonly tools: string
  readonly schema: string
}

/** An empty playground. */
export const blankDraft: PlaygroundDraft = {
  models: [],
  system: '',
  message: '',
  temperature: '',
  maxTokens: '',
  tools: '',
  schema: '',
}

/** The most models side by side. */
export const columnsMax = 4

/** One turn that was said before. */
export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

/** Either a body to send, or which field cannot be read. */
export type ReadDraft =
  | { readonly kind: 'body'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'problem'; readonly field: keyof PlaygroundDraft; readonly words: string }

/** The request that a draft makes for one model, after what was said before. */
export function readDraft(
  draft: PlaygroundDraft,
  { model, before }: { model: string; before: readonly Turn[] },
): ReadDraft {
  const numbers = { temperature: draft.temperature, maxTokens: draft.maxTokens }
  for (const [field, text] of Object.entries(numbers)) {
    if (text.trim() !== '' && !Number.isFinite(Number(text))) {
      return { kind: 'problem', field: field as keyof PlaygroundDraft, words: 'This is no number.' }
    }
  }
  const tools = readJson(draft.tools)
  if (tools === 'broken' || !(tools === undefined || Array.isArray(tools))) {
    return { kind: 'problem', field: 'tools', words: 'Tools are a JSON array of functions.' }
  }
  const schema = readJson(draft.schema)
  if (schema === 'broken' || !(schema === undefined || isObject(schema))) {
    return { kind: 'problem', field: 'schema', words: 'The schema is a JSON object.' }
  }
  const system = draft.system.trim() === '' ? [] : [{ role: 'system', content: draft.system }]
  return {
    kind: 'body',
    body: {
      model,
      messages: [...system, ...before, { role: 'user', content: draft.message }],
      ...(draft.temperature.trim() !== '' && { temperature: Number(draft.temperature) }),
      ...(draft.maxTokens.trim() !== '' && { max_tokens: Number(draft.maxTokens) }),
      ...(tools !== undefined && { tools }),
      ...(schema !== undefined && {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'answer', strict: true, schema },
        },
      }),
    },
  }
}

/** The draft that says what a request of the log said, as far as the playground can. */
export function draftOf(request: Readonly<Record<string, unknown>>): PlaygroundDraft {
  const messages = Array.isArray(request['messages']) ? (request['messages'] as unknown[]) : []
  const textOf = (role: string) =>
    messages
      .filter((message) => isObject(message) && message['role'] === role)
      .map((message) => (isObject(message) ? message['content'] : ''))
      .map((content) => (typeof content === 'string' ? content : JSON.stringify(content)))
  const format = request['response_format']
  const schema =
    isObject(format) && isObject(format['json_schema'])
      ? format['json_schema']['schema']
      : undefined
  const text = (value: unknown) => (typeof value === 'number' ? String(value) : '')
  return {
    models: typeof request['model'] === 'string' ? [request['model']] : [],
    system: textOf('system').join('\n\n'),
    message: textOf('user').at(-1) ?? '',
    temperature: text(request['temperature']),
    maxTokens: text(request['max_tokens'] ?? request['max_completion_tokens']),
    tools: request['tools'] === undefined ? '' : JSON.stringify(request['tools'], null, 2),
    schema: schema === undefined ? '' : JSON.stringify(schema, null, 2),
  }
}

function readJson(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return 'broken'
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
