import { Link } from '@tanstack/react-router'

import type { Column } from '#web/elements/data-table.tsx'
import { Moment } from '#web/elements/moment.tsx'
import { readableSpan } from '#web/elements/moments.ts'
import { Money } from '#web/elements/money.tsx'
import { readableCount } from '#web/elements/numbers.ts'

import { OutcomeChip, type RequestRow } from './outcome-chip.tsx'

/** The columns of the request log. `nameOf` tells the name of a key by its id. */
export function requestColumns(nameOf: (keyId: string) => string): readonly Column<RequestRow>[] {
  return [
    {
      id: 'time',
      title: 'When',
      width: '92px',
      phone: 'line',
      isSortable: true,
      cell: ({ created_at }) => <Moment at={created_at} className="text-muted" />,
    },
    {
      id: 'outcome',
      title: 'Outcome',
      width: '116px',
      phone: 'line',
      cell: (row) => <OutcomeChip {...row} />,
    },
    {
      id: 'model',
      title: 'Model',
      width: 'minmax(160px, 2fr)',
      phone: 'title',
      cell: ({ id, resolved_model, requested_model }) => (
        <Link
          to="/requests/$generation"
          params={{ generation: id }}
          className="font-medium"
          title={id}
        >
          {resolved_model ?? requested_model ?? 'no model'}
        </Link>
      ),
    },
    {
      id: 'provider',
      title: 'Provider',
      width: 'minmax(88px, 1fr)',
      phone: 'none',
      cell: ({ provider, routing_path }) => (
        <span className="text-muted">
          {provider ?? '–'}
          {routing_path.length > 1 && (
            <span className="text-caution"> · {routing_path.length} attempts</span>
          )}
        </span>
      ),
    },
    {
      id: 'key',
      title: 'Key',
      width: 'minmax(88px, 1fr)',
      phone: 'none',
      cell: ({ key_id }) => <span className="text-muted">{nameOf(key_id)}</span>,
    },
    {
      id: 'tokens',
      title: 'Tokens in → out',
      width: '124px',
      align: 'end',
      phone: 'line',
      isSortable: true,
      cell: ({ tokens }) => (
        <span className="font-mono">
          {readableCount(tokens.prompt)} <span className="text-muted">→</span>{' '}
          {readableCount(tokens.completion)}
        </span>
      ),
    },
    {
      id: 'latency',
      title: 'Time',
      width: '80px',
      align: 'end',
      phone: 'line',
      isSortable: true,
      cell: ({ latency_ms }) => <span className="font-mono">{readableSpan(latency_ms)}</span>,
    },
    {
      id: 'cost',
      title: 'Cost',
      width: '104px',
      align: 'end',
      phone: 'aside',
      isSortable: true,
      cell: ({ cost }) => <Money usd={cost} />,
    },
  ]
}
