/** What an endpoint answers. A string body is sent as plain text, a buffer as it is, anything else as JSON. */
export type ApiReply = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Thrown by an endpoint that cannot go on; carries GitLab's answer. */
export class Refusal extends Error {
  readonly reply: ApiReply;

  constructor(reply: ApiReply) {
    super(`refused with ${reply.status}`);
    this.reply = reply;
  }
}

/** An answer `{"message": …}`, the usual shape of GitLab's errors. */
export function refuse(status: number, message: unknown): Refusal {
  return new Refusal({ status, body: { message } });
}

/** An answer `{"error": …}`, the shape Grape gives when a parameter is missing or wrong. */
export function refuseInput(error: string): Refusal {
  return new Refusal({ status: 400, body: { error } });
}

/** @param what `Project`, `Commit`, …: GitLab names it for what it looks up by name, not for ids */
export function notFound(what?: string): Refusal {
  return refuse(404, what === undefined ? '404 Not found' : `404 ${what} Not Found`);
}
