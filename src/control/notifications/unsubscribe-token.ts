import type { AccountId, PersonId } from '#domain/identifiers.ts'
import type { ServerSecrets } from '#ports/server-secrets.ts'

type Secrets = Pick<ServerSecrets, 'keyedHash'>

/** Whose mails about which account a link ends. */
export interface Subscription {
  readonly personId: PersonId
  readonly accountId: AccountId
}

/**
 * What stands behind the # of the link that ends mails: who and what about, and a keyed hash of it that
 * nobody else can make. It does nothing else, and works as long as the installation's key.
 */
export function makeUnsubscribeToken(subscription: Subscription, secrets: Secrets): string {
  return `${subscription.personId}.${subscription.accountId}.${proofOf(subscription, secrets)}`
}

/** Undefined for text that no mail of ours held. */
export function readUnsubscribeToken(text: string, secrets: Secrets): Subscription | undefined {
  const [personId = '', accountId = '', proof = ''] = text.split('.')
  const subscription = { personId: personId as PersonId, accountId: accountId as AccountId }
  return isSame(proof, proofOf(subscription, secrets)) ? subscription : undefined
}

function proofOf({ personId, accountId }: Subscription, secrets: Secrets): string {
  const hash = secrets.keyedHash('unsubscribe', [personId, accountId])
  const text = btoa(String.fromCharCode(...hash))
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Takes the same time wherever the two begin to differ. */
function isSame(left: string, right: string): boolean {
  let difference = left.length ^ right.length
  for (let place = 0; place < right.length; place += 1) {
    difference |= left.charCodeAt(place) ^ right.charCodeAt(place)
  }
  return difference === 0
}
