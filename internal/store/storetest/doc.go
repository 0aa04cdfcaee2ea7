// Package storetest is the conformance suite of [store.Store]: what every database
// behind it must do. An implementation calls [Run] in a test and [Main] in its
// TestMain, so that the suite can start processes of its own and kill them.
package storetest
