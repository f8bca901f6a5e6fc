import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { askJson, userSays } from '#test/simulated/simulated-harness.ts'

import { instanceOf } from './json-instance.ts'

describe('an instance of a schema', () => {
  const node = {
    type: 'object',
    properties: {
      value: { type: 'integer' },
      next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
    },
    required: ['value', 'next'],
  }
  const cases: [string, object, unknown][] = [
    ['a text', { type: 'string' }, 'simulated'],
    ['a long text', { type: 'string', minLength: 12 }, 'simulatedsim'],
    ['a short text', { type: 'string', maxLength: 3 }, 'sim'],
    ['a date', { type: 'string', format: 'date' }, '2026-01-01'],
    ['a pattern', { type: 'string', pattern: '^[A-Z]{2}-\\d+$' }, 'AB-12'],
    ['an impossible pattern', { type: 'string', pattern: '(' }, 'simulated'],
    ['a whole number', { type: 'integer' }, 0],
    ['a least number', { type: 'integer', minimum: 3.5 }, 4],
    ['a number above', { type: 'integer', exclusiveMinimum: 3 }, 4],
    ['a number below', { type: 'number', maximum: -2 }, -2],
    ['a fraction between', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
    ['a multiple', { type: 'number', minimum: 7, multipleOf: 5 }, 10],
    ['a truth', { type: 'boolean' }, true],
    ['nothing', { type: 'null' }, null],
    ['a type or nothing', { type: ['null', 'integer'] }, 0],
    ['a constant', { const: { a: 1 } }, { a: 1 }],
    ['the first of some', { enum: ['b', 'a'] }, 'b'],
    ['an empty list', { type: 'array', items: { type: 'string' } }, []],
    ['a list', { type: 'array', items: { type: 'integer' }, minItems: 2 }, [0, 0]],
    [
      'a set',
      { type: 'array', items: { type: 'integer' }, minItems: 2, uniqueItems: true },
      [0, 1],
    ],
    ['a tuple', { prefixItems: [{ type: 'boolean' }, { const: 2 }] }, [true, 2]],
    [
      'required members only',
      { properties: { a: { type: 'boolean' }, b: { type: 'null' } }, required: ['a'] },
      { a: true },
    ],
    ['the first alternative', { anyOf: [{ type: 'boolean' }, { type: 'null' }] }, true],
    [
      'all parts',
      {
        allOf: [
          { type: 'object', properties: { a: { const: 1 } }, required: ['a'] },
          { properties: { b: { const: 2 } }, required: ['b'] },
        ],
      },
      { a: 1, b: 2 },
    ],
    [
      'a recursion with an end',
      { $ref: '#/$defs/node', $defs: { node } },
      { value: 0, next: { value: 0, next: null } },
    ],
    ['no schema at all', {}, 'simulated'],
  ]
  it.each(cases)('%s', (_, schema, expected) => {
    expect(instanceOf(schema)).toEqual(expected)
  })

  it('does not exist where there can be none, and the search for it ends', () => {
    const endless = { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] }
    expect(instanceOf(endless)).toBeUndefined()
    expect(instanceOf(false)).toBeUndefined()
    expect(instanceOf({ $ref: '#/nowhere' })).toBeUndefined()
    expect(instanceOf({ type: 'array', minItems: 1e9 })).toBeUndefined()
    expect(instanceOf({ allOf: [{ $ref: '#' }] })).toBeUndefined()
  })

  it('is made of any JSON without ever failing', () => {
    const schemaLike = fc.letrec((tie) => ({
      schema: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.record(
          {
            type: fc.constantFrom('object', 'array', 'string', 'integer', 'number', 'null', 7),
            properties: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('schema')),
            required: fc.array(fc.constantFrom('a', 'b', 'c')),
            items: tie('schema'),
            anyOf: fc.array(tie('schema'), { maxLength: 2 }),
            allOf: fc.array(tie('schema'), { maxLength: 2 }),
            $ref: fc.constantFrom('#', '#/properties/a', '#/items', '#/%', 'x'),
            minItems: fc.jsonValue({ maxDepth: 0 }),
            minimum: fc.double(),
            multipleOf: fc.double(),
          },
          { requiredKeys: [] },
        ),
      ),
    })).schema
    fc.assert(fc.property(schemaLike, (schema) => void JSON.stringify(instanceOf(schema))))
  })
})

describe('response_format', () => {
  it('json_schema gives JSON that the schema accepts', async () => {
    const shape = z.object({
      name: z.string().min(3),
      age: z.int().min(18),
      tags: z.array(z.enum(['x', 'y'])).min(1),
      mail: z.email().nullable(),
      home: z.object({ street: z.string(), number: z.number().positive() }),
      kind: z.union([z.literal('a'), z.literal('b')]),
    })
    const schema = z.toJSONSchema(shape)
    const response_format = { type: 'json_schema', json_schema: { name: 's', schema } }
    const { choices } = await askJson(userSays('Hi', { response_format }))
    const value: unknown = JSON.parse(choices[0]?.message.content ?? '')
    expect(shape.safeParse(value).error).toBeUndefined()
  })

  it('json_object gives an object that says it is simulated', async () => {
    const response_format = { type: 'json_object' }
    const { choices } = await askJson(userSays('Hi "you"', { response_format }))
    expect(JSON.parse(choices[0]?.message.content ?? '')).toMatchObject({
      simulated: true,
      echo: 'Hi "you"',
    })
  })

  it('a schema that nothing can meet is refused', async () => {
    const response_format = { type: 'json_schema', json_schema: { schema: { $ref: '#' } } }
    const { error } = await askJson(userSays('Hi', { response_format }))
    expect(error?.param).toBe('response_format')
  })
})
