package rpc

import (
	"fallow"
	"fallow/internal/rpc/fallowv1"
)

// ToAttempt writes an attempt and the name people call its node by.
func ToAttempt(a fallow.Attempt, nodeName string) *fallowv1.Attempt {
	return &fallowv1.Attempt{
		Id: ToAttemptID(a.ID), Node: string(a.Node), NodeName: toText(nodeName),
		Started: ToTime(a.Started), Ended: ToTime(a.Ended), Outcome: ToOutcome(a.Outcome),
	}
}

// FromAttempt reads an attempt from a server, and its node's name for people. The
// end of its lease is not told.
func FromAttempt(a *fallowv1.Attempt) (attempt fallow.Attempt, nodeName string, err error) {
	id, err := FromAttemptID(a.GetId())
	if err != nil {
		return fallow.Attempt{}, "", err
	}
	attempt = fallow.Attempt{
		ID: id, Node: fallow.NodeID(a.GetNode()),
		Started: FromTime(a.GetStarted()), Ended: FromTime(a.GetEnded()),
	}
	if a.GetOutcome().GetKind() != "" { // it has none while it runs
		attempt.Outcome, err = FromOutcome(a.GetOutcome())
	}
	return attempt, a.GetNodeName(), err
}
