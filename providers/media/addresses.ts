// Which hosts a download may talk to. A URL comes from outside, so it must not become a way into the network of the
// worker: its host has to be on the list, and what the host's name resolves to must be a public address.
import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { DownloadError } from './errors.ts';

const privateRanges: readonly [network: string, prefix: number, type: 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  // Everything that has an IPv4 address inside leads, through some gateway, to that one. (::ffff:a.b.c.d is judged by it.)
  ['::', 96, 'ipv6'],
  ['::ffff:0:0:0', 96, 'ipv6'],
  ['64:ff9b::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
  ['5f00::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 9, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

const privateAddresses = new BlockList();
for (const [network, prefix, type] of privateRanges) privateAddresses.addSubnet(network, prefix, type);

/** Whether an IP address is loopback, private, link-local, multicast or otherwise no place of the public internet. */
export function isPrivateAddress(address: string): boolean {
  return privateAddresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** A host as lists name it: lower case, an IPv6 address without brackets, no port. */
function bareHost(url: URL): string {
  return url.hostname.toLowerCase().replace(/^\[|\]$/g, '');
}

/** The host that somebody wrote, as URLs name it; null for what is no host alone: an address of a page, a port, a pattern. */
export function readHost(text: string): string | null {
  const host = isIP(text) === 6 ? `[${text}]` : text;
  if (!/^(?:\[[\da-f:.]+\]|[^\s:/?#@*[\]\\]+)$/i.test(host) || !URL.canParse(`http://${host}/`)) return null;
  return bareHost(new URL(`http://${host}/`));
}

/** Throws a permanent DownloadError unless `url` may be fetched, as far as its text tells. */
export function checkUrl(url: URL, hosts: readonly string[]): void {
  const host = bareHost(url);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new DownloadError(`Media is fetched over http or https, not ${url.protocol}`, { permanent: true });
  if (url.username || url.password)
    throw new DownloadError('A media URL must not carry a user name or password.', { permanent: true });
  if (!hosts.includes(host))
    throw new DownloadError(`Media may not be fetched from "${host}": name the host in MEDIA_HOSTS.`, {
      permanent: true,
    });
}

/**
 * A look-up for a connection to one of `hosts` that refuses private addresses: the connection goes to the very address
 * that was checked, whatever the name would lead to a moment later. Only an address that is itself on the list, and
 * loopback for `localhost`, may be private.
 */
export function guardedLookup(hosts: readonly string[], resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error) return done(error, []);
      const refused = found.find(
        ({ address }) => isPrivateAddress(address) && !isNamed(hostname, address, hosts),
      );
      if (refused) return done(privateError(hostname, refused), []);
      if (options.all) return done(null, found);
      return done(null, found[0]?.address ?? '', found[0]?.family);
    });
  };
}

const isNamed = (hostname: string, address: string, hosts: readonly string[]): boolean =>
  hosts.includes(address) ||
  (hostname === 'localhost' && hosts.includes('localhost') && /^(127\.|::1$)/.test(address));

const privateError = (hostname: string, { address }: LookupAddress): DownloadError =>
  new DownloadError(
    `"${hostname}" leads to the private address ${address}: name the address in MEDIA_HOSTS.`,
    {
      permanent: true,
    },
  );
