import 'uplot/dist/uPlot.min.css'
import { useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from 'react'
import uPlot from 'uplot'

import { usePreferences } from '#web/shell/preferences.ts'

/** One series of a stacked chart: a value for each moment. */
export interface StackedSeries {
  readonly id: string
  readonly label: string
  readonly values: readonly number[]
}

/** What is drawn, and how its values are written. */
export interface StackedChartProps {
  readonly label: string
  /** Seconds since 1970, rising. */
  readonly atSeconds: readonly number[]
  readonly series: readonly StackedSeries[]
  /** How far one bar reaches, in seconds. */
  readonly stepSeconds: number
  readonly write: (value: number) => string
  readonly onPoint: (index: number | null) => void
  readonly onChoose: (index: number) => void
}

const height = 260
/** More series than colours: the last colour stands for the rest. */
export const seriesColourCount = 6

/** The token of the colour of a series. */
export function seriesColour(index: number): string {
  return `var(--series-${Math.min(index, seriesColourCount - 1) + 1})`
}

/**
 * Bars on a time axis, stacked: the first series lies at the bottom. The values under the pointer are told
 * by whoever uses it; the table that stands with it has the same numbers for those who cannot see it.
 */
export function StackedChart(props: StackedChartProps) {
  const { label, atSeconds, series, stepSeconds } = props
  const place = useRef<HTMLDivElement>(null)
  const { theme, zone } = usePreferences()
  const systemTheme = useSystemTheme()
  const [width, setWidth] = useState(0)
  const point = useEffectEvent((index: number | null) => props.onPoint(index))
  const choose = useEffectEvent((index: number) => props.onChoose(index))
  const write = useEffectEvent((value: number) => props.write(value))
  useEffect(() => {
    const element = place.current
    if (!element) return
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const element = place.current
    if (!element || width === 0 || atSeconds.length === 0) return
    const colour = (name: string) => resolveColour(element, name)
    const axis = {
      stroke: colour('var(--muted)'),
      font: '12px "Geist Variable", sans-serif',
      grid: { stroke: colour('var(--line)'), width: 1 },
      ticks: { show: false },
    }
    const stacked = stack(series)
    const chart = new uPlot(
      {
        width,
        height,
        padding: [12, 8, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          drag: { setScale: false, x: false, y: false },
          points: { show: false },
        },
        scales: {
          x: {
            range: (_, from, to) => [(from ?? 0) - stepSeconds / 2, (to ?? 1) + stepSeconds / 2],
          },
          y: { range: (_, __, to) => [0, (to || 1) * 1.08] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 34,
            space: 72,
            values: (_, splits) => splits.map(labelOf(stepSeconds, zone)),
          },
          {
            ...axis,
            size: (_, labels) => labelRoom(labels ?? []),
            space: 44,
            values: (_, splits) => splits.map((value) => write(value)),
          },
        ],
        // The highest comes first: each bar after it covers its lower part.
        series: [
          {},
          ...series.toReversed().map((_, index) => ({
            fill: colour(seriesColour(series.length - 1 - index)),
            width: 0,
            points: { show: false },
            paths: uPlot.paths.bars?.({ size: [0.72, 48], gap: 1 }) ?? null,
          })),
        ] as uPlot.Series[],
        ...(zone === 'utc' && {
          tzDate: (at: number) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC'),
        }),
        hooks: { setCursor: [({ cursor: { idx } }) => point(idx ?? null)] },
      },
      [[...atSeconds], ...stacked.toReversed()],
      element,
    )
    const onClick = () => {
      if (chart.cursor.idx !== null && chart.cursor.idx !== undefined) choose(chart.cursor.idx)
    }
    chart.over.addEventListener('click', onClick)
    return () => chart.destroy()
  }, [width, atSeconds, series, stepSeconds, theme, systemTheme, zone])
  return <div ref={place} role="img" aria-label={label} className="h-65 w-full" />
}

/** What a moment on the axis is called: a day, or an hour of one. */
function labelOf(stepSeconds: number, zone: 'local' | 'utc'): (atSeconds: number) => string {
  const form = new Intl.DateTimeFormat('en-GB', {
    ...(stepSeconds < 86_400
      ? { hour: '2-digit', minute: '2-digit' }
      : { day: 'numeric', month: 'short' }),
    ...(zone === 'utc' && { timeZone: 'UTC' }),
  })
  return (atSeconds) => form.format(atSeconds * 1_000)
}

/** How much room the longest amount beside the axis takes, in pixels. */
function labelRoom(labels: readonly string[]): number {
  return 20 + 7.5 * Math.max(0, ...labels.map(({ length }) => length))
}

/** Each series on top of those before it. */
function stack(series: readonly StackedSeries[]): number[][] {
  const sums: number[][] = []
  for (const { values } of series) {
    const below = sums.at(-1)
    sums.push(values.map((value, index) => value + (below?.[index] ?? 0)))
  }
  return sums
}

/** A canvas knows no tokens: the colour as the page would draw it. */
function resolveColour(element: HTMLElement, value: string): string {
  const probe = document.createElement('span')
  probe.style.color = value
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

const darkSystem = matchMedia('(prefers-color-scheme: dark)')

function useSystemTheme(): boolean {
  return useSyncExternalStore(
    (listener) => {
      darkSystem.addEventListener('change', listener)
      return () => darkSystem.removeEventListener('change', listener)
    },
    () => darkSystem.matches,
  )
}
