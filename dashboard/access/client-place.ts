import ipaddr from 'ipaddr.js';

/** A household or a rented server has a whole /64 of IPv6 addresses, so that is what counts as one. */
export function placeOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return parsed.toNormalizedString().split(':').slice(0, 4).join(':');
}
