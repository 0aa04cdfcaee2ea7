// Package blame decides what follows from an attempt's outcome: was it the node,
// the desktop's owner or the subjob? It is pure: a [Case] goes in, a [Verdict]
// comes out, and every rule of the paper's section 4.2.3 is a row of a test's
// table.
package blame
