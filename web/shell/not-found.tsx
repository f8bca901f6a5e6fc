import { Link } from '@tanstack/react-router'

import { Alone } from '#web/elements/alone.tsx'
import { buttonClass } from '#web/elements/button.tsx'

/** An address that leads nowhere. */
export function NotFound() {
  return (
    <Alone title="Nothing is at this address">
      <div className="flex flex-col gap-4">
        <p>It may have been deleted, or it belongs to another account.</p>
        <Link to="/" className={buttonClass()}>
          To the overview
        </Link>
      </div>
    </Alone>
  )
}
