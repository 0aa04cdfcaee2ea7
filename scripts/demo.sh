#!/usr/bin/env bash
# Starts a server and three nodes on this machine, runs examples/hmmer over them,
# compares the result with a serial run, and stops everything. Everything it makes
# lies in demo-out/.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$PWD/demo-out
profile=/usr/share/doc/hmmer/examples/tutorial/Pkinase.hmm
database=/usr/share/doc/mmseqs2/example-data/DB.fasta.gz
export FALLOW_CONFIG=$out/config

sudo=()
if [ "$(id -u)" != 0 ]; then sudo=(sudo); fi

say() { printf '\n==> %s\n' "$*"; }

install_programs() {
	if command -v hmmsearch >/dev/null && [ -e "$profile" ] && [ -e "$database" ]; then return; fi
	say "Installing hmmer, hmmer-examples and mmseqs2-examples"
	"${sudo[@]}" apt-get update -q
	"${sudo[@]}" apt-get install -y -q hmmer hmmer-examples mmseqs2-examples
}

# Subjobs can run without root unless the machine forbids it; then the agents, and
# nothing else, are started as root.
agent=(bin/fallow-agent)
choose_privileges() {
	if [ "$(id -u)" != 0 ] && ! bin/fallow doctor >/dev/null; then agent=(sudo bin/fallow-agent); fi
}

children=()
stop() {
	for pid in "${children[@]}"; do kill "$pid" 2>/dev/null || true; done
	for pid in "${children[@]}"; do wait "$pid" 2>/dev/null || true; done
}
trap stop EXIT

# wait_for FILE waits until a program that we started has written to it.
wait_for() {
	for _ in $(seq 300); do
		if [ -s "$1" ]; then return; fi
		sleep 0.1
	done
	echo "nothing was written to $1 within 30 s" >&2
	exit 1
}

start_server() {
	say "Starting the server"
	bin/fallow --json server --dir "$out/server" --listen 127.0.0.1:0 --token-file "$out/admin-token" \
		>"$out/server.out" 2>"$out/server.log" &
	children+=($!)
	wait_for "$out/server.out"
	url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$out/server.out")
	bin/fallow login "$url" - <"$out/admin-token"
}

start_nodes() {
	say "Starting three nodes"
	local token
	token=$(bin/fallow --json node token --uses 3 | sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
	for n in 1 2 3; do
		"${agent[@]}" --dir "$out/node$n" --cores 1 --memory 1GiB join "$url" "$token" \
			>"$out/node$n.out" 2>"$out/node$n.log" &
		children+=($!)
		wait_for "$out/node$n.out"
	done
	bin/fallow node list
}

run_job() {
	say "Submitting examples/hmmer/job.yaml"
	bin/fallow submit --wait examples/hmmer/job.yaml
	bin/fallow results 1 --output "$out/results"
}

# hits FILE prints target, E-value and score of every hit, in an order of its own.
hits() { grep -v '^#' "$1" | awk '{print $1, $5, $6}' | LC_ALL=C sort; }

compare() {
	say "Running the same search serially, to compare"
	zcat "$database" >"$out/DB.fasta"
	hmmsearch --noali -Z 20000 --tblout "$out/serial.tbl" "$profile" "$out/DB.fasta" >/dev/null
	hits "$out/serial.tbl" >"$out/serial.hits"
	hits "$out/results/hits.tbl" >"$out/grid.hits"
	if ! cmp "$out/serial.hits" "$out/grid.hits"; then
		echo "The grid's result differs from the serial one: compare $out/serial.hits with $out/grid.hits" >&2
		exit 1
	fi
	say "The best hits (E-value, score, target), of $(wc -l <"$out/grid.hits")"
	grep -v '^#' "$out/results/hits.tbl" | awk '{print $5, $6, $1}' | sed -n 1,5p
	say "The same $(wc -l <"$out/grid.hits") hits, with the same scores and E-values, as the serial run."
}

install_programs
make -s build
choose_privileges
"${sudo[@]}" rm -rf "$out" # a node that ran as root left files of its own
mkdir -p "$out"
start_server
start_nodes
run_job
compare
say "Result: $out/results/hits.tbl. Logs: $out/*.log. State of server and nodes: $out/server, $out/node1 to 3."
