import {
  ANY,
  BIGINT,
  DOUBLE,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBScalarFunction,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  type DuckDBVector,
  INTEGER,
} from '@duckdb/node-api';
import { murmur3Bytes, murmur3Int, murmur3Long } from './murmur3.ts';
import { xxHash64Bytes, xxHash64Int, xxHash64Long } from './xxhash64.ts';

/** How one of Spark's hashes takes up a value. */
interface Hash<T extends number | bigint> {
  seed: T;
  int(value: number, seed: T): T;
  long(value: bigint, seed: T): T;
  bytes(value: Buffer, seed: T): T;
}

const SEED = 42;
const MURMUR3: Hash<number> = { seed: SEED, int: murmur3Int, long: murmur3Long, bytes: murmur3Bytes };
const XXHASH64: Hash<bigint> = {
  seed: BigInt(SEED),
  int: xxHash64Int,
  long: xxHash64Long,
  bytes: xxHash64Bytes,
};

/** Adds the functions that DuckDB has no equal of, for all connections of the instance. */
export function registerScalarFunctions(connection: DuckDBConnection): void {
  connection.registerScalarFunction(hashFunction('dbx_hash', MURMUR3, INTEGER));
  connection.registerScalarFunction(hashFunction('dbx_xxhash64', XXHASH64, BIGINT));
  connection.registerScalarFunction(seededRandom());
}

function hashFunction<T extends number | bigint>(
  name: string,
  hash: Hash<T>,
  returnType: DuckDBType,
): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name,
    returnType,
    varArgsType: ANY,
    specialHandling: true,
    mainFunction: (_info, input: DuckDBDataChunk, output: DuckDBVector) => {
      const columns = Array.from({ length: input.columnCount }, (_, i) => input.getColumnVector(i));
      for (let row = 0; row < input.rowCount; row += 1) {
        const hashed = columns.reduce(
          (seed, column) => hashValue(hash, column.getItem(row), column.type, seed),
          hash.seed,
        );
        output.setItem(row, hashed);
      }
      output.flush();
    },
  });
}

/** A NULL leaves the hash as it is; the type decides how the bytes are taken. */
function hashValue<T extends number | bigint>(
  hash: Hash<T>,
  value: DuckDBValue,
  type: DuckDBType,
  seed: T,
): T {
  if (value === null) return seed;
  if (typeof value === 'string') return hash.bytes(Buffer.from(value), seed);
  if (typeof value === 'boolean') return hash.int(value ? 1 : 0, seed);
  if (typeof value === 'bigint') return hash.long(value, seed);
  if (value instanceof DuckDBDateValue) return hash.int(value.days, seed);
  if (value instanceof DuckDBTimestampValue) return hash.long(value.micros, seed);
  if (typeof value !== 'number')
    throw new Error(`[EMULATOR_UNSUPPORTED] The emulator does not hash ${type}. SQLSTATE: 0A000`);
  const bits = Buffer.alloc(8);
  // Negative zero and zero are equal, so they hash alike.
  if (type.typeId === DuckDBTypeId.DOUBLE) {
    bits.writeDoubleBE(value + 0);
    return hash.long(bits.readBigInt64BE(), seed);
  }
  if (type.typeId === DuckDBTypeId.FLOAT) {
    bits.writeFloatBE(value + 0);
    return hash.int(bits.readInt32BE(), seed);
  }
  return hash.int(value, seed);
}

/**
 * `rand(seed)`: the nth row of a statement gets the nth number of the seed, so a statement repeats itself.
 * The numbers are not Spark's, whose depend on how the rows are partitioned.
 */
function seededRandom(): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: 'dbx_rand',
    returnType: DOUBLE,
    parameterTypes: [BIGINT],
    volatile: true,
    initFunction: (info) => info.setState({ row: 0n }),
    mainFunction: (info, input: DuckDBDataChunk, output: DuckDBVector) => {
      const state = info.state as { row: bigint };
      const seeds = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row += 1) {
        const bits = BigInt.asUintN(64, xxHash64Long(state.row, BigInt(String(seeds.getItem(row) ?? 0))));
        output.setItem(row, Number(bits >> 11n) / 2 ** 53);
        state.row += 1n;
      }
      output.flush();
    },
  });
}
