package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// writeTable aligns rows under a heading.
func writeTable(w io.Writer, heading []string, rows [][]string) {
	text := &strings.Builder{}
	table := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{heading}, rows...) {
		for _, cell := range row {
			fmt.Fprint(table, oneLine(cell), "\t")
		}
		fmt.Fprintln(table)
	}
	table.Flush() // a Builder takes everything
	for line := range strings.Lines(text.String()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
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
