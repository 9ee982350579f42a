import type { DeliveryView } from '../../../api/delivery-view.ts';
import { plainLine } from '../../../domain/terminal-text.ts';
import type { Register } from '../context.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson, wholeNumber } from '../options.ts';
import { isNarrow, printJson, printTable } from '../print.ts';
import { secondOf } from '../times.ts';

interface DeliveriesOptions extends JsonOption {
  readonly unmatched?: boolean;
  readonly limit: number;
}

const row = (delivery: DeliveryView, id: string): readonly string[] => [
  id,
  secondOf(delivery.receivedAt),
  delivery.event,
  String(delivery.pipelineId ?? '-'),
  delivery.status ?? delivery.reason ?? '-',
  delivery.result,
  delivery.instance ?? '-',
];

const replayedLine = ({ id, event, status, result }: DeliveryView): string =>
  plainLine(`replayed ${id}: ${event}, ${status ?? result}`);

/** `deliveries` and `replay DELIVERY` */
export const registerDeliveries: Register = (program, context) => {
  const { env, stdout } = context;
  const deliveries = program
    .command('deliveries')
    .description('the hooks that came in, the newest first; for admins')
    .option('--unmatched', 'only those of pipelines that no trigger here has')
    .option('--limit <number>', 'at most so many', wholeNumber(1, 100_000), 50)
    .action(async ({ unmatched = false, limit, json = false }: DeliveriesOptions) => {
      const [{ connectService }, { shortIds }, { readPages }] = await Promise.all([
        import('../service.ts'),
        import('../short-ids.ts'),
        import('../read-pages.ts'),
      ]);
      const query = unmatched ? { unmatched: '1' } : {};
      const items = await readPages<DeliveryView>(connectService(env), '/v1/deliveries', query, limit);
      if (json) printJson(stdout, items);
      else if (items.length === 0) stdout.write('there are no deliveries\n');
      else {
        const all = items.map(({ id }) => id);
        const ids = isNarrow(context) ? shortIds(all) : all;
        await printTable(context, {
          columns: [
            { title: 'ID' },
            { title: 'RECEIVED (UTC)' },
            { title: 'EVENT', shrinks: true },
            { title: 'PIPELINE' },
            { title: 'SAYS', shrinks: true },
            { title: 'RESULT' },
            { title: 'FROM', shrinks: true, leaveOut: 1 },
          ],
          rows: items.map((item, at) => row(item, ids[at] ?? item.id)),
        });
      }
    });
  withExamples(withJson(deliveries), [
    ['pipeline-trigger deliveries --unmatched', 'hooks of pipelines that nobody waits for'],
  ]);

  const replay = program
    .command('replay')
    .description('take a delivery in once more; it has no second effect. For admins')
    .argument('<delivery>', 'its id, or the beginning of it: dlv_…')
    .action(async (given: string, { json = false }: JsonOption) => {
      const [{ connectService }, { wholeId }] = await Promise.all([
        import('../service.ts'),
        import('../short-ids.ts'),
      ]);
      const service = connectService(env);
      const id = await wholeId(service, 'delivery', given);
      const path = `/v1/deliveries/${encodeURIComponent(id)}/replay`;
      const delivery = (await service.post(path)) as DeliveryView;
      if (json) printJson(stdout, delivery);
      else stdout.write(`${replayedLine(delivery)}\n`);
    });
  withExamples(withJson(replay), [['pipeline-trigger replay dlv_…', '']]);
};
