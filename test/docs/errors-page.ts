import { type FaultDefinition, faults } from '#domain/faults.ts'

/** The page `docs/errors.md`, made from the table of faults. `npm run docs` writes it. */
export function errorsPage(): string {
  const rows = Object.entries(faults)
    .sort(([, left], [, right]) => left.status - right.status)
    .map(([code, fault]) => row(code, fault))
  return `# Errors

<!-- Written by "npm run docs" from src/domain/faults.ts. -->

Every error has OpenAI's shape, and the status that OpenAI's clients turn into the class they expect:

\`\`\`json
{
  "error": {
    "message": "what happened, what it means for your money, and what to do",
    "type": "the class OpenAI gives it",
    "param": "the field that is wrong, or null",
    "code": "one of the codes below",
    "metadata": { "error_type": "a stable, coarser class" }
  }
}
\`\`\`

After the first byte of a stream the status cannot change any more: then the error comes as the last event, and
no \`[DONE]\` follows. A provider's own refusal keeps its status under the code \`provider_rejected\`. A request
that was refused, or that failed before it delivered anything, costs nothing.

| status | code | type | error_type | message |
| ------ | ---- | ---- | ---------- | ------- |
${rows.join('\n')}
`
}

function row(code: string, { status, type, errorType, message }: FaultDefinition): string {
  const words = message.replaceAll('|', '\\|').replace(/\{(\w+)\}/g, '‹$1›')
  return `| ${status} | \`${code}\` | \`${type}\` | \`${errorType}\` | ${words} |`
}
