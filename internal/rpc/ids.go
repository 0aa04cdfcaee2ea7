package rpc

import (
	"fallow"
	"fallow/internal/rpc/fallowv1"
)

// ToSubjobID writes a subjob's name.
func ToSubjobID(id fallow.SubjobID) *fallowv1.SubjobID {
	return &fallowv1.SubjobID{Job: int64(id.Job), Index: id.Index}
}

// FromJobID checks that a job's number is at least 1.
func FromJobID(id int64) (fallow.JobID, error) {
	if id < 1 {
		return 0, invalid("job number %d, want 1 or more", id)
	}
	return fallow.JobID(id), nil
}

// FromSubjobID checks that the numbers can name a subjob.
func FromSubjobID(id *fallowv1.SubjobID) (fallow.SubjobID, error) {
	return subjobID(id.GetJob(), id.GetIndex())
}

func subjobID(job, index int64) (fallow.SubjobID, error) {
	if job < 1 || index < 0 || index >= fallow.MaxSubjobs {
		return fallow.SubjobID{}, invalid("%d.%d can't name a subjob", job, index)
	}
	return fallow.SubjobID{Job: fallow.JobID(job), Index: index}, nil
}

// ToAttemptID writes an attempt's name.
func ToAttemptID(id fallow.AttemptID) *fallowv1.AttemptID {
	return &fallowv1.AttemptID{Job: int64(id.Subjob.Job), Index: id.Subjob.Index, Number: toInt32(id.Number)}
}

// ToAttemptIDs writes a list of them.
func ToAttemptIDs(ids []fallow.AttemptID) []*fallowv1.AttemptID {
	out := make([]*fallowv1.AttemptID, len(ids))
	for i, id := range ids {
		out[i] = ToAttemptID(id)
	}
	return out
}

// FromAttemptID checks that the numbers can name an attempt.
func FromAttemptID(id *fallowv1.AttemptID) (fallow.AttemptID, error) {
	subjob, err := subjobID(id.GetJob(), id.GetIndex())
	if err != nil {
		return fallow.AttemptID{}, err
	}
	if n := id.GetNumber(); n < 1 || n > fallow.MaxAttempts {
		return fallow.AttemptID{}, invalid("%s.%d can't name an attempt", subjob, n)
	}
	return fallow.AttemptID{Subjob: subjob, Number: int(id.GetNumber())}, nil
}

// FromAttemptIDs checks each name.
func FromAttemptIDs(ids []*fallowv1.AttemptID) ([]fallow.AttemptID, error) {
	return convert(ids, FromAttemptID)
}
