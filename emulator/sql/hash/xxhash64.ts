const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

/** XXH64 as Spark's `xxhash64()` computes it: signed results, one int or long or run of bytes at a time. */
export function xxHash64Int(value: number, seed: bigint): bigint {
  const hash = u64(seed + P5 + 4n) ^ u64(BigInt(value >>> 0) * P1);
  return finish(u64(rotate(hash, 23n) * P2 + P3));
}

export function xxHash64Long(value: bigint, seed: bigint): bigint {
  const hash = u64(seed + P5 + 8n) ^ round(0n, u64(value));
  return finish(u64(rotate(hash, 27n) * P1 + P4));
}

export function xxHash64Bytes(bytes: Buffer, seed: bigint): bigint {
  let at = 0;
  let hash: bigint;
  if (bytes.length >= 32) {
    const lanes = [u64(seed + P1 + P2), u64(seed + P2), u64(seed), u64(seed - P1)];
    for (; at <= bytes.length - 32; at += 32) {
      lanes.forEach((lane, i) => {
        lanes[i] = round(lane, bytes.readBigUInt64LE(at + 8 * i));
      });
    }
    const [a = 0n, b = 0n, c = 0n, d = 0n] = lanes;
    hash = u64(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
    for (const lane of lanes) hash = u64((hash ^ round(0n, lane)) * P1 + P4);
  } else hash = u64(seed + P5);
  hash = u64(hash + BigInt(bytes.length));
  for (; at <= bytes.length - 8; at += 8) {
    hash = u64(rotate(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * P1 + P4);
  }
  if (at <= bytes.length - 4) {
    hash = u64(rotate(hash ^ u64(BigInt(bytes.readUInt32LE(at)) * P1), 23n) * P2 + P3);
    at += 4;
  }
  for (; at < bytes.length; at += 1)
    hash = u64(rotate(hash ^ u64(BigInt(bytes.readUInt8(at)) * P5), 11n) * P1);
  return finish(hash);
}

function round(lane: bigint, word: bigint): bigint {
  return u64(rotate(u64(lane + u64(word * P2)), 31n) * P1);
}

function finish(hash: bigint): bigint {
  let mixed = u64((hash ^ (hash >> 33n)) * P2);
  mixed = u64((mixed ^ (mixed >> 29n)) * P3);
  return BigInt.asIntN(64, mixed ^ (mixed >> 32n));
}

function rotate(word: bigint, bits: bigint): bigint {
  return u64((word << bits) | (word >> (64n - bits)));
}

function u64(word: bigint): bigint {
  return BigInt.asUintN(64, word);
}
