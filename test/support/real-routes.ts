import type { Express } from 'express';

/** What express keeps of a route or of a router: no part of its types. */
interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** Every method and path that an application has a handler for: `GET /v1/triggers/:id`. */
export function realRoutes({ router }: Express): readonly string[] {
  const found = routesIn((router as unknown as { readonly stack: readonly Layer[] }).stack);
  return [...new Set(found)].toSorted();
}

const routesIn = (layers: readonly Layer[]): readonly string[] =>
  layers.flatMap(({ route, handle }) => {
    if (route === undefined) return routesIn(handle.stack ?? []);
    return (
      Object.keys(route.methods)
        // Every path answers OPTIONS, by one handler.
        .filter((method) => !['_all', 'options'].includes(method))
        .map((method) => `${method.toUpperCase()} ${route.path}`)
    );
  });
