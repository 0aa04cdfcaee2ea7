package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// writeTable aligns rows under a heading. The last column is not padded.
func writeTable(w io.Writer, heading []string, rows [][]string) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{heading}, rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = oneLine(cell)
		}
		fmt.Fprintln(table, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	table.Flush()
}

// field is one line of a description.
type field struct{ name, value string }

// writeFields aligns names and values, and leaves out what has no value.
func writeFields(w io.Writer, fields ...field) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range fields {
		if f.value != "" {
			fmt.Fprintf(table, "%s:\t%s\n", f.name, oneLine(f.value))
		}
	}
	table.Flush()
}
