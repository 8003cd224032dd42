/** Loopback and private ranges (RFC 1918, RFC 4193). */
export const privateRanges = '127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7'

/** Never a backend, whatever is allowed: link-local and group addresses, and where clouds keep the secrets of their machines. */
export const forbiddenRanges =
  '169.254.0.0/16,fe80::/10,fd00:ec2::254/128,100.100.100.200/32,168.63.129.16/32,192.0.0.192/32,0.0.0.0/8,::/128,224.0.0.0/4,ff00::/8'
