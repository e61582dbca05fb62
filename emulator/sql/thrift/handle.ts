import { randomUUID } from 'node:crypto';
import ttypes from '@databricks/sql/thrift/TCLIService_types.js';

/** A handle's two halves. The driver prints both as UUIDs and throws on bytes that are none. */
export function newIdentifier(): ttypes.THandleIdentifier {
  return new ttypes.THandleIdentifier({ guid: uuidBytes(), secret: uuidBytes() });
}

/** The key under which the server keeps what the handle names. */
export function keyOf(identifier: ttypes.THandleIdentifier): string {
  return Buffer.from(identifier.guid).toString('hex');
}

/** As messages print it. */
export function uuidOf(identifier: ttypes.THandleIdentifier): string {
  return keyOf(identifier).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function uuidBytes(): Buffer {
  return Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
}
