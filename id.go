package fallow

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"
)

// JobID names a job on one grid. IDs are handed out by the store, start at 1 and
// never come again.
type JobID int64

// String gives the decimal form that people type: "12".
func (id JobID) String() string { return strconv.FormatInt(int64(id), 10) }

// ParseJobID reads the form that [JobID.String] writes.
func ParseJobID(s string) (JobID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 {
		return 0, Errorf(CodeInvalid, "job %q is not a job number", s).
			WithHint("a job number is a whole number from 1, as printed by 'fallow submit' and 'fallow jobs'")
	}
	return JobID(n), nil
}

// SubjobID names one subjob: its job and its index in the job's split, from 0.
type SubjobID struct {
	Job   JobID
	Index int64
}

// String gives "job.index": "12.7".
func (id SubjobID) String() string { return fmt.Sprintf("%d.%d", id.Job, id.Index) }

// ParseSubjobID reads the form that [SubjobID.String] writes.
func ParseSubjobID(s string) (SubjobID, error) {
	job, index, ok := strings.Cut(s, ".")
	if ok {
		j, err := ParseJobID(job)
		n, nerr := strconv.ParseInt(index, 10, 64)
		if err == nil && nerr == nil && n >= 0 {
			return SubjobID{Job: j, Index: n}, nil
		}
	}
	return SubjobID{}, Errorf(CodeInvalid, "subjob %q is not a subjob's name", s).
		WithHint("a subjob is named JOB.INDEX, for example 12.7")
}

// AttemptID names one attempt: its subjob and its number, from 1.
type AttemptID struct {
	Subjob SubjobID
	Number int
}

// String gives "job.index.number": "12.7.1".
func (id AttemptID) String() string { return fmt.Sprintf("%s.%d", id.Subjob, id.Number) }

// ParseAttemptID reads the form that [AttemptID.String] writes.
func ParseAttemptID(s string) (AttemptID, error) {
	if i := strings.LastIndexByte(s, '.'); i > 0 {
		sub, err := ParseSubjobID(s[:i])
		n, nerr := strconv.Atoi(s[i+1:])
		if err == nil && nerr == nil && n >= 1 {
			return AttemptID{Subjob: sub, Number: n}, nil
		}
	}
	return AttemptID{}, Errorf(CodeInvalid, "attempt %q is not an attempt's name", s).
		WithHint("an attempt is named JOB.INDEX.NUMBER, for example 12.7.1")
}

// NodeID names a node for good: it is derived from the node's public key, so that
// it survives a new address, host name or network (paper, section 2.1: naming).
type NodeID string

var nodeIDEncoding = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// nodeIDBytes of the key's digest are kept: 80 bits, 16 characters.
const nodeIDBytes = 10

// NodeIDOf derives a node's name from its Ed25519 public key.
func NodeIDOf(publicKey []byte) NodeID {
	sum := sha256.Sum256(publicKey)
	return NodeID(nodeIDEncoding.EncodeToString(sum[:nodeIDBytes]))
}
