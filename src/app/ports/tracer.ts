/**
 * Attributes of a span, in our own terms. They never hold a secret: neither text from a request
 * nor text from a response.
 */
export interface SpanAttributes {
  readonly triggerId?: string;
  readonly deliveryId?: string;
  readonly callbackId?: string;
  /** What was decided on. */
  readonly event?: string;
  /** What came of it, in one word. */
  readonly result?: string;
  /** Why GitLab is asked. */
  readonly why?: string;
  /** How many things it was about. */
  readonly count?: number;
  /** Of a request that we send. */
  readonly method?: string;
  /** Its path, with `:id` in place of all that names something. */
  readonly route?: string;
  /** Where to, without a query. */
  readonly url?: string;
  /** The origin of the target, where the rest of its URL may be a secret. */
  readonly server?: string;
  readonly status?: number;
  /** The kind of failure that it was, where one is no error to us. */
  readonly failure?: string;
}

/** How a piece of work is recorded as a span. */
export interface SpanOptions<Args extends readonly unknown[], Result> {
  /** One of few: what differs from time to time is a fact. */
  readonly name: string | ((...args: Args) => string);
  /** Whether it is a request that we send to somebody. */
  readonly isCall?: boolean;
  readonly attributes?: (...args: Args) => SpanAttributes;
  /** What is known when it is done. */
  readonly resultAttributes?: (result: Awaited<Result>) => SpanAttributes;
}

/** Does something as part of the work that was under way when this was made. */
export type RunInContext = <T>(work: () => T) => T;

/** Tells where time goes: which work was done within which, from when to when. */
export interface Tracer {
  /** Wraps the work: each call is recorded as a span, a child of the span that is active in the caller. */
  readonly traced: <Args extends readonly unknown[], Result>(
    work: (...args: Args) => Result,
    look: SpanOptions<Args, Result>,
  ) => (...args: Args) => Result;
  /** For what is done later, by somebody else's hand. */
  readonly captureContext: () => RunInContext;
}

const straight: RunInContext = (work) => work();

/** Tells nothing, and costs nothing: the work is what it was. */
export const noTracer: Tracer = { traced: (work) => work, captureContext: () => straight };
