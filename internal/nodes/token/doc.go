// Package token is the text that invites into a grid: a join token invites a machine
// ("fallow-agent join URL TOKEN"), a login token a person ("fallow login URL TOKEN").
//
// Its form is PREFIX_SECRET_TAIL, in the alphabet of node names: the secret is what
// the server recognises; the tail is the fingerprint of the grid's certificate
// authority, by which the reader recognises the server, and a checksum, by which a
// mistyped or cut token is known as such before anything is sent. Only the hash of
// a secret is ever stored.
package token
