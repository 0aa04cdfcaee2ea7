#!/usr/bin/env bash
# Runs every fuzz target as often as given, 5000x without.
set -euo pipefail
cd "$(dirname "$0")/.."

time=${1:-5000x}
git grep -l '^func Fuzz' -- '*_test.go' | while read -r file; do
	sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file" | while read -r target; do
		echo "fuzz ./$(dirname "$file") $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x "./$(dirname "$file")" </dev/null
	done
done
