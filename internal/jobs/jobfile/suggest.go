package jobfile

// elsewhere helps with keys that stand elsewhere in a job file, or have another name
// in other systems.
var elsewhere = map[string]string{
	"memory":     "write it under needs: {memory: ...}",
	"disk":       "write it under needs: {disk: ...}",
	"cores":      "write it under needs: {cores: ...}",
	"time":       "write it under needs: {time: ...}",
	"sandbox":    "write it under needs: {sandbox: ...}",
	"command":    "the command is called run",
	"executable": "the command is called run; the program's files go into app",
	"arguments":  "write the arguments behind the program in run",
	"queue":      "a job falls into subjobs by split",
	"array":      "write split: {range: {index: 1..100}} with a name of your choice",
	"output":     "what becomes of results is said by collect",
	"script":     "write it under app: {script: ...}",
	"bundle":     "write it under app: {bundle: ...}",
	"per":        "it is called records for fasta, fastq, csv and jsonl, and per for lines and files",
	"records":    "it is called per for lines and files, and records for fasta, fastq, csv and jsonl",
}

// suggest finds the known word that is most like word, if one is.
func suggest(word string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := distance(word, k); d < least && d <= (len(word)+1)/2 {
			best, least = k, d
		}
	}
	return best
}

// maxSuggest bounds the words that are compared, in bytes.
const maxSuggest = 64

// distance counts the letters to insert, delete, replace or swap with a neighbour
// to make b of a (optimal string alignment).
func distance(a, b string) int {
	if len(a) > maxSuggest || len(b) > maxSuggest {
		return maxSuggest
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}
