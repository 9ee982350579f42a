import { onTestFinished } from 'vitest';
import type { startOtlpReceiver } from './otlp-receiver.ts';
import { install } from './service-process.ts';

type Receiver = Awaited<ReturnType<typeof startOtlpReceiver>>;

/** A service that sends its spans to a collector, without delay. */
export async function installTraced(
  collector: Pick<Receiver, 'url' | 'exports'>,
  options: Parameters<typeof install>[0] = {},
) {
  const installation = await install({
    ...options,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '10',
      ...options.env,
    },
  });
  const { watch, service } = installation;
  onTestFinished(() => {
    for (const { body } of collector.exports) watch.see('an exported span', body);
  });
  return {
    ...installation,
    /** Ends the service, which sends what is left. */
    end: () => service.end('SIGTERM'),
  };
}
