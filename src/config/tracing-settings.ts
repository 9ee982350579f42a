/** Where traces are sent, and which ones. Null in `Config` where tracing is off. */
export interface TracingSettings {
  readonly url: string;
  /** Secrets: the keys of the collector. */
  readonly headers: Readonly<Record<string, string>>;
  /** For one attempt to send spans. */
  readonly timeoutMs: number;
  readonly compression: 'none' | 'gzip';
  readonly sampler: {
    readonly kind: 'always_on' | 'always_off' | 'traceidratio';
    /** Whether the sampling decision of the caller's trace takes precedence. */
    readonly parentBased: boolean;
    /** From 0 to 1. */
    readonly ratio: number;
  };
  /** The queue of spans: the delay, its size, and the size of one request. */
  readonly batch: { readonly delayMs: number; readonly queue: number; readonly size: number };
}
