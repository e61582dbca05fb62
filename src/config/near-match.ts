import { distance } from 'fastest-levenshtein';

/** The candidates that `text` may be a misspelling of, nearest first, at most three; one that differs in case only stands alone. */
export function nearMatches(text: string, candidates: Iterable<string>): string[] {
  const wanted = text.toLowerCase();
  const tolerance = Math.max(1, Math.floor(wanted.length / 3));
  const near = [...candidates]
    .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= tolerance)
    .sort((a, b) => a.edits - b.edits);
  return near
    .filter(({ edits }) => edits === 0 || near[0]?.edits !== 0)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** ` Did you mean "a" or "b"?` with its leading space, or nothing when no candidate is near. */
export function didYouMean(text: string, candidates: Iterable<string>): string {
  const near = nearMatches(text, candidates).map((candidate) => `"${candidate}"`);
  return near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
}
