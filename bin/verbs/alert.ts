import type { Command } from 'commander';
import type { Alert } from '../../src/alerts/alert.ts';
import type { AlertChannel } from '../../src/config/config.ts';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import type { CommandContext } from '../command-context.ts';
import { describeFailure } from '../failure.ts';

export function addAlertVerb(program: Command, context: CommandContext): void {
  program
    .command('alert')
    .description('alerts of the configuration')
    .command('test')
    .description('send a test message over every channel, or over one, and say what became of it')
    .option('--channel <name>', 'over this one only')
    .action((options: { channel?: string }) => test(options.channel, context));
}

/** Tries each channel once, also when one before failed: a person mends them all at once. */
async function test(only: string | undefined, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const { alerts, logLevel } = await context.config();
  const { sendAlert } = await import('../../src/alerts/send-alert.ts');
  for (const [name, channel] of chosen(alerts.channels, only)) {
    const who = `${name} (${channel.type})`;
    try {
      const { refusedRecipients = 0 } = await sendAlert(channel, testAlert(name), false);
      if (refusedRecipients > 0) context.exitCode = 1;
      const but = refusedRecipients > 0 ? `; the server refused ${refusedRecipients} of its recipients` : '';
      terminal.notice(`sent    ${who}${but}`);
    } catch (failure) {
      context.exitCode = 1;
      terminal.notice(`failed  ${who}: ${describeFailure(failure, logLevel).replace(/^backfill: /, '')}`);
    }
  }
}

function chosen(
  channels: Readonly<Record<string, AlertChannel>>,
  only: string | undefined,
): [string, AlertChannel][] {
  const all = Object.entries(channels);
  const found = all.filter(([name]) => only === undefined || name === only);
  if (found.length > 0) return found;
  const known = all.map(([name]) => name).join(', ');
  throw new BackfillError(
    'configuration_invalid',
    all.length === 0
      ? 'No alert channel is configured. Add one under backfill.alerts.channels; see docs/guides/alerts.md.'
      : `There is no channel ${only}. Use one of ${known}.`,
  );
}

function testAlert(channel: string): Alert {
  const at = new Date().toISOString();
  return {
    key: `test_${channel}_${Date.parse(at)}`,
    event: 'test',
    severity: 'info',
    at,
    title: 'Test message of databricks-backfill',
    reason: `Somebody ran "backfill alert test". The channel ${channel} works.`,
    backfill: null,
    causes: [],
    opens: `test_${channel}_${Date.parse(at)}`,
    closes: [],
  };
}
