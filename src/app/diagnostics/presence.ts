import type { TriggerId } from '../../domain/ids.ts';
import type { Clock } from '../ports/index.ts';

/** Those of one caller, at one address, who wait for a trigger. */
export interface Attendee {
  readonly caller: string;
  readonly from: string;
  /** How many of them there are now. */
  readonly count: number;
  /** Since when there has been one, milliseconds since the epoch. */
  readonly since: number;
}

/** Who waits for what, for operators. It is no more than counts: ten thousand may wait for one trigger. */
export interface Attendance {
  /** One more waits. @returns what to give back when they leave */
  arrive(id: TriggerId, caller: string, from: string): Place;
  leave(place: Place): void;
  /** Counts a caller as waiting while `work` runs, however it ends. @throws what `work` throws */
  withPresence<Result>(
    id: TriggerId,
    waiting: Pick<Attendee, 'caller' | 'from'>,
    work: () => Promise<Result>,
  ): Promise<Result>;
  /** Who waits for a trigger, those who have waited longest first. */
  of(id: TriggerId): readonly Attendee[];
}

/** What all who wait from one address share. */
export interface Place {
  readonly id: TriggerId;
  readonly caller: string;
  readonly from: string;
  count: number;
  since: number;
  leftAt: number;
}

/** One who waits for hours asks again every minute: gone for so long means gone. */
const betweenMs = 5_000;

export function createAttendance(clock: Pick<Clock, 'now'>): Attendance {
  const placesOf = new Map<TriggerId, Map<string, Place>>();
  /** Those whom nobody is at, the first one left first. */
  const left = new Set<Place>();

  function forget(place: Place): void {
    left.delete(place);
    const places = placesOf.get(place.id);
    places?.delete(keyOf(place));
    if (places?.size === 0) placesOf.delete(place.id);
  }

  function forgetThoseGone(): void {
    for (const place of left) {
      if (clock.now() - place.leftAt < betweenMs) return;
      forget(place);
    }
  }

  function arrive(id: TriggerId, caller: string, from: string): Place {
    forgetThoseGone();
    const places = placesOf.get(id) ?? new Map<string, Place>();
    placesOf.set(id, places);
    const known = places.get(keyOf({ caller, from }));
    const place = known ?? { id, caller, from, count: 0, since: clock.now(), leftAt: 0 };
    if (known === undefined) places.set(keyOf(place), place);
    left.delete(place);
    place.count += 1;
    return place;
  }

  function leave(place: Place): void {
    place.count -= 1;
    if (place.count > 0) return;
    place.leftAt = clock.now();
    left.add(place);
  }

  return {
    arrive,
    leave,
    async withPresence(id, { caller, from }, work) {
      const place = arrive(id, caller, from);
      try {
        return await work();
      } finally {
        leave(place);
      }
    },
    of: (id) =>
      [...(placesOf.get(id)?.values() ?? [])]
        .filter(({ count }) => count > 0)
        .map(({ caller, from, count, since }) => ({ caller, from, count, since }))
        .toSorted((one, other) => one.since - other.since),
  };
}

const keyOf = ({ caller, from }: { readonly caller: string; readonly from: string }): string =>
  `${caller} ${from}`;
