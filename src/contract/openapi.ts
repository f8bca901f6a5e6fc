import { z } from 'zod'

import { faults, type FaultCode } from '#domain/faults.ts'

import { errorEnvelopeShape } from './error-shape.ts'
import { anthropicErrorShape, googleErrorShape } from './protocol-shapes.ts'
import { faultsOf, type Caller, type Route } from './route.ts'

const json = 'application/json'

type Json = Readonly<Record<string, unknown>>

/**
 * The OpenAPI 3.1 document of these routes. It is made from nothing but the table, so it can promise
 * neither more nor less than what is served.
 */
export function makeOpenApi(routes: readonly Route[]): Json {
  const schemas = new Map<string, Json>()
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const operations = (paths[route.path] ??= {})
    operations[route.method.toLowerCase()] = describeRoute(route, schemas)
  }
  schemas.set('Error', {
    ...schemaOf(errorEnvelopeShape, 'output', schemas),
    description: describeCodes(),
  })
  schemas.set('AnthropicError', schemaOf(anthropicErrorShape, 'output', schemas))
  schemas.set('GoogleError', schemaOf(googleErrorShape, 'output', schemas))
  return {
    openapi: '3.1.0',
    info: {
      title: 'codelace',
      version: '1',
      description:
        'One key for every model. `/v1` speaks OpenAI’s and Anthropic’s protocols, `/v1beta` speaks ' +
        'Gemini’s, and both take an API key; `/api` runs the installation and takes an operator ' +
        'token, or the token of a person’s session.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: Object.fromEntries([...schemas].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `cl_k…`' },
        operatorToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'An operator token: `cl_o…`',
        },
        sessionToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token of a session, given at sign-in: `cl_s…`',
        },
      },
    },
  }
}

function describeRoute(route: Route, schemas: Map<string, Json>): Json {
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    security: securityOf(route.caller),
    ...(route.params === undefined && route.query === undefined
      ? {}
      : { parameters: describeParameters(route, schemas) }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              [route.bodyType ?? json]: { schema: schemaOf(route.body, 'input', schemas) },
            },
          },
        }),
    responses: describeResponses(route, schemas),
  }
}

function securityOf(caller: Caller): readonly Json[] {
  switch (caller) {
    case 'anyone':
      return []
    case 'inference':
      return [{ apiKey: [] }]
    case 'session':
      return [{ sessionToken: [] }]
    case 'operator':
      return [{ operatorToken: [] }, { sessionToken: [] }]
    default:
      return [{ sessionToken: [] }, { operatorToken: [] }]
  }
}

function describeParameters(route: Route, schemas: Map<string, Json>): readonly Json[] {
  const of = (place: 'path' | 'query', schema: z.ZodType | undefined): readonly Json[] => {
    if (schema === undefined) return []
    const { properties = {}, required = [] } = schemaOf(schema, 'input', schemas) as {
      properties?: Record<string, Json>
      required?: readonly string[]
    }
    return Object.entries(properties).map(([name, { description, ...rest }]) => ({
      name,
      in: place,
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    }))
  }
  return [...of('path', route.params), ...of('query', route.query)]
}

function describeResponses(route: Route, schemas: Map<string, Json>): Json {
  const output = schemaOf(route.output, 'output', schemas)
  const type = route.streams ?? route.answerType ?? json
  const content: Record<string, Json> = { [type]: { schema: output } }
  if (route.alsoAnswers !== undefined) content[route.alsoAnswers] = { schema: { type: 'string' } }
  const byStatus = Map.groupBy(faultsOf(route), (code) => faults[code].status)
  const form = errorSchemas[route.envelope ?? 'openai']
  const failures = [...byStatus]
    .toSorted(([a], [b]) => a - b)
    .map(([status, codes]) => describeFailure(status, codes, form))
  return Object.fromEntries([
    [String(route.status), { description: 'Success.', content }],
    ...failures,
  ])
}

/** What each code means, once: each answer names those it may have. */
function describeCodes(): string {
  const lines = Object.entries(faults).map(([code, { message }]) => `\`${code}\`: ${message}`)
  return `\`error.code\` says what happened.\n\n${lines.join('\n\n')}`
}

/** The schema of errors in the form of each maker. */
const errorSchemas = {
  openai: 'Error',
  anthropic: 'AnthropicError',
  google: 'GoogleError',
} as const

function describeFailure(
  status: number,
  codes: readonly FaultCode[],
  form: string,
): [string, Json] {
  const description = codes.map((code) => `\`${code}\``).join(', ')
  const schema = { $ref: `#/components/schemas/${form}` }
  return [String(status), { description, content: { 'application/json': { schema } } }]
}

/** A JSON Schema whose named parts have moved to the document's components. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Map<string, Json>): Json {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  const moved = JSON.parse(
    JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as Record<string, unknown>
  const { $schema: _, $defs: named = {}, ...rest } = moved
  for (const [name, definition] of Object.entries(named as Record<string, Json>)) {
    schemas.set(name, definition)
  }
  return rest
}
