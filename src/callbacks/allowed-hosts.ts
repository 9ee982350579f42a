import { isIP, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** One entry of `CALLBACK_ALLOWED_HOSTS`. What is null may be any. */
export type AllowedHost = {
  readonly protocol: string | null;
  readonly port: string | null;
} & (
  | {
      readonly kind: 'name';
      readonly name: string;
      /** The names below it, and not it itself: `*.example.com`. */
      readonly isBelow: boolean;
    }
  | { readonly kind: 'network'; readonly network: [Address, number] }
);

/** Where callbacks may go. */
export interface Destinations {
  /** Whether a URL names a host that is allowed. */
  readonly allows: (url: URL) => boolean;
  /**
   * Whether a connection for this URL, which is allowed, may go to this address: a public one may; any other one, of
   * this machine or of a private network, only where the address itself is allowed; a cloud's metadata service never.
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

/** A host without the brackets of IPv6, and without the dot that a full name may end with. */
const nameIn = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');

/** IPv4 written as IPv6 is the IPv4 that the connection goes to. */
const addressIn = (name: string): Address | null => (isIP(name) === 0 ? null : ipaddr.process(name));

const contains = ([base, bits]: [Address, number], address: Address): boolean =>
  address.kind() === base.kind() && address.match(base, bits);

/**
 * Where clouds hand out the credentials of a machine to any program on it. No list of hosts opens them: a network that
 * an operator allows contains them by accident. Source: the documentation of AWS (IMDS), Azure (WireServer), Google Cloud.
 */
const metadataNetworks: readonly [Address, number][] = [
  ['169.254.0.0', 16],
  ['168.63.129.16', 32],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
].map(([address, bits]) => [ipaddr.parse(String(address)), Number(bits)]);

/** Networks of IPv6 whose addresses hold an IPv4 address that the connection may end at: the places of its bytes. */
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

/** What IANA has not given out for IPv6 counts as unicast with the library. Source: RFC 4291, section 2.4 */
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
