// Package local is a store in a folder: a whole file lies under the first two and
// the other digits of its digest (ab/cdef...), a part under parts/DIGEST.part.
//
// A part becomes a file by fsync, rename and fsync of the folder, so that after a
// crash a file is there whole or not at all. A lock on the part keeps writers
// apart, in this process and in others. Names are looked up below one [os.Root];
// only regular files are opened, so that a link or a device put into the folder
// leads nowhere.
package local
