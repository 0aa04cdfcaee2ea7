// Package cache is a node's own store of files: what attempts need is fetched once,
// verified, kept for the next attempt, and never takes more space than the node's
// owner allows.
//
// The vocabulary:
//
//   - an entry is a file, or a part of one, in the cache's folder;
//   - a [Handle] pins an entry: as long as one is open the entry stays;
//   - eviction removes the entry whose last use is longest ago and that is not
//     pinned;
//   - a flight is the work of making one entry usable. There is one at a time for an
//     entry; others wait for it, and one of them takes over if its leader gives up;
//   - a fingerprint is what the kernel tells about a file (inode, size, times). As
//     long as it stays the same the content is not hashed again.
//
// The folder is all the memory there is: after a crash the cache finds its files,
// its parts and, by their modification times, their order of use. What it finds is
// hashed when it is first used.
package cache
