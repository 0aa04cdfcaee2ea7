package fallow

// StdoutName is the name under which a subjob's standard output can be collected
// like a result file.
const StdoutName = "stdout"

// Collect says how the subjobs' result files become the job's one result. Exactly
// one field is set; none means Files of everything in {out}.
type Collect struct {
	Files  *CollectFiles  `json:"files,omitempty"`
	Concat *CollectConcat `json:"concat,omitempty"`
	Table  *CollectTable  `json:"table,omitempty"`
	Stats  *CollectStats  `json:"stats,omitempty"`
}

// CollectFiles keeps each subjob's files apart, as INDEX/NAME.
type CollectFiles struct {
	Match []string `json:"match"` // path.Match patterns of names under {out}; none means all
}

// CollectConcat joins the file of every subjob, in order of index.
type CollectConcat struct {
	File string `json:"file"` // the name under {out}, or stdout
	Into string `json:"into"` // the result's name
}

// CollectTable joins tables row by row, with the header lines once, sorted and cut
// if asked.
type CollectTable struct {
	File      string    `json:"file"`
	Into      string    `json:"into"`
	Separator string    `json:"separator"`         // "tab", "comma" or "space" (runs of blanks)
	Comment   string    `json:"comment,omitempty"` // lines that start so are not rows
	Header    bool      `json:"header,omitempty"`  // the first line of each file names the columns
	Sort      []SortKey `json:"sort,omitempty"`    // first key first; ties keep the order of index
	Top       int64     `json:"top,omitempty"`     // rows kept; 0 means all
}

// SortKey orders rows by one column.
type SortKey struct {
	Column     int  `json:"column"` // from 1
	Numeric    bool `json:"numeric,omitempty"`
	Descending bool `json:"descending,omitempty"`
}

// CollectStats computes count, mean, standard deviation, minimum, maximum and sum
// of the numbers in one column of every subjob's file.
type CollectStats struct {
	File      string `json:"file"`
	Into      string `json:"into"`
	Column    int    `json:"column"`    // from 1
	Separator string `json:"separator"` // as in [CollectTable]
}
