// Package staging keeps files by digest, so that a file has one name on the whole
// grid, is sent once, and is what its name says.
//
// The vocabulary:
//
//   - a [Store] keeps whole files under the SHA-256 of their content;
//   - a part is what has arrived of a file so far; it grows only at its end, so
//     that its size, the offset, says where an upload goes on;
//   - a file is damaged when its content no longer has its digest.
//
// Sub-packages: local is a store in a folder, storetest the suite that every store
// passes, transfer moves files over HTTP, cache is a node's own store with a limit,
// and result takes the files that an attempt leaves behind.
package staging
