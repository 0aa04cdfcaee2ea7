// Package split is the iterator over a job's subjobs: it counts them, and computes
// what makes any one of them different, its [fallow.Point], from its index alone.
//
// Ranges, sweeps, zips and products are computed by mixed-radix arithmetic. Slices
// of files are cut once, when a job is submitted, by [Cut], in one pass and with
// memory that does not depend on the size of the files or records; the cuts are
// kept in an index file, from which [At] reads only the entry that it needs.
//
// # The index file
//
// Integers are little-endian; a varint is as in encoding/binary.
//
//	header   8 bytes "fallowix", 4 bytes version (1), 4 bytes zero
//	entries  one for each slice, one after the other:
//	           varint records, varint number of the first record,
//	           varint number of files, then for each file
//	             varint length of the name, the name,
//	             varint s: s > 0: the file is source s-1, whole;
//	                       s = 0: 32 bytes of digest of the pieces put together,
//	                              varint number of pieces, then for each piece
//	                              varint source, varint offset, varint length
//	sources  for each file that was cut: 32 bytes digest, 8 bytes size
//	offsets  for each slice 8 bytes: where its entry begins; then 8 bytes: where
//	         the last entry ends
//	footer   8 bytes number of slices, 8 bytes number of sources, 8 bytes where
//	         the sources begin, 8 bytes "fallowix"
package split
