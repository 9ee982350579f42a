import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { sign } from '../../../../simulator/hooks/sign.ts';
import { webhookSecret } from '../../../support/start-service.ts';

/** Both ways in which GitLab proves that a hook is its own. */
export const signingToken = `whsec_${Buffer.alloc(32, 'k').toString('base64')}`;

const writers = 32;
/** How long a writer lets a service be that is down. */
const pauseMs = 50;

export interface Writing {
  /** The deliveries that were answered 202, and the pipeline that each of them is about. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** How many met nobody, or a connection that broke. */
  readonly unanswered: () => number;
  /** Answers that a hook should never get. */
  readonly strange: readonly string[];
  /** Resolves when every writer has stopped. */
  readonly stop: () => Promise<void>;
}

/** Posts hooks as fast as they are answered, each one of its own, on connections that are kept. */
export function writeHooks(url: string): Writing {
  const acknowledged = new Map<string, number>();
  const strange: string[] = [];
  const target = `${url}/webhooks/gitlab`;
  let last = 0;
  let unanswered = 0;
  let isStopped = false;

  async function writeOn(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!isStopped) {
      const pipelineId = (last += 1);
      const answer = await post(target, agent, pipelineId).catch(() => null);
      if (answer === null) {
        unanswered += 1;
        await sleep(pauseMs);
      } else if (answer.status === 202) acknowledged.set(deliveryOf(answer.text), pipelineId);
      else strange.push(`${answer.status} ${answer.text}`);
    }
    agent.destroy();
  }

  const written = Promise.all(Array.from({ length: writers }, writeOn));
  return {
    acknowledged,
    strange,
    unanswered: () => unanswered,
    stop: async () => {
      isStopped = true;
      await written;
    },
  };
}

const deliveryOf = (text: string): string => (JSON.parse(text) as { delivery: string }).delivery;

function bodyOf(pipelineId: number): string {
  const attributes = { id: pipelineId, ref: 'main', status: 'running', source: 'trigger', variables: [] };
  const project = { id: 1, path_with_namespace: 'group/app' };
  return JSON.stringify({ object_kind: 'pipeline', object_attributes: attributes, project, builds: [] });
}

/** Every other hook is signed, the rest bring the secret token. */
function proofFor(key: string, body: string, isSigned: boolean): Record<string, string> {
  if (!isSigned) return { 'x-gitlab-token': webhookSecret };
  const timestamp = String(Math.floor(Date.now() / 1000));
  return { 'webhook-timestamp': timestamp, 'webhook-signature': sign(signingToken, key, timestamp, body) };
}

function post(target: string, agent: Agent, pipelineId: number): Promise<{ status: number; text: string }> {
  const [key, body] = [randomUUID(), bodyOf(pipelineId)];
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-gitlab-event': 'Pipeline Hook',
    'webhook-id': key,
    ...proofFor(key, body, pipelineId % 2 === 0),
  };
  return new Promise((resolve, reject) => {
    const sent = request(target, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject).on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject).end(body);
  });
}
