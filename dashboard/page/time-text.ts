/** `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** How long ago, for times of the past: `just now`, `5 min ago`. */
export function agoText(isoTime: string, nowMs = Date.now()): string {
  const seconds = (nowMs - Date.parse(isoTime)) / 1000;
  return seconds < 5 ? 'just now' : `${durationText(Math.floor(seconds))} ago`;
}

/** Time between two instants; until now while the second is not there yet. */
export function betweenText(startedAt: string, finishedAt: string | null, nowMs = Date.now()): string {
  const endMs = finishedAt === null ? nowMs : Date.parse(finishedAt);
  return durationText(Math.max(0, (endMs - Date.parse(startedAt)) / 1000));
}

/** `2024-06-03 10:15` in UTC, as the log has it. */
export function minuteText(isoTime: string): string {
  return isoTime.slice(0, 16).replace('T', ' ');
}

/** `Mon 3 Jun 2024` of a calendar date. */
export function longDateText(date: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  })
    .format(new Date(`${date}T00:00:00Z`))
    .replace(',', '');
}

/** The day of a date, or first and last day of its window. */
export function windowText(
  { position_date, position_end_date }: { position_date: string; position_end_date: string },
  dayText: (date: string) => string = (date) => date,
): string {
  const first = dayText(position_date);
  return position_end_date === position_date ? first : `${first} to ${dayText(position_end_date)}`;
}

/** Wall-clock time of an instant some seconds ahead: `14:35`, with the day if it is another one. */
export function clockText(secondsAhead: number, nowMs = Date.now()): string {
  const end = new Date(nowMs + secondsAhead * 1000);
  const time = end.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (end.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${end.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`;
}

/** `1 date`, `1,204 dates`. */
export function countText(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
