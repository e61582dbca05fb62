/** Murmur3 (x86, 32 bits) as Spark's `hash()` computes it: signed results, one int or long or run of bytes at a time. */
export function murmur3Int(value: number, seed: number): number {
  return finish(mixHash(seed, mixWord(value)), 4);
}

export function murmur3Long(value: bigint, seed: number): number {
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return finish(mixHash(mixHash(seed, mixWord(low)), mixWord(high)), 8);
}

export function murmur3Bytes(bytes: Buffer, seed: number): number {
  const aligned = bytes.length - (bytes.length % 4);
  let hash = seed;
  for (let i = 0; i < aligned; i += 4) hash = mixHash(hash, mixWord(bytes.readInt32LE(i)));
  // Unlike the reference, Spark mixes each byte of the tail as a word of its own.
  for (let i = aligned; i < bytes.length; i += 1) hash = mixHash(hash, mixWord(bytes.readInt8(i)));
  return finish(hash, bytes.length);
}

function mixWord(word: number): number {
  return Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
}

function mixHash(hash: number, word: number): number {
  return (Math.imul(rotate(hash ^ word, 13), 5) + 0xe6546b64) | 0;
}

function finish(hash: number, length: number): number {
  let mixed = hash ^ length;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) | 0;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
