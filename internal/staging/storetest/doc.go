// Package storetest is the suite that every [staging.Store] passes, whatever it
// keeps its files in.
package storetest
