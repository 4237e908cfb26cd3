// A certificate authority for one test cluster, by the openssl command: ECDSA P-256, a folder of PEM files.
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type Certificate = { readonly certificateFile: string; readonly keyFile: string }
export type Authority = { readonly folder: string } & Certificate

export type Subject = {
  readonly name: string // the file's name
  readonly commonName: string
  readonly organizations?: readonly string[] // Kubernetes reads them as groups
  readonly alternativeNames?: readonly string[] // 'DNS:…' and 'IP:…': a server's certificate
}

const config = `[req]
distinguished_name = none
prompt = no
[none]
[authority]
basicConstraints = critical,CA:true
keyUsage = critical,digitalSignature,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
`

const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30']

export async function makeAuthority(folder: string): Promise<Authority> {
  writeFileSync(join(folder, 'openssl.cnf'), config)
  const files = filesOf(folder, 'ca')
  await openssl(folder, ['-extensions', 'authority', '-subj', '/CN=herald-test-ca', ...outputs(files)])
  return { folder, ...files }
}

export async function issueCertificate(authority: Authority, subject: Subject): Promise<Certificate> {
  const files = filesOf(authority.folder, subject.name)
  const organizations = (subject.organizations ?? []).map((organization) => `/O=${escape(organization)}`)
  const names = subject.alternativeNames ?? []
  await openssl(authority.folder, [
    '-CA',
    authority.certificateFile,
    '-CAkey',
    authority.keyFile,
    '-extensions',
    'leaf',
    '-subj',
    `${organizations.join('')}/CN=${escape(subject.commonName)}`,
    ...(names.length > 0 ? ['-addext', `subjectAltName=${names.join(',')}`] : []),
    ...outputs(files),
  ])
  return files
}

/** The pair that signs and checks the tokens of service accounts. */
export function makeSigningKey(folder: string): {
  readonly privateFile: string
  readonly publicFile: string
} {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const files = { privateFile: join(folder, 'sa.key'), publicFile: join(folder, 'sa.pub') }
  writeFileSync(files.privateFile, privateKey, { mode: 0o600 })
  writeFileSync(files.publicFile, publicKey)
  return files
}

/** PEM file as base64, as kubeconfig's *-data fields want it. */
export function fileAsBase64(file: string): string {
  return readFileSync(file).toString('base64')
}

async function openssl(folder: string, options: readonly string[]): Promise<void> {
  await run('openssl', ['req', '-x509', '-config', join(folder, 'openssl.cnf'), ...keyOptions, ...options])
}

function filesOf(folder: string, name: string): Certificate {
  return { certificateFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) }
}

function outputs(files: Certificate): readonly string[] {
  return ['-keyout', files.keyFile, '-out', files.certificateFile]
}

// A subject is written /O=…/CN=…: a slash inside a name must not end it.
function escape(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll('/', '\\/')
}
