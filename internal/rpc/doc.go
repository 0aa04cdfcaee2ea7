// Package rpc holds the protocol between the programs of the grid: protobuf
// messages and Connect services in fallowv1 (generated code beside its .proto
// files; run "make generate"), and their translation to the words of the domain.
package rpc
