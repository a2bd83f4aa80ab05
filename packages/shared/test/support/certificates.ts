// Two certificates of which nothing but the end matters; nobody checks them against anything.

export interface DatedCertificate {
  readonly pem: string;
  /** In seconds since the epoch. */
  readonly expiry: number;
}

export const EARLY: DatedCertificate = {
  expiry: 2_141_413_857,
  pem: `-----BEGIN CERTIFICATE-----
MIIBczCCARmgAwIBAgIUSPi39ZtvbSAmdfvjNCT4gh/vchwwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjcyMTEwNTdaFw0zNzExMDkyMTEwNTda
MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR8s2pd
RDFYjJeDzxfOp/fZT00Vw/kObzbKB/Ba6eh0qS3vhMJA/mWRevKuik5TrE47vHF/
86+D3kUv8kqAjN7Uo1MwUTAdBgNVHQ4EFgQUEEENjvsYGVwn5XWvhm1Vvpucrwww
HwYDVR0jBBgwFoAUEEENjvsYGVwn5XWvhm1VvpucrwwwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNIADBFAiBIt7yzq2pEto3trsfzVEfn+Q1CQuSSGz0vIbec
qLhySwIhAOrBXRQb47nS2PgaxcaZ2+xnR673uGC3IM26PLssRXx7
-----END CERTIFICATE-----
`,
};

export const LATE: DatedCertificate = {
  expiry: 4_387_813_858,
  pem: `-----BEGIN CERTIFICATE-----
MIIBdjCCARugAwIBAgIUbqqnlb6T8WDJpuszDR3ch65TYeMwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjcyMTEwNThaGA8yMTA5MDExNjIxMTA1
OFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJum
KmfRH6RgFGSn6Q8WnY57jH4yxUytKa4bw1n72VLKHRw5VjiHkINdfbnH9lj8pbz2
Ob+HgXPBzramaN45Xy2jUzBRMB0GA1UdDgQWBBRzNo8nvDJ4aC7HE3VPr3Dm+DuC
NDAfBgNVHSMEGDAWgBRzNo8nvDJ4aC7HE3VPr3Dm+DuCNDAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0kAMEYCIQDQeblFOSdmsegg/suon0g3/ooRA46JY6c/
loLqGfQHowIhAPpCPANyzGQEfbBCiFZQmgeRwK1lJQ98Jy/JRkOIPBdl
-----END CERTIFICATE-----
`,
};
