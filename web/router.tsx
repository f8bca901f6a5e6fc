import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  parseSearchWith,
  redirect,
  retainSearchParams,
  stringifySearchWith,
} from '@tanstack/react-router'

import { sessionToken } from './client/session.ts'
import { readAuthSearch } from './pages/auth/auth-search.ts'
import type { KeysSearch } from './pages/keys/keys-search.ts'
import { readModelsSearch } from './pages/models/models-search.ts'
import { readRequestsSearch } from './pages/requests/requests-search.ts'
import { readUsageSearch } from './pages/usage/usage-search.ts'
import { Frame } from './shell/frame.tsx'
import { PageFailure } from './shell/page-failure.tsx'

const textIn = (search: Readonly<Record<string, unknown>>, name: string) => {
  const value = search[name]
  return typeof value === 'string' && value !== '' ? value.slice(0, 500) : undefined
}

const idIn = <Name extends string>(search: Readonly<Record<string, unknown>>, name: Name) => {
  const id = textIn(search, name)
  return id === undefined ? {} : ({ [name]: id } as Record<Name, string>)
}

const flagIn = <Name extends string>(search: Readonly<Record<string, unknown>>, name: Name) =>
  search[name] === true ? ({ [name]: true } as Record<Name, true>) : {}

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: lazyRouteComponent(() => import('./shell/not-found.tsx'), 'NotFound'),
  validateSearch: (search: Readonly<Record<string, unknown>>): { account?: string } => {
    return idIn(search, 'account')
  },
  search: { middlewares: [retainSearchParams(['account'])] },
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Readonly<Record<string, unknown>>): { to?: string } => {
    const to = textIn(search, 'to')
    return to === undefined ? {} : { to }
  },
  component: lazyRouteComponent(() => import('./pages/sign-in/sign-in-page.tsx'), 'SignInPage'),
})

const undoEmailChange = createRoute({
  getParentRoute: () => root,
  path: '/undo-email-change',
  component: lazyRouteComponent(
    () => import('./pages/undo-email-change/undo-email-change-page.tsx'),
    'UndoEmailChangePage',
  ),
})

const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(
    () => import('./pages/invitation/invitation-page.tsx'),
    'InvitationPage',
  ),
})

const unsubscribe = createRoute({
  getParentRoute: () => root,
  path: '/unsubscribe',
  component: lazyRouteComponent(
    () => import('./pages/unsubscribe/unsubscribe-page.tsx'),
    'UnsubscribePage',
  ),
})

const auth = createRoute({
  getParentRoute: () => root,
  path: '/auth',
  validateSearch: readAuthSearch,
  component: lazyRouteComponent(() => import('./pages/auth/auth-page.tsx'), 'AuthPage'),
})

const framed = createRoute({ getParentRoute: () => root, id: 'framed', component: Frame })

const signedIn = createRoute({
  getParentRoute: () => framed,
  id: 'signed-in',
  beforeLoad: ({ location }) => {
    if (sessionToken() !== null) return
    const to = location.pathname.replace(/^\/app/, '') + location.searchStr
    redirect({ to: '/sign-in', search: to === '/' ? {} : { to }, throw: true })
  },
})

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview/overview-page.tsx'), 'OverviewPage'),
})

const keys = createRoute({
  getParentRoute: () => signedIn,
  path: '/keys',
  validateSearch: (search: Readonly<Record<string, unknown>>): KeysSearch => ({
    ...flagIn(search, 'create'),
    ...flagIn(search, 'revoked'),
    ...idIn(search, 'key'),
    ...idIn(search, 'project'),
  }),
  component: lazyRouteComponent(() => import('./pages/keys/keys-page.tsx'), 'KeysPage'),
})

const requests = createRoute({
  getParentRoute: () => signedIn,
  path: '/requests',
  validateSearch: readRequestsSearch,
  component: lazyRouteComponent(() => import('./pages/requests/requests-page.tsx'), 'RequestsPage'),
})

