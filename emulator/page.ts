import { invalidParameter } from './api-error.ts';

export interface Page<Item> {
  items: Item[];
  /** As an answer carries them: a token is absent where there is no such page. */
  tokens: { next_page_token?: string; prev_page_token?: string };
}

/** Cuts a page out of a list. Tokens are opaque to callers. Throws 400 for one that is not ours. */
export function pageOf<Item>(list: readonly Item[], limit: number, token: string | undefined): Page<Item> {
  const offset = token === undefined || token === '' ? 0 : decoded(token);
  const tokens: Page<Item>['tokens'] = {};
  if (offset + limit < list.length) tokens.next_page_token = encoded(offset + limit);
  if (offset > 0) tokens.prev_page_token = encoded(Math.max(0, offset - limit));
  return { items: list.slice(offset, offset + limit), tokens };
}

function encoded(offset: number): string {
  return Buffer.from(`offset:${offset}`).toString('base64url');
}

function decoded(token: string): number {
  const offset = /^offset:(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (offset === undefined) throw invalidParameter(`Invalid page token: ${token}`);
  return Number(offset);
}
