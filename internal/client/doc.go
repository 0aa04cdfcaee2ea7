// Package client is a user's connection to a grid: who he is, which server he
// trusts, and what he can ask of it, in the words of the domain.
//
// The vocabulary:
//
//   - a [Login] is a server's address and the login token that proves who asks; the
//     token also holds the fingerprint of the grid's certificate authority, so that
//     no other server can be mistaken for it. It is kept in a [Folder] that only
//     its owner can read;
//   - a [Client] makes the calls. All of them may be repeated, and the ones that
//     fail because the server can't be reached are, a few times.
//
// Every error of a call is a [*fallow.Error].
package client
