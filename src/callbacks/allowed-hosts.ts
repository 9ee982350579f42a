import { isIP, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** One entry of `CALLBACK_ALLOWED_HOSTS`. Null matches anything. */
export type AllowedHost = {
  readonly protocol: string | null;
  readonly port: string | null;
} & (
  | {
      readonly kind: 'name';
      readonly name: string;
      /** The names below it, without the name itself: `*.example.com`. */
      readonly isBelow: boolean;
    }
  | { readonly kind: 'network'; readonly network: [Address, number] }
);

/** The allowed receivers of callbacks. */
export interface Destinations {
  /** Whether a URL names a host that is allowed. */
  readonly allows: (url: URL) => boolean;
  /**
   * Whether a connection for this allowed URL may go to this address: a public address is allowed; an address of this
   * machine or of a private network only if it is listed itself; that of a cloud's metadata service never.
   */
  readonly allowsAddress: (url: URL, address: string) => boolean;
}

const entryForm = /^(?:(https?):\/\/)?(\*\.)?(\[[^\]]+\]|[^:/?#@*\s[\]\\%]+)(?::(\d{1,5}))?\/?$/i;

/**
 * Reads one entry: `host`, `host:port`, `https://host`, `*.example.com`, an address, or a network (`10.0.0.0/8`).
 * @returns null when it is none of them
 */
export function readAllowedHost(entry: string): AllowedHost | null {
  if (ipaddr.isValidCIDR(entry)) return network(ipaddr.parseCIDR(entry));
  if (isIPv6(entry) && !entry.includes('%')) return network([ipaddr.parse(entry), 128]);
  const [, scheme = null, below, host = '', port = null] = entryForm.exec(entry) ?? [];
  if (!URL.canParse(`http://${host}`) || Number(port) > 65_535) return null;
  const name = nameIn(new URL(`http://${host}`));
  const protocol = scheme === null ? null : `${scheme.toLowerCase()}:`;
  const where = { protocol, port: port ?? (protocol === null ? null : defaultPort(protocol)) };
  const address = addressIn(name);
  if (address === null) return { ...where, kind: 'name', name, isBelow: below !== undefined };
  if (below !== undefined) return null;
  return { ...where, kind: 'network', network: [address, address.kind() === 'ipv4' ? 32 : 128] };
}

const network = (cidr: [Address, number]): AllowedHost => ({
  protocol: null,
  port: null,
  kind: 'network',
  network: cidr,
});

const defaultPort = (protocol: string): string => (protocol === 'https:' ? '443' : '80');

/** A host without the brackets of IPv6, and without the final dot of a full name. */
const nameIn = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');

/** An IPv4 address written as IPv6 leads to the IPv4 address. */
const addressIn = (name: string): Address | null => (isIP(name) === 0 ? null : ipaddr.process(name));

const contains = ([base, bits]: [Address, number], address: Address): boolean =>
  address.kind() === base.kind() && address.match(base, bits);

/**
 * Metadata services, which give a machine's cloud credentials to any program on it. No entry allows them: a network that
 * an operator allows may contain them by accident. Source: the documentation of AWS (IMDS), Azure (WireServer), Google Cloud.
 */
const metadataNetworks: readonly [Address, number][] = [
  ['169.254.0.0', 16],
  ['168.63.129.16', 32],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
].map(([address, bits]) => [ipaddr.parse(String(address)), Number(bits)]);

/** IPv6 networks whose addresses contain the IPv4 address of the target: the positions of its bytes. */
const embedding: readonly { readonly network: [Address, number]; readonly places: readonly number[] }[] = [
  // IPv4-compatible, and translated as SIIT does. Source: RFC 4291, section 2.5.5.1; RFC 6145
  { network: [ipaddr.parse('::'), 96], places: [12, 13, 14, 15] },
  { network: [ipaddr.parse('::ffff:0:0:0'), 96], places: [12, 13, 14, 15] },
  // NAT64; of the second one each network chooses the length: 48, 56, 64 or 96 bits. Source: RFC 6052, RFC 8215
  { network: [ipaddr.parse('64:ff9b::'), 96], places: [12, 13, 14, 15] },
  { network: [ipaddr.parse('64:ff9b:1::'), 48], places: [6, 7, 9, 10] },
  { network: [ipaddr.parse('64:ff9b:1::'), 48], places: [7, 9, 10, 11] },
  { network: [ipaddr.parse('64:ff9b:1::'), 48], places: [9, 10, 11, 12] },
  { network: [ipaddr.parse('64:ff9b:1::'), 48], places: [12, 13, 14, 15] },
  // 6to4. Source: RFC 3056
  { network: [ipaddr.parse('2002::'), 16], places: [2, 3, 4, 5] },
];

function isMetadata(address: Address): boolean {
  const bytes = address.toByteArray();
  const held = embedding
    .filter(({ network }) => contains(network, address))
    .map(({ places }) => ipaddr.fromByteArray(places.map((place) => bytes[place] ?? 0)));
  return [address, ...held].some((form) => metadataNetworks.some((network) => contains(network, form)));
}

const globalUnicast: [Address, number] = [ipaddr.parse('2000::'), 3];

/** The library takes IPv6 ranges that IANA has not assigned as unicast. Source: RFC 4291, section 2.4 */
const isGlobalUnicast = (address: Address): boolean =>
  address.range() === 'unicast' && (address.kind() === 'ipv4' || contains(globalUnicast, address));

const isNamedBy = (entry: AllowedHost, name: string): boolean => {
  if (entry.kind !== 'name') return false;
  return entry.isBelow ? name.endsWith(`.${entry.name}`) : name === entry.name;
};

export function allowedDestinations(entries: readonly AllowedHost[]): Destinations {
  const entriesFor = ({ protocol, port }: URL): readonly AllowedHost[] =>
    entries.filter(
      (entry) =>
        (entry.protocol ?? protocol) === protocol &&
        (entry.port === null || entry.port === (port || defaultPort(protocol))),
    );
  const isListed = (url: URL, address: Address): boolean =>
    entriesFor(url).some((entry) => entry.kind === 'network' && contains(entry.network, address));

  return {
    allows(url) {
      const name = nameIn(url);
      const address = addressIn(name);
      if (address !== null) return !isMetadata(address) && isListed(url, address);
      return entriesFor(url).some((entry) => isNamedBy(entry, name));
    },
    allowsAddress(url, text) {
      const address = addressIn(text);
      if (address === null || isMetadata(address)) return false;
      if (isGlobalUnicast(address) || isListed(url, address)) return true;
      // RFC 6761 defines the name as this machine: an operator who allows the name allows loopback addresses.
      return nameIn(url) === 'localhost' && address.range() === 'loopback';
    },
  };
}
