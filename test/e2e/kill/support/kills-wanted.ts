import { isLong } from '../../../support/long.ts';

/** What the promise is made for, within a minute. */
const killsPerRound = 40;

/**
 * How often services are killed, round by round, each with a database of its own: a few times, or in the long form
 * 40 times, or as often as LONG_KILLS says.
 */
export const killsWanted = (few: number): readonly (readonly [round: number, kills: number])[] => {
  const wanted = Number(process.env['LONG_KILLS'] ?? killsPerRound);
  const rounds = isLong ? Math.ceil(wanted / killsPerRound) : 1;
  return Array.from({ length: rounds }, (_, index) => [index + 1, isLong ? killsPerRound : few]);
};

/** A round takes a minute at most on a machine that has nothing else to do. */
export const roundMs = 600_000;
