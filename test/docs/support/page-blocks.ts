import type { World } from './world.ts';

/** How a block goes when it is run as it stands. */
interface Outcome {
  /** 0 unless given. */
  readonly code?: number;
  /** What stdout shows. */
  readonly prints: RegExp;
  /** What must be there first; gives variables that only this block is to see. */
  readonly given?: (world: World) => Promise<Readonly<Record<string, string>>>;
  /** What it left behind. */
  readonly leaves?: (world: World) => Promise<void> | void;
}

/** A block that this machine cannot run, and why. */
interface NotHere {
  readonly notHere: string;
}

/** All shell blocks of one page, by name. */
export type PageBlocks = Readonly<Record<string, Outcome | NotHere>>;
