// Package bundle wraps an application, so that it runs on any node as it stands,
// with no change to it (paper, 4.1.1), and so that a node runs nothing else
// (paper, 4.1.2).
//
// A bundle is a manifest and the files it names by SHA-256:
//
//   - [Wrap] makes one out of programs and scripts of this machine: it finds what
//     they load, as the dynamic loader would, and refuses what could not run;
//   - the manifest's canonical bytes ([Marshal], [Parse]) are what is signed ([Sign],
//     [Verify]) and what the bundle's digest names;
//   - an archive ([Write], [Open]) carries a bundle in one file;
//   - a tree (package tree) is a bundle laid out on a node, ready to be a sandbox's
//     root.
//
// A system is a directory of the node that a bundle reads instead of carrying it,
// such as the modules of Python. A recipe (package recipe) knows the systems of an
// interpreter.
package bundle