const request = createRoute({
  getParentRoute: () => signedIn,
  path: '/requests/$generation',
  component: lazyRouteComponent(() => import('./pages/requests/request-page.tsx'), 'RequestPage'),
})

const usage = createRoute({
  getParentRoute: () => signedIn,
  path: '/usage',
  validateSearch: readUsageSearch,
  component: lazyRouteComponent(() => import('./pages/usage/usage-page.tsx'), 'UsagePage'),
})

const playground = createRoute({
  getParentRoute: () => signedIn,
  path: '/playground',
  validateSearch: (search: Readonly<Record<string, unknown>>): { replay?: string } => {
    const replay = textIn(search, 'replay')
    return replay === undefined ? {} : { replay }
  },
  component: lazyRouteComponent(
    () => import('./pages/playground/playground-page.tsx'),
    'PlaygroundPage',
  ),
})

const projects = createRoute({
  getParentRoute: () => signedIn,
  path: '/projects',
  validateSearch: (
    search: Readonly<Record<string, unknown>>,
  ): { create?: true; archived?: true; project?: string } => ({
    ...flagIn(search, 'create'),
    ...flagIn(search, 'archived'),
    ...idIn(search, 'project'),
  }),
  component: lazyRouteComponent(() => import('./pages/projects/projects-page.tsx'), 'ProjectsPage'),
})

const providerKeys = createRoute({
  getParentRoute: () => signedIn,
  path: '/provider-keys',
  validateSearch: (
    search: Readonly<Record<string, unknown>>,
  ): { create?: true; credential?: string } => {
    const credential = textIn(search, 'credential')
    return {
      ...(search['create'] === true && { create: true }),
      ...(credential !== undefined && { credential }),
    }
  },
  component: lazyRouteComponent(
    () => import('./pages/credentials/credentials-page.tsx'),
    'CredentialsPage',
  ),
})

const members = createRoute({
  getParentRoute: () => signedIn,
  path: '/members',
  component: lazyRouteComponent(() => import('./pages/members/members-page.tsx'), 'MembersPage'),
})

const limits = createRoute({
  getParentRoute: () => signedIn,
  path: '/limits',
  component: lazyRouteComponent(() => import('./pages/limits/limits-page.tsx'), 'LimitsPage'),
})

const sessions = createRoute({
  getParentRoute: () => signedIn,
  path: '/sessions',
  component: lazyRouteComponent(() => import('./pages/sessions/sessions-page.tsx'), 'SessionsPage'),
})

const settings = createRoute({
  getParentRoute: () => signedIn,
  path: '/settings',
  component: lazyRouteComponent(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
})

const notifications = createRoute({
  getParentRoute: () => signedIn,
  path: '/settings/notifications',
  component: lazyRouteComponent(
    () => import('./pages/notifications/notifications-page.tsx'),
    'NotificationsPage',
  ),
})

const models = createRoute({
  getParentRoute: () => framed,
  path: '/models',
  validateSearch: readModelsSearch,
  component: lazyRouteComponent(() => import('./pages/models/models-page.tsx'), 'ModelsPage'),
})

const model = createRoute({
  getParentRoute: () => framed,
  path: '/models/$author/$slug',
  component: lazyRouteComponent(() => import('./pages/models/model-page.tsx'), 'ModelPage'),
})

/**
 * A value of an address that JSON would write in just this way; anything else throws, and is text: an amount
 * keeps its last zero, and a long row of digits is not rounded.
 */
function parseExactly(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (JSON.stringify(value) !== text) throw new SyntaxError('not written as JSON would')
  return value
}

/** Every address of the dashboard. */
export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    undoEmailChange,
    invitation,
    unsubscribe,
    auth,
    framed.addChildren([
      signedIn.addChildren([
        overview,
        keys,
        requests,
        request,
        usage,
        playground,
        projects,
        members,
        providerKeys,
        limits,
        sessions,
        settings,
        notifications,
      ]),
      models,
      model,
    ]),
  ]),
  basepath: '/app',
  parseSearch: parseSearchWith(parseExactly),
  stringifySearch: stringifySearchWith(JSON.stringify, parseExactly),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: PageFailure,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
