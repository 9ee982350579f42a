/** Where traces go, and which. Null in `Config` where they are off. */
export interface TracingSettings {
  readonly url: string;
  /** Secrets: collectors are paid for by those whose keys these are. */
  readonly headers: Readonly<Record<string, string>>;
  /** For one try to send spans. */
  readonly timeoutMs: number;
  readonly compression: 'none' | 'gzip';
  readonly sampler: {
    readonly kind: 'always_on' | 'always_off' | 'traceidratio';
    /** Whether a caller who traces decides instead. */
    readonly parentBased: boolean;
    /** From 0 to 1. */
    readonly ratio: number;
  };
  /** Spans wait to be sent together: for so long, so many at most, so many in one request. */
  readonly batch: { readonly delayMs: number; readonly queue: number; readonly size: number };
}
