package e2e

import (
	"os"
	"strings"
	"testing"
)

// interpreters start scripts that print the square of their argument, by something
// of their language's own library where it has one. CI has all but the rare.
var interpreters = []struct {
	program, script string
	rare            bool
}{
	{"/usr/bin/python3", "import sys, json\nprint(json.loads(sys.argv[1])**2)\n", false},
	{"/usr/bin/perl", "use strict; use List::Util qw(sum);\nprint sum(($ARGV[0]) x $ARGV[0]), \"\\n\";\n", false},
	{"/bin/bash", "a=($1 $1)\necho $(( a[0] * a[1] ))\n", false},
	{"/usr/bin/Rscript", "n <- as.integer(commandArgs(TRUE)[1])\ncat(sum(rep(n, n)), '\\n', sep = '')\n", false},
	{"/usr/bin/node", "console.log(require('path').basename('/a/' + process.argv[2]) ** 2)\n", false},
	{"/usr/bin/ruby", "require 'json'\nputs JSON.parse(ARGV[0])**2\n", true},
	{"/usr/bin/tclsh", "puts [expr {[lindex $argv 0] ** 2}]\n", true},
}

// checkInterpreters runs a script in every language that is here.
func (g *grid) checkInterpreters() {
	for _, c := range interpreters {
		g.t.Run(c.program, func(t *testing.T) {
			if _, err := os.Stat(c.program); err != nil && c.rare {
				t.Skip(err)
			}
			need(t, c.program)
			g := g.in(t)
			g.write("square", "#!"+c.program+"\n"+c.script)
			got := g.result(`run: square {n}
app: {script: square}
split: {range: {n: 3..5}}
collect: {concat: stdout, into: all}
`, "all")
			if want := "9\n16\n25\n"; got != want {
				t.Errorf("it printed:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// checkJava runs a program that makes code while it runs, in a sandbox of its own
// kind.
func (g *grid) checkJava() {
	need(g.t, "java")
	got := g.result("run: java --version\ncollect: {concat: stdout, into: all}\n", "all")
	if !strings.Contains(got, "Runtime Environment") {
		g.t.Errorf("it printed:\n%s", got)
	}
}
