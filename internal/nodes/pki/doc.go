// Package pki is the server's certificate authority: it makes the grid recognisable
// by one fingerprint, gives nodes their certificates and keeps the key that signs
// bundles.
//
// The authority is of ECDSA P-256, which every TLS stack and TLS-inspecting proxy
// accepts; nodes and bundles have Ed25519 keys. The server's own TLS certificate is
// never stored: each start makes one for the names the server has now, and it is
// replaced in time while the server runs. Servers that share the folder are one grid.
package pki
