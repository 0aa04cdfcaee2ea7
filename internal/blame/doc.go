// Package blame decides what follows from an attempt's outcome: was it the node,
// the desktop's owner or the subjob? It is pure: a [Case] goes in, a [Verdict]
// comes out, and every rule of the paper's section 4.2.3 is a row of a test's
// table.
//
// Three questions are judged apart, and each errs to the side that costs less:
//
//   - the subjob: is there to be another attempt? Every sequence of outcomes ends;
//   - the node: does everything end quickly there (a client black hole), but not
//     elsewhere? Then it is paused, longer each time;
//   - the job: does it fail wherever it runs? Then it is held, and the nodes on
//     which it failed are not to blame.
package blame
