// Package life carries a job through its life on the server: a checked
// specification becomes a running job, and a job whose subjobs have all ended
// becomes one result. What happens between is package dispatch's.
package life
