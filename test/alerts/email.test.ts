import type { Alert } from '../../src/alerts/alert.ts';
import { sendMail } from '../../src/alerts/email.ts';
import { BackfillError } from '../../src/errors/backfill-error.ts';
import { MailReceiver } from '../harness/mail-receiver.ts';

const PASSWORD = 'hush-mail';
const ALERT: Alert = {
  key: 'one',
  event: 'test',
  severity: 'info',
  at: '2024-06-03T00:00:00.000Z',
  title: 'A test',
  reason: null,
  backfill: null,
  causes: [],
  opens: null,
  closes: [],
};

let mail: MailReceiver;

beforeEach(async () => {
  mail = await MailReceiver.start(PASSWORD);
});
afterEach(() => mail.close());

async function send({ password = PASSWORD, to = ['ops@example.com'], port = mail.port } = {}) {
  const smtp = `smtp://ops:${password}@127.0.0.1:${port}`;
  try {
    return await sendMail({ smtp, from: 'backfill@example.com', to }, ALERT);
  } catch (thrown) {
    if (thrown instanceof BackfillError) return { code: thrown.code, message: thrown.message };
    throw thrown;
  }
}

test.each([
  ['mailbox that is busy (450)', 450, 'receiver_unavailable'],
  ['server that is out of space (452)', 452, 'receiver_unavailable'],
  ['mailbox that does not exist (550)', 550, 'receiver_refused'],
])('A mail to a %s is judged by the answer of the server', async (_what, code, expected) => {
  mail.refuseRecipient('ops@example.com', code);
  expect(await send()).toMatchObject({
    code: expected,
    message: expect.stringContaining(`answered ${code}`),
  });
});

test('A sign-in that the server cannot check now is tried again; a wrong password is not', async () => {
  mail.refuseSignIns(454);
  expect(await send()).toMatchObject({ code: 'receiver_unavailable' });
  mail.refuseSignIns(null);
  expect(await send({ password: 'wrong' })).toMatchObject({ code: 'receiver_refused' });
});

test('A mail server that sends a mail away for now is tried again', async () => {
  mail.refuse(1);
  expect(await send()).toMatchObject({ code: 'receiver_unavailable' });
  expect(await send()).toEqual({ refusedRecipients: 0 });
});

test('A mail server that is not there is tried again, an address that is none is not', async () => {
  const { port } = mail;
  await mail.close();
  expect(await send({ port })).toMatchObject({ code: 'receiver_unavailable' });
  mail = await MailReceiver.start(PASSWORD);
  expect(await send({ to: [''] })).toMatchObject({ code: 'receiver_refused' });
});

test('A mail that only some get tells how many do not', async () => {
  mail.refuseRecipient('gone@example.com', 550);
  expect(await send({ to: ['ops@example.com', 'gone@example.com'] })).toEqual({ refusedRecipients: 1 });
  expect(mail.mails).toMatchObject([{ to: ['ops@example.com'] }]);
});
