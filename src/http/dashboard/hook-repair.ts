import type { DoctorReport } from '../../app/project-hooks/doctor.ts';
import type { EnsureResult } from '../../app/project-hooks/ensure-hook.ts';
import type { Resent } from '../../app/project-hooks/missed-deliveries.ts';
import type { Flash } from './flashes.ts';

const did = {
  created: 'A hook was made.',
  repaired: 'The hook was repaired.',
  unchanged: 'The hook itself was left as it is.',
} as const satisfies Record<EnsureResult['result'], string>;

function testTold({ outcome, words }: EnsureResult['test']): string | null {
  if (outcome === 'passed') return 'GitLab’s test of it arrived.';
  return words === null ? null : `${outcome === 'failed' ? 'Its test failed' : 'Not tested'}: ${words}.`;
}

function resentWords({ arrived, refused, retryAfterMs }: Resent): readonly string[] {
  const seconds = retryAfterMs === null ? null : Math.ceil(retryAfterMs / 1000);
  return [
    ...(arrived > 0 ? [`Missed deliveries that arrived now: ${arrived}.`] : []),
    ...(refused.length > 0 ? [`Not sent again: ${[...new Set(refused)].join('; ')}.`] : []),
    ...(seconds === null ? [] : [`GitLab takes no more just now: repeat it in ${seconds} seconds.`]),
  ];
}

/** What a repair came to, in words; bad where GitLab's test failed or it would not send again. */
export function repairText({ ensured, resent }: DoctorReport): Pick<Flash, 'variant' | 'text'> {
  if (ensured === null) return { variant: 'good', text: 'There was nothing to repair.' };
  const { result, test, note } = ensured;
  const parts = [did[result], testTold(test), note === null ? null : `Note: ${note}.`];
  const text = [...parts.filter((part) => part !== null), ...(resent === null ? [] : resentWords(resent))];
  const isBad = test.outcome === 'failed' || (resent !== null && resent.refused.length > 0);
  return { variant: isBad ? 'bad' : 'good', text: text.join(' ') };
}

/** What came of sending missed deliveries again. */
export function resentText(resent: Resent): Pick<Flash, 'variant' | 'text'> {
  const words = resentWords(resent);
  if (words.length === 0) return { variant: 'good', text: 'There was nothing to send again.' };
  return { variant: resent.refused.length > 0 ? 'bad' : 'good', text: words.join(' ') };
}
