// Package nodecert says what a node's certificate states: that a public key is that
// of a node, and which key signs the grid's bundles. The second is in it because
// the certificate is the one part of the answer to an enrolment that a TLS-inspecting
// proxy can't forge: it leads to the authority whose fingerprint was in the token.
package nodecert
