/*
 * The certificate of a server that nobody has signed, valid until 2126, and its key. Made with
 * openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=shop \
 *   -addext subjectAltName=DNS:shop.example
 */

/** For shop.example. */
export const shop = {
  chain: `-----BEGIN CERTIFICATE-----
MIIBjzCCATSgAwIBAgIUSz8RMCBsO5lA0N5o6ELBH2+b7XQwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEc2hvcDAgFw0yNjExMjYxNjMyMTJaGA8yMTI2MTEwMjE2MzIx
MlowDzENMAsGA1UEAwwEc2hvcDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAp7
UOBbTdRnPVrXTPTgyqBmy9Ow6+443Ze8hoFfAJaYCHpEbowW19XK11Zrd9hHwkEu
2Fb/oaKgZJJr+T5n0lujbDBqMB0GA1UdDgQWBBS+2+YroXPQ1q6+wao4C4n1IvTz
0TAfBgNVHSMEGDAWgBS+2+YroXPQ1q6+wao4C4n1IvTz0TAPBgNVHRMBAf8EBTAD
AQH/MBcGA1UdEQQQMA6CDHNob3AuZXhhbXBsZTAKBggqhkjOPQQDAgNJADBGAiEA
8oicqNoHNQ0o1uj4R7dnxBu57ax6NnWDU1Awe776b9kCIQDbyBeLO1MZX5PLA5ca
El07d3wUITgDrYNit9iQVUXylw==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQkv0EttAtMNtyExz
QKxcrLu9UuDycIhItei/ykJa9uShRANCAAQKe1DgW03UZz1a10z04MqgZsvTsOvu
ON2XvIaBXwCWmAh6RG6MFtfVytdWa3fYR8JBLthW/6GioGSSa/k+Z9Jb
-----END PRIVATE KEY-----
`
}
