/**
 * The body that a custom webhook template makes of a payload; without one the payload itself. What is in `{{a.b}}`
 * is replaced by the value at that path. Source: GitLab app/services/web_hook_service.rb
 */
export function renderTemplate(template: string | null, payload: string): string {
  if (template === null || template.trim() === '') return payload;
  const data: unknown = JSON.parse(payload);
  return template.replaceAll(/{{(.+?)}}/g, (_, path: string) => {
    const json = JSON.stringify(valueAt(data, path.split('.')) ?? null);
    return json.startsWith('"') ? json.slice(1, -1) : json;
  });
}

const valueAt = (data: unknown, path: readonly string[]): unknown =>
  path.reduce(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
    data,
  );
