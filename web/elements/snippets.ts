/** What a request is made of when it is written as code. */
export interface SnippetParts {
  /** Where the API is: "https://codelace.example". */
  readonly origin: string
  /** The key itself where it is known, else the name of the variable that holds it. */
  readonly key: string | null
  /** The body of the request: a JSON value. */
  readonly body: Readonly<Record<string, unknown>>
}

/** The languages that a request can be written in. */
export const snippetLanguages = [
  { id: 'curl', title: 'curl' },
  { id: 'python', title: 'Python' },
  { id: 'typescript', title: 'TypeScript' },
] as const

/** One of them. */
export type SnippetLanguage = (typeof snippetLanguages)[number]['id']

const variable = 'CODELACE_API_KEY'

/** A chat completion as code that runs as it stands. Whatever is in the body stays data in every language. */
export function snippet(language: SnippetLanguage, parts: SnippetParts): string {
  switch (language) {
    case 'curl':
      return curl(parts)
    case 'python':
      return python(parts)
    case 'typescript':
      return typescript(parts)
    default:
      return language satisfies never
  }
}

function curl({ origin, key, body }: SnippetParts): string {
  const authorization =
    key === null
      ? `"Authorization: Bearer $${variable}"`
      : shellText(`Authorization: Bearer ${key}`)
  return [
    `curl ${origin}/v1/chat/completions \\`,
    `  -H ${authorization} \\`,
    `  -H "Content-Type: application/json" \\`,
    // A line break in JSON text stands between members, never in them.
    `  -d ${shellText(JSON.stringify(body, null, 2).replaceAll('\n', '\n  '))}`,
  ].join('\n')
}

/** Within single quotes a shell reads nothing but the end of them. */
function shellText(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function python({ origin, key, body }: SnippetParts): string {
  const { stream, ...rest } = body
  const given = Object.entries(rest).map(
    ([name, value]) => `    ${keyword(name)}=${pythonValue(value, 4)},`,
  )
  const { known, extra } = splitExtra(given)
  return [
    ...(key === null ? ['import os', ''] : []),
    'from openai import OpenAI',
    '',
    'client = OpenAI(',
    `    base_url=${pythonText(`${origin}/v1`)},`,
    `    api_key=${key === null ? `os.environ["${variable}"]` : pythonText(key)},`,
    ')',
    '',
    `${stream === true ? 'stream' : 'answer'} = client.chat.completions.create(`,
    ...known,
    ...(extra.length > 0
      ? [
          '    extra_body={',
          ...extra.map((line) => `    ${line.replace(/^ {4}(\w+)=/, '    "$1": ')}`),
          '    },',
        ]
      : []),
    ...(stream === true ? ['    stream=True,'] : []),
    ')',
    ...(stream === true
      ? [
          'for chunk in stream:',
          '    if chunk.choices:',
          '        print(chunk.choices[0].delta.content or "", end="")',
        ]
      : ['print(answer.choices[0].message.content)']),
  ].join('\n')
}

/** Parameters that OpenAI's client names itself; all others travel in `extra_body`. */
const openAiNames: ReadonlySet<string> = new Set(
  (
    'model messages temperature top_p max_tokens max_completion_tokens n stop seed tools tool_choice ' +
    'parallel_tool_calls response_format reasoning_effort frequency_penalty presence_penalty logit_bias ' +
    'logprobs top_logprobs user stream_options metadata'
  ).split(' '),
)

function splitExtra(lines: readonly string[]) {
  const isKnown = (line: string) => openAiNames.has(/^ {4}(\w+)=/.exec(line)?.[1] ?? '')
  return { known: lines.filter(isKnown), extra: lines.filter((line) => !isKnown(line)) }
}

function keyword(name: string): string {
  return /^[a-z_]\w*$/i.test(name) ? name : 'invalid'
}

function pythonValue(value: unknown, depth: number): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return pythonText(value)
  if (typeof value !== 'object') return JSON.stringify(value) ?? 'None'
  const pad = ' '.repeat(depth)
  const items = Array.isArray(value)
    ? value.map((item) => pythonValue(item, depth + 4))
    : Object.entries(value).map(
        ([name, item]) => `${pythonText(name)}: ${pythonValue(item, depth + 4)}`,
      )
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  if (items.length === 0) return `${open}${close}`
  const line = `${open}${items.join(', ')}${close}`
  if (line.length + depth < 80 && !line.includes('\n')) return line
  return `${open}\n${items.map((item) => `${pad}    ${item},`).join('\n')}\n${pad}${close}`
}

/** JSON's text is Python's text: every escape of it means the same there. */
function pythonText(text: string): string {
  return JSON.stringify(text).replace(/[\ud800-\udfff]/g, '?')
}

function typescript({ origin, key, body }: SnippetParts): string {
  const request = JSON.stringify(body, null, 2)
  return [
    "import OpenAI from 'openai'",
    '',
    'const client = new OpenAI({',
    `  baseURL: ${JSON.stringify(`${origin}/v1`)},`,
    `  apiKey: ${key === null ? `process.env.${variable}` : JSON.stringify(key)},`,
    '})',
    '',
    ...(body['stream'] === true
      ? [
          `const stream = await client.chat.completions.create(${request})`,
          'for await (const chunk of stream) {',
          "  process.stdout.write(chunk.choices[0]?.delta?.content ?? '')",
          '}',
        ]
      : [
          `const answer = await client.chat.completions.create(${request})`,
          'console.log(answer.choices[0].message.content)',
        ]),
  ].join('\n')
}
