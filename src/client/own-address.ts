import { connect, type AddressInfo, type Server } from 'node:net'

/**
 * The url at which a gateway reaches `server`: the port that it listens on, at the address that it listens on or, where
 * that is every address of this machine, at the one that leads to the gateway. Rejects when that cannot be found out.
 */
export async function ownUrl (server: Server, gateway: string, protocol: 'http' | 'https'): Promise<string> {
  const listening = server.address() as AddressInfo | string | null
  if (listening === null || typeof listening === 'string') throw new Error('evenkeel/client: the server does not listen on a port; give its "url"')
  const { address, port } = listening
  const host = address === '0.0.0.0' || address === '::' ? await addressTowards(new URL(gateway)) : address
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function addressTowards ({ protocol, hostname, port }: URL): Promise<string> {
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80) }, () => {
      resolve((socket.localAddress ?? '').replace(/^::ffff:/, ''))
      socket.destroy()
    })
    socket.once('error', reject)
  })
}
