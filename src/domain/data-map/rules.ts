import type { DataRule } from './data-rule.ts'

/** Data about the installation and about no person. */
export const operational: DataRule = {
  category: 'operational',
  purposes: ['operate_installation'],
  legalBasis: 'not_personal',
  retention: 'installation_life',
  exportable: false,
  erase: 'keep',
  recipients: ['infrastructure'],
}

/** What an account is and how to reach its owner. */
export const accountFact: DataRule = {
  category: 'account',
  purposes: ['administer_accounts'],
  legalBasis: 'contract',
  retention: 'account_life',
  exportable: true,
  erase: 'delete',
  recipients: ['infrastructure'],
}

/** The random id of an account where it stays behind in the books, with no person left behind it. */
export const accountReference: DataRule = { ...accountFact, erase: 'detach' }

/** What recognises a key, and what its owner needs to know one from another. */
export const keyFact: DataRule = {
  category: 'authentication',
  purposes: ['administer_accounts', 'deliver_requests', 'secure_and_debug'],
  legalBasis: 'contract',
  retention: 'account_life',
  exportable: true,
  erase: 'delete',
  recipients: ['infrastructure'],
}

/** A secret, or what could stand in for one: never shown to anyone, not even in an export. */
export const secret: DataRule = { ...keyFact, exportable: false }

/** What was asked of which model, and what became of it. */
export const requestFact: DataRule = {
  category: 'usage',
  purposes: ['deliver_requests', 'calculate_usage_and_bill', 'detect_abuse', 'secure_and_debug'],
  legalBasis: 'contract',
  retention: 'request_log',
  exportable: true,
  erase: 'delete',
  recipients: ['infrastructure'],
}

/** What a device told about itself, used to find abuse and faults. */
export const deviceFact: DataRule = {
  category: 'technical',
  purposes: ['detect_abuse', 'secure_and_debug'],
  legalBasis: 'legitimate_interest',
  retention: 'request_log',
  exportable: true,
  erase: 'delete',
  recipients: ['infrastructure'],
}

/** Messages and outputs, always sealed at rest. */
export const sealedContent: DataRule = {
  category: 'content',
  purposes: ['deliver_requests', 'secure_and_debug', 'detect_abuse'],
  legalBasis: 'contract',
  retention: 'content',
  exportable: true,
  erase: 'shred',
  recipients: ['infrastructure', 'model_providers'],
}

/** What the books must show for as long as tax law asks: amounts, moments, and an account's random id. */
export const bookFact: DataRule = {
  category: 'billing',
  purposes: ['calculate_usage_and_bill', 'process_credit_and_payments', 'comply_with_law'],
  legalBasis: 'legal_obligation',
  retention: 'books',
  exportable: true,
  erase: 'detach',
  recipients: ['infrastructure'],
}

/** What models cost when; about no person. */
export const priceFact: DataRule = {
  ...operational,
  purposes: ['calculate_usage_and_bill'],
  retention: 'price_history',
}
