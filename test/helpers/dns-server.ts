import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

/** What a name server says of a name: addresses, SRV targets, or one of the failures. */
export type DnsRecords =
  | { readonly a?: readonly string[], readonly aaaa?: readonly string[] | 'refused', readonly srv?: readonly Srv[], readonly ttl?: number }
  | 'nxdomain' | 'servfail'

export interface Srv {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

const codes = { servfail: 2, nxdomain: 3, refused: 5 }
const types = { 1: 'a', 28: 'aaaa', 33: 'srv' } as const

/** A name server on a port of its own, which says what `records` says at the time; a name that is not there does not exist. */
export async function startDnsServer (t: TestContext, records: Record<string, DnsRecords>) {
  const socket = createSocket('udp4')
  const asked: string[] = []
  socket.on('message', (query, from: RemoteInfo) => {
    const end = query.indexOf(0, 12) + 5
    const name = readName(query, 12)
    const type = types[query.readUInt16BE(end - 4) as keyof typeof types]
    asked.push(`${type} ${name}`)
    const known = records[name] ?? 'nxdomain'
    const { ttl = 60 } = typeof known === 'string' ? {} : known
    const said = typeof known === 'string' ? known : known[type] ?? []
    const answers = typeof said === 'string' ? [] : said.map((each) => recordOf(type, each, ttl))
    const header = Buffer.alloc(12)
    query.copy(header, 0, 0, 2)
    header.writeUInt16BE(0x8180 | (typeof said === 'string' ? codes[said] : 0), 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(answers.length, 6)
    socket.send(Buffer.concat([header, query.subarray(12, end), ...answers]), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => { socket.close() })
  return { address: `127.0.0.1:${socket.address().port}`, asked, records }
}

function recordOf (type: 'a' | 'aaaa' | 'srv', value: string | Srv, ttl: number): Buffer {
  const data = typeof value === 'string' ? addressBytes(value) : srvBytes(value)
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc00c, 0) // the name of the question
  head.writeUInt16BE({ a: 1, aaaa: 28, srv: 33 }[type], 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(ttl, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

/** IPv6 addresses have all their groups here. */
function addressBytes (address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  return Buffer.from(address.split(':').map((group) => group.padStart(4, '0')).join(''), 'hex')
}

function srvBytes ({ priority, weight, port, target }: Srv): Buffer {
  const head = Buffer.alloc(6)
  for (const [i, number] of [priority, weight, port].entries()) head.writeUInt16BE(number, 2 * i)
  const labels = target.split('.').filter((label) => label !== '')
  return Buffer.concat([head, ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]), Buffer.from([0])])
}

function readName (message: Buffer, at: number): string {
  const labels: string[] = []
  for (let length = message[at] as number; length > 0; at += length + 1, length = message[at] as number) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
  }
  return labels.join('.').toLowerCase()
}
