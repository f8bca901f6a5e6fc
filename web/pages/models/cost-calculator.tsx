import { useState } from 'react'

import { type NanoUsd, nanoUsd } from '#domain/money.ts'
import type { PriceSheet } from '#domain/prices.ts'
import { costOf } from '#domain/pricing.ts'
import { zeroUsage } from '#domain/usage.ts'
import { exactUsd, readableUsd } from '#web/elements/amounts.ts'
import { TextField } from '#web/elements/field.tsx'
import { Panel } from '#web/elements/page.tsx'

/** One offer to calculate: a model, or one endpoint of a model. */
export interface Offer {
  readonly id: string
  readonly name: string
  readonly sheet: PriceSheet
}

interface Plan {
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly completionTokens: number
  readonly requests: number
}

const usualPlan: Plan = {
  promptTokens: 2_000,
  cachedTokens: 0,
  completionTokens: 500,
  requests: 10_000,
}

const fields: readonly { name: keyof Plan; label: string }[] = [
  { name: 'promptTokens', label: 'Input tokens' },
  { name: 'cachedTokens', label: 'Of them cached' },
  { name: 'completionTokens', label: 'Output tokens' },
  { name: 'requests', label: 'Requests a month' },
]

const countMax = 1_000_000_000

/** What a month of requests costs on each offer, by the arithmetic that charges them. */
export function CostCalculator({
  offers,
  start = usualPlan,
}: {
  offers: readonly Offer[]
  start?: Plan
}) {
  const [plan, setPlan] = useState(start)
  const costs = offers.map((offer) => ({ ...offer, ...costOfPlan(plan, offer.sheet) }))
  const most = costs.reduce((most, { month }) => (month > most ? month : most), 1n)
  return (
    <Panel
      title="Cost calculator"
      about="The same arithmetic that charges your requests, rounded up once for each."
    >
      <div className="grid grid-cols-2 gap-3 md:grid-cols-4">
        {fields.map(({ name, label }) => (
          <TextField
            key={name}
            label={label}
            inputMode="numeric"
            isMono
            value={String(plan[name])}
            onChange={({ target }) => {
              const count = Math.min(countMax, Number(target.value.replace(/\D/g, '')))
              setPlan((before) => ({ ...before, [name]: count }))
            }}
          />
        ))}
      </div>
      <ul className="mt-4 flex flex-col gap-3">
        {costs.map(({ id, name, each, month }) => (
          <li key={id}>
            <div className="flex flex-wrap items-baseline justify-between gap-x-4">
              <span>{name}</span>
              <span className="text-13 text-muted">
                <span className="font-mono" title={exactUsd(each)}>
                  {readableUsd(each)}
                </span>{' '}
                each ·{' '}
                <strong
                  className="font-mono text-14 font-semibold text-text"
                  title={exactUsd(month)}
                >
                  {readableUsd(month)}
                </strong>{' '}
                a month
              </span>
            </div>
            <svg
              aria-hidden="true"
              viewBox="0 0 1000 4"
              preserveAspectRatio="none"
              className="mt-1 h-1 w-full"
            >
              <rect width="1000" height="4" className="fill-sunken" />
              <rect
                width={String((BigInt(1000) * month) / most)}
                height="4"
                className="fill-accent"
              />
            </svg>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function costOfPlan(plan: Plan, sheet: PriceSheet): { each: NanoUsd; month: NanoUsd } {
  const { promptTokens, completionTokens, requests } = plan
  const cachedTokens = Math.min(plan.cachedTokens, promptTokens)
  const { costNanoUsd } = costOf(
    { ...zeroUsage, promptTokens, cachedTokens, completionTokens },
    sheet,
  )
  return { each: costNanoUsd, month: nanoUsd(costNanoUsd * BigInt(requests)) }
}
