import { accountPath } from './control/accounts.ts'
import * as notifications from './control/notifications.ts'
import type { Route } from './route.ts'

const account = {
  params: accountPath,
  unknown: 'account_not_found',
  caller: 'member:viewer',
  tag: 'Notifications',
} as const

/** What people are told about an account, and what they want to be told: part of the control API. */
export const notificationRoutes = {
  listNotifications: {
    ...account,
    id: 'listNotifications',
    method: 'GET',
    path: '/api/accounts/{account_id}/notifications',
    summary: 'List what one was told about an account, newest first',
    query: notifications.notificationListQuery,
    status: 200,
    output: notifications.notificationListAnswer,
    faults: [],
  },
  readNotifications: {
    ...account,
    id: 'readNotifications',
    method: 'POST',
    path: '/api/accounts/{account_id}/notifications/read',
    summary: 'Mark notifications as read',
    body: notifications.notificationsReadBody,
    status: 200,
    output: notifications.notificationsReadAnswer,
    faults: [],
  },
  showNotificationSettings: {
    ...account,
    id: 'showNotificationSettings',
    method: 'GET',
    path: '/api/accounts/{account_id}/notification-settings',
    summary: 'Show what one wants to be told about an account',
    status: 200,
    output: notifications.notificationSettingsAnswer,
    faults: [],
  },
  putNotificationSettings: {
    ...account,
    id: 'putNotificationSettings',
    method: 'PUT',
    path: '/api/accounts/{account_id}/notification-settings',
    summary: 'Choose what one wants to be told about an account; it counts within a minute',
    body: notifications.notificationSettingsShape,
    status: 200,
    output: notifications.notificationSettingsAnswer,
    faults: ['conflict'],
  },
  unsubscribe: {
    id: 'unsubscribe',
    tag: 'Notifications',
    caller: 'anyone',
    method: 'POST',
    path: '/api/notifications/unsubscribe',
    summary: 'Want no more mails about an account, with the link of one of them',
    body: notifications.unsubscribeBody,
    status: 200,
    output: notifications.unsubscribeAnswer,
    faults: [],
  },
} as const satisfies Record<string, Route>
