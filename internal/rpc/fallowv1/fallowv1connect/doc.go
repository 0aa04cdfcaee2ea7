// Package fallowv1connect is the wire's services, generated from the .proto files
// one folder up; only this file is written by hand.
package fallowv1connect
