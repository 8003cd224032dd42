/*
 * A certificate for localhost and 127.0.0.1 that nobody has signed, valid until 2126, and its key. Made with
 * openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost \
 *   -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1'
 */

export const untrusted = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxb3ROpXZGAWJD1AW
y9c7DDUTyXvqQrkeWjEl+KYY+qehRANCAARqtAMcP9PDVgtSPoqlQMw8q4Wkzvjd
TrqudDK5/JyuxAnkwlJHLSJjCftAmJeVgYFyKcXe5bB+bPvRogahSJR4
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUElrAIgjC4igSSu2QqFKIVEzSQIcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzA1MTY0OFoYDzIxMjYxMDMw
MDUxNjQ4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARqtAMcP9PDVgtSPoqlQMw8q4WkzvjdTrqudDK5/JyuxAnkwlJHLSJj
CftAmJeVgYFyKcXe5bB+bPvRogahSJR4o28wbTAdBgNVHQ4EFgQUPilYt3sT6mYb
7NYkD3m76nLe0OAwHwYDVR0jBBgwFoAUPilYt3sT6mYb7NYkD3m76nLe0OAwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgBcBiTHYNs49oVWaGegsJM/MK7uUq9juRI01jXRt1LIACIEQT
iFlvRzGj9m9PwvAZArqpZViM1Z9vn0fN9D/kQbU3
-----END CERTIFICATE-----
`
}
