import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

const PATIENCE_MS = 20_000;

/** A mail server that takes every mail from whoever signs in. Close it in afterEach. */
export class MailReceiver {
  readonly mails: ReceivedMail[] = [];
  readonly #server: SMTPServer;
  readonly #refusedRecipients = new Map<string, number>();
  #signInRefusal: number | null = null;
  #refusals = 0;

  private constructor(password: string) {
    this.#server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (auth, _session, callback) => {
        if (this.#signInRefusal !== null) return callback(refusal(this.#signInRefusal));
        if (auth.password === password) return callback(null, { user: auth.username ?? '' });
        return callback(new Error('Wrong password.'));
      },
      onRcptTo: ({ address }, _session, callback) => {
        const code = this.#refusedRecipients.get(address);
        callback(code === undefined ? null : refusal(code));
      },
      onData: (stream, session, callback) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          if (this.#refusals > 0) {
            this.#refusals -= 1;
            return callback(refusal(451));
          }
          const { mailFrom, rcptTo } = session.envelope;
          this.mails.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            text: Buffer.concat(chunks).toString('utf8'),
          });
          callback();
        });
      },
    });
  }

  static async start(password: string): Promise<MailReceiver> {
    const receiver = new MailReceiver(password);
    const server = receiver.#server.listen(0, '127.0.0.1');
    if (!server.listening) await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  /** Sends the next so many mails away, to be sent again. */
  refuse(count: number): void {
    this.#refusals = count;
  }

  /** Answers this code whenever a mail is for this address. */
  refuseRecipient(address: string, code: number): void {
    this.#refusedRecipients.set(address, code);
  }

  /** Answers this code to whoever signs in; null ends it. */
  refuseSignIns(code: number | null): void {
    this.#signInRefusal = code;
  }

  async received(count: number): Promise<ReceivedMail[]> {
    const deadline = Date.now() + PATIENCE_MS;
    while (this.mails.length < count) {
      if (Date.now() > deadline)
        throw new Error(`Waited in vain for ${count} mails: ${this.mails.length} came.`);
      await pause(20);
    }
    return this.mails;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

function refusal(responseCode: number): Error {
  return Object.assign(new Error('Not now.'), { responseCode });
}
