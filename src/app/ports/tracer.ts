/**
 * Attributes of a span, in domain terms. They never hold a secret: neither text from a request
 * nor text from a response.
 */
export interface SpanAttributes {
  readonly triggerId?: string;
  readonly deliveryId?: string;
  readonly callbackId?: string;
  /** The type of the event. */
  readonly event?: string;
  /** The result, in one word. */
  readonly result?: string;
  /** Why GitLab is read. */
  readonly why?: string;
  /** The number of items. */
  readonly count?: number;
  /** The method of an outgoing request. */
  readonly method?: string;
  /** Its path, with `:id` in place of every name and id. */
  readonly route?: string;
  /** The URL, without a query. */
  readonly url?: string;
  /** The origin of the target, where the rest of its URL may be a secret. */
  readonly server?: string;
  readonly status?: number;
  /** The kind of failure, where the work itself does not throw. */
  readonly failure?: string;
}

/** How a piece of work is recorded as a span. */
export interface SpanOptions<Args extends readonly unknown[], Result> {
  /** One of few names: details belong into attributes. */
  readonly name: string | ((...args: Args) => string);
  /** Whether it is an outgoing request. */
  readonly isCall?: boolean;
  readonly attributes?: (...args: Args) => SpanAttributes;
  /** Attributes that are known when it is done. */
  readonly resultAttributes?: (result: Awaited<Result>) => SpanAttributes;
}

/** Runs work within the context in which this function was created. */
export type RunInContext = <T>(work: () => T) => T;

/** Records work as spans: which work ran within which, from when to when. */
export interface Tracer {
  /** Wraps the work: each call is recorded as a span, a child of the span that is active in the caller. */
  readonly traced: <Args extends readonly unknown[], Result>(
    work: (...args: Args) => Result,
    look: SpanOptions<Args, Result>,
  ) => (...args: Args) => Result;
  /** Captures the current context for work that another call chain does later. */
  readonly captureContext: () => RunInContext;
}

const straight: RunInContext = (work) => work();

/** Records nothing, and costs nothing: returns the work unchanged. */
export const noTracer: Tracer = { traced: (work) => work, captureContext: () => straight };
