import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import {
  type ReactNode,
  type RefObject,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'

import { useKeys } from '#web/shell/keys.ts'
import { useIsPhone } from '#web/shell/use-is-phone.ts'

import { classNames } from './class-names.ts'

/** One column. On a phone it becomes part of a card: its title, its aside, one of its lines, or nothing. */
export interface Column<Row> {
  readonly id: string
  readonly title: string
  /** A track of a CSS grid: "minmax(120px, 2fr)", "96px". */
  readonly width: string
  readonly align?: 'end'
  readonly phone: 'title' | 'aside' | 'line' | 'none'
  readonly cell: (row: Row) => ReactNode
  readonly isSortable?: boolean
}

/** By which column a table is sorted, and which way. */
export interface Sorting {
  readonly by: string
  readonly isDescending: boolean
}

/** What a table shows and what can be done with its rows. */
export interface DataTableProps<Row> {
  readonly label: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly keyOf: (row: Row) => string
  readonly open?: (row: Row) => void
  readonly sorting?: Sorting
  readonly onSort?: (sorting: Sorting) => void
  /** The keys of rows that are selected with `x` or a click on their box. */
  readonly selected?: ReadonlySet<string>
  readonly onSelect?: (selected: ReadonlySet<string>) => void
  /** Called when the end of the list comes near. */
  readonly onEnd?: () => void
  /** Rows that have just arrived are tinted for a moment. */
  readonly isNew?: (row: Row) => boolean
  /** Stands above a row where a group begins; null where none does. */
  readonly headingOf?: (row: Row, before: Row | undefined) => ReactNode
}

const rowHeight = 36
const cardHeight = 76
const headingHeight = 40

/**
 * A table of any length: only the rows near the window exist. `j` and `k` move, `Enter` opens, `x`
 * selects. New rows above the window do not move what is being read. On a phone each row is a card.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, columns, keyOf, open, selected, onSelect } = props
  const isPhone = useIsPhone()
  const place = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(-1)
  const top = useTopOf(place)
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) =>
      (isPhone ? cardHeight : rowHeight) + (headingAt(index) === null ? 0 : headingHeight),
    getItemKey: (index) => {
      const row = rows[index]
      return row === undefined ? index : keyOf(row)
    },
    overscan: 12,
    scrollMargin: top,
  })
  function headingAt(index: number): ReactNode {
    const row = rows[index]
    return (row !== undefined && props.headingOf?.(row, rows[index - 1])) || null
  }
  const items = virtual.getVirtualItems()
  const lastIndex = items.at(-1)?.index ?? -1
  const reachEnd = useEffectEvent(() => props.onEnd?.())
  useLayoutEffect(() => {
    if (rows.length > 0 && lastIndex >= rows.length - 1) reachEnd()
  }, [lastIndex, rows.length])

  function move(step: number): void {
    const next = Math.min(rows.length - 1, Math.max(0, active + step))
    setActive(next)
    virtual.scrollToIndex(next, { align: 'auto' })
    requestAnimationFrame(() => rowElement(place.current, next)?.focus({ preventScroll: true }))
  }
  function toggle(index: number): void {
    const row = rows[index]
    if (row === undefined || !selected || !onSelect) return
    const next = new Set(selected)
    if (!next.delete(keyOf(row))) next.add(keyOf(row))
    onSelect(next)
  }
  useKeys([
    { key: 'j', does: 'Next row', run: () => move(1) },
    { key: 'k', does: 'Row before', run: () => move(-1) },
    ...(onSelect ? [{ key: 'x', does: 'Select the row', run: () => toggle(active) }] : []),
    ...(open ? [{ key: 'Enter', does: 'Open the row', run: openActive }] : []),
  ])
  function openActive(event: KeyboardEvent): void {
    const target = event.target
    if (target instanceof HTMLElement && /^(A|BUTTON)$/.test(target.tagName)) return target.click()
    const row = rows[active]
    if (row !== undefined) open?.(row)
  }

  const tracks = tracksOf(props)
  return (
    <div role="table" aria-label={label} aria-rowcount={rows.length}>
      {!isPhone && <Head {...props} tracks={tracks} />}
      <div
        ref={place}
        role="rowgroup"
        className="relative"
        style={{ height: virtual.getTotalSize() }}
      >
        {items.map(({ index, key, start }) => {
          const row = rows[index]
          if (row === undefined) return null
          const heading = headingAt(index)
          return (
            <div
              key={key}
              ref={isPhone ? virtual.measureElement : undefined}
              data-index={index}
              role="presentation"
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${start - top}px)` }}
            >
              {heading !== null && <Heading>{heading}</Heading>}
              <div
                role="row"
                aria-rowindex={index + 1}
                tabIndex={index === Math.max(active, 0) ? 0 : -1}
                onFocus={() => setActive(index)}
                onClick={(event) => {
                  if (open && !isControl(event.target)) open(row)
                }}
                className={classNames(
                  'border-b border-line focus-visible:outline-offset-[-2px]',
                  open && 'cursor-pointer hover:bg-sunken',
                  selected?.has(keyOf(row)) && 'bg-accent-wash',
                  props.isNew?.(row) && 'arriving',
                  isPhone ? 'px-4 py-3' : 'grid h-9 items-center gap-x-4 px-3 text-13',
                )}
                style={isPhone ? undefined : { gridTemplateColumns: tracks }}
              >
                {isPhone && <Card row={row} columns={columns} />}
                {!isPhone && (
                  <Cells
                    row={row}
                    columns={columns}
                    {...(selected && { isSelected: selected.has(keyOf(row)) })}
                    toggle={() => toggle(index)}
                  />
                )}
              </div>
            </div>
          )
        })}
      </div>
    </div>
  )
}

/** How far below the top of the page an element begins. */
function useTopOf(place: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const update = () => setTop((place.current?.getBoundingClientRect().top ?? 0) + scrollY)
    update()
    const observer = new ResizeObserver(update)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [place])
  return top
}

