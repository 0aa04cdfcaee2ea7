// Package fallowv1 is the wire's messages, generated from the .proto files beside
// it; only this file is written by hand.
package fallowv1
