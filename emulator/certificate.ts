import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ServerCertificate {
  /** Path of the CA certificate that a client must trust. */
  caFile: string;
  certificate: string;
  privateKey: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const LIFETIME_MS = 365 * DAY_MS;

/**
 * The server certificate of a data directory: the one that is there if it is valid for another day,
 * else a new CA and a new certificate. The CA's key is never stored, so nothing else can be issued by
 * a CA that someone trusts.
 */
export async function loadServerCertificate(dataDir: string): Promise<ServerCertificate> {
  const files = {
    ca: join(dataDir, 'ca.pem'),
    certificate: join(dataDir, 'server.pem'),
    privateKey: join(dataDir, 'server-key.pem'),
  };
  try {
    const [ca, certificate, privateKey] = await Promise.all([
      readFile(files.ca, 'utf8'),
      readFile(files.certificate, 'utf8'),
      readFile(files.privateKey, 'utf8'),
    ]);
    if (isUsable(ca, certificate)) return { caFile: files.ca, certificate, privateKey };
  } catch (missing) {
    if ((missing as NodeJS.ErrnoException).code !== 'ENOENT') throw missing;
  }
  const issued = await issue();
  await mkdir(dataDir, { recursive: true });
  await writeFile(files.privateKey, issued.privateKey, { mode: 0o600 });
  await writeFile(files.certificate, issued.certificate);
  await writeFile(files.ca, issued.ca);
  return { caFile: files.ca, certificate: issued.certificate, privateKey: issued.privateKey };
}

function isUsable(caPem: string, certificatePem: string): boolean {
  try {
    const ca = new X509Certificate(caPem);
    const certificate = new X509Certificate(certificatePem);
    const soonestEnd = Math.min(Date.parse(ca.validTo), Date.parse(certificate.validTo));
    return certificate.verify(ca.publicKey) && soonestEnd > Date.now() + DAY_MS;
  } catch {
    return false;
  }
}

async function issue(): Promise<{ ca: string; certificate: string; privateKey: string }> {
  // Imported where it is needed: it takes a tenth of a second, and most starts find a certificate.
  const { generate } = await import('selfsigned');
  const common = {
    keyType: 'ec',
    algorithm: 'sha256',
    // An hour back, for clients whose clock is a little behind, as containers' can be.
    notBeforeDate: new Date(Date.now() - 60 * 60 * 1000),
    notAfterDate: new Date(Date.now() + LIFETIME_MS),
  } as const;
  const ca = await generate([{ name: 'commonName', value: 'Databricks emulator CA' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...common,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 2, value: 'emulator' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { ca: ca.cert, certificate: server.cert, privateKey: server.private };
}
