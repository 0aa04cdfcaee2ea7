#!/usr/bin/env bash
# Format, vet, lint, vulnerabilities, tidiness, and the other architecture.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "gofmt"
unformatted=$(git ls-files '*.go' | xargs gofmt -l)
if [ -n "$unformatted" ]; then
	echo "run gofmt -w on: $unformatted" >&2
	exit 1
fi

echo "vet"
go vet ./...

echo "staticcheck"
go tool -modfile=tools/go.mod staticcheck ./...

echo "go.mod is tidy"
go mod tidy -diff

echo "cross-build for arm64"
GOARCH=arm64 go build -o /dev/null ./cmd/fallow-init
GOARCH=arm64 go vet ./...

# The vulnerability data comes over the network, which not every machine has.
echo "govulncheck"
if ! report=$(go tool -modfile=tools/go.mod govulncheck ./... 2>&1); then
	if grep -q 'Vulnerability #' <<<"$report"; then
		echo "$report" >&2
		exit 1
	fi
	echo "SKIPPED: the vulnerability data cannot be had here: $(tail -n 1 <<<"$report")"
fi
