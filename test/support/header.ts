/** The headers of a request, as the readers of hooks take them. */
export const headersOf =
  (headers: Readonly<Record<string, string>>) =>
  (name: string): string | undefined =>
    headers[name];
