import { Link } from '@tanstack/react-router'

import { buttonClass } from '#web/elements/button.tsx'
import { Empty } from '#web/elements/states.tsx'

/** An address that leads nowhere. */
export function NotFound() {
  return (
    <main id="main" className="mx-auto max-w-280">
      <Empty
        isWholePage
        title="Nothing is at this address"
        action={
          <Link to="/" className={buttonClass()}>
            To the overview
          </Link>
        }
      >
        It may have been deleted, or it belongs to another account.
      </Empty>
    </main>
  )
}