function tracksOf<Row>({ selected, columns }: DataTableProps<Row>): string {
  return [...(selected ? ['28px'] : []), ...columns.map(({ width }) => width)].join(' ')
}

function Heading({ children }: { children: ReactNode }) {
  return (
    <div role="row" className="flex h-10 items-end border-b border-line bg-ground px-3">
      <span role="rowheader" className="min-w-0 grow pb-2 text-12 text-muted">
        {children}
      </span>
    </div>
  )
}

function Cells<Row>({
  row,
  columns,
  isSelected,
  toggle,
}: {
  row: Row
  columns: readonly Column<Row>[]
  isSelected?: boolean
  toggle: () => void
}) {
  return (
    <>
      {isSelected !== undefined && (
        <span role="cell" className="flex">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label="Select this row"
            checked={isSelected}
            onChange={toggle}
            className="accent-(--accent)"
          />
        </span>
      )}
      {columns.map((column) => (
        <span
          key={column.id}
          role="cell"
          className={classNames('min-w-0 truncate', column.align === 'end' && 'text-right')}
        >
          {column.cell(row)}
        </span>
      ))}
    </>
  )
}

function rowElement(place: HTMLElement | null, index: number): HTMLElement | null {
  return place?.querySelector<HTMLElement>(`[data-index="${index}"] > [tabindex]`) ?? null
}

function isControl(target: EventTarget): boolean {
  return target instanceof Element && target.closest('a,button,input,label') !== null
}

function Head<Row>({
  columns,
  selected,
  sorting,
  onSort,
  tracks,
}: DataTableProps<Row> & { tracks: string }) {
  return (
    <div role="rowgroup">
      <div
        role="row"
        className="grid h-9 items-center gap-x-4 border-b border-line px-3 text-12 text-muted"
        style={{ gridTemplateColumns: tracks }}
      >
        {selected && <span role="columnheader" aria-label="Selected" />}
        {columns.map(({ id, title, align, isSortable }) => {
          const isSorted = sorting?.by === id
          const order = sorting?.isDescending ? 'descending' : 'ascending'
          return (
            <span
              key={id}
              role="columnheader"
              aria-sort={isSorted ? order : undefined}
              className={classNames('truncate', align === 'end' && 'text-right')}
            >
              {isSortable && onSort ? (
                <button
                  type="button"
                  onClick={() =>
                    onSort({
                      by: id,
                      isDescending: isSorted ? !sorting.isDescending : align === 'end',
                    })
                  }
                  className={classNames(
                    'inline-flex items-center gap-1 hover:text-text',
                    isSorted && 'font-medium text-text',
                  )}
                >
                  {title}
                  {isSorted &&
                    (sorting.isDescending ? (
                      <ArrowDown size={12} aria-hidden />
                    ) : (
                      <ArrowUp size={12} aria-hidden />
                    ))}
                </button>
              ) : (
                title
              )}
            </span>
          )
        })}
      </div>
    </div>
  )
}

function Card<Row>({ row, columns }: { row: Row; columns: readonly Column<Row>[] }) {
  const of = (place: Column<Row>['phone']) => columns.filter(({ phone }) => phone === place)
  return (
    <div className="flex flex-col gap-1 text-14">
      <div className="flex items-baseline justify-between gap-3">
        <div role="cell" className="min-w-0 truncate font-medium">
          {of('title').map(({ id, cell }) => (
            <span key={id}>{cell(row)}</span>
          ))}
        </div>
        <div role="cell" className="flex shrink-0 items-center gap-2">
          {of('aside').map(({ id, cell }) => (
            <span key={id}>{cell(row)}</span>
          ))}
        </div>
      </div>
      <div role="cell" className="flex min-w-0 flex-wrap items-center gap-x-3 text-12 text-muted">
        {of('line').map(({ id, cell }) => (
          <span key={id} className="max-w-full truncate">
            {cell(row)}
          </span>
        ))}
      </div>
    </div>
  )
}
