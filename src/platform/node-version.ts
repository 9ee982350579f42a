/**
 * The oldest Node that this package runs on, as in package.json, the README and the docs: SQLite's driver is built for
 * Node-API 10, which came with it. On an older one the driver ends the process without a message.
 */
export const oldestNode = '22.14';
const neededNodeApi = 10;

/** The problem of a Node version, in one line; null for none. */
export function problemOfNode({
  node,
  napi,
}: {
  readonly node: string;
  readonly napi?: string;
}): string | null {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode.split('.').map(Number);
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    return `expected Node.js ${oldestNode} or newer, this is ${node}`;
  // Releases of 23 before 23.6 are newer, but have Node-API 9.
  return Number(napi) < neededNodeApi
    ? `expected Node.js with Node-API ${neededNodeApi} (${oldestNode} or newer, of 23 from 23.6), this is ${node}`
    : null;
}

/** Ends the process with 2 on an old Node. For the first lines of an executable, before all other imports. */
export function refuseOldNode(command: string): void {
  const problem = problemOfNode(process.versions);
  if (problem === null) return;
  process.stderr.write(`${command}: ${problem}\n`);
  process.exit(2);
}
