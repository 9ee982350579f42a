/**
 * What may be told of a piece of work, in our words. Nobody puts a secret into it: neither what a request brought, nor
 * what anybody answered.
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
  /** Where to, where no more than the server may be told: an origin. */
  readonly server?: string;
  readonly status?: number;
  /** The kind of failure that it was, where one is no error to us. */
  readonly failure?: string;
}

/** How a piece of work is told about. */
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
  /** The same work; each time it is done it is told about, as part of what is under way where it is called. */
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
