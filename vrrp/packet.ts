/** How the checksum of a v3 IPv4 advert is made: without (RFC 9568 5.2.8) or with (RFC 5798, as installed) the pseudo-header. */
export type ChecksumStyle = 'rfc9568' | 'rfc5798';
