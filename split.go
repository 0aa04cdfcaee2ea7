package fallow

// Split says how a job falls into subjobs. Exactly one field is set; none means
// one subjob. A split is an iterator: package jobs computes the point at any index
// without the others, so that ten million subjobs cost nothing until they run.
type Split struct {
	Range   *RangeSplit `json:"range,omitempty"`
	Sweep   []Parameter `json:"sweep,omitempty"` // every combination; the last parameter changes fastest
	Zip     []Parameter `json:"zip,omitempty"`   // the first values, the second values, ...
	Slices  *SliceSplit `json:"slices,omitempty"`
	Product []Split     `json:"product,omitempty"` // every combination; the last split changes fastest
}

// RangeSplit counts a parameter from From to To inclusive by Step.
type RangeSplit struct {
	Name string `json:"name"`
	From int64  `json:"from"`
	To   int64  `json:"to"`
	Step int64  `json:"step"`
}

// Parameter is a name with the values it takes: listed, or counted by a range.
type Parameter struct {
	Name   string      `json:"name"`
	Values []string    `json:"values,omitempty"`
	Range  *RangeSplit `json:"range,omitempty"` // its Name is empty
}

// SliceSplit cuts files into slices. The cuts are computed once, at submit, while
// the file streams by; they lie in an index file in the store (its format belongs
// to package jobs/split).
type SliceSplit struct {
	Kind  string  `json:"kind"`  // "lines", "files", "fasta", "fastq", "csv" or "jsonl"
	Index FileRef `json:"index"` // the index file
	Count int64   `json:"count"`
}

// Point is what makes one subjob different from the others of its job.
type Point struct {
	Params map[string]string // by parameter name
	Slices []Slice           // one for each SliceSplit in the split, in order
}

// Slice is the part of the input that one subjob gets. Its files appear under
// {in}/slice/ and their paths replace {slice} in the command.
type Slice struct {
	Files   []SliceFile `json:"files"`
	Records int64       `json:"records,omitempty"` // records or lines in it
	First   int64       `json:"first,omitempty"`   // number of its first record, from 0
}

// SliceFile is one file of a slice: the pieces, one after the other. Without
// pieces it is stored whole under its digest.
type SliceFile struct {
	Name   string  `json:"name"`
	Digest Digest  `json:"digest"` // of the pieces put together
	Size   int64   `json:"size"`   // bytes
	Pieces []Piece `json:"pieces,omitempty"`
}

// Piece is a range of bytes of a file in the store.
type Piece struct {
	File   Digest `json:"file"`
	Offset int64  `json:"offset"`
	Length int64  `json:"length"`
}
