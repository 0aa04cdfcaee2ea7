// Package sqlstore is the SQL of the grid's store: one text that SQLite and
// PostgreSQL both run.
//
// What differs between engines is a [Dialect]; a package named after the engine
// opens the database and passes both to [Open]. The text keeps to what both
// understand: $1 placeholders, RETURNING, ON CONFLICT, recursive WITH, partial
// indexes. Times are unix nanoseconds, 0 for none; digests and hashes are
// hexadecimal; what is only read as a whole is JSON.
//
// The tables, and why they are cut as they are:
//
//   - jobs holds what changes with every subjob, counts above all, in short rows;
//     what is long and never changes lies apart in job_specs and job_results;
//   - subjobs has a row for each subjob that was ever leased;
//   - leases has a row for each attempt that runs, so that everything done to
//     running attempts costs the same however many have ended;
//   - attempts has a row for each that ended, and tails the end of its output,
//     which only people read.
package sqlstore
