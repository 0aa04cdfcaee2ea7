// Package keyfile keeps keys in folders that only their owner can read. A folder
// appears on disk whole or not at all, and a folder that lost a file, was damaged
// or can be read by others is refused with words that say what to do.
package keyfile
