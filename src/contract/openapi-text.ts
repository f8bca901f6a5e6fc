import { gatewayRoutes } from './gateway-routes.ts'
import { makeOpenApi } from './openapi.ts'
import { controlRoutes } from './routes.ts'

/** The OpenAPI document of everything that is served, as the text that is served and committed. */
export function openApiText(): string {
  const routes = [...Object.values(gatewayRoutes), ...Object.values(controlRoutes)]
  return `${JSON.stringify(makeOpenApi(routes), null, 2)}\n`
}
