package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// race lets the contenders start in turn, so that whatever else the machine does
// slows all of them down. The first round warms up and doesn't count.
func race(ctx context.Context, contenders []contender) (map[string][]time.Duration, error) {
	times := map[string][]time.Duration{}
	for round := range rounds + 1 {
		for _, c := range contenders {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			begin := time.Now()
			if err := c.run(); err != nil {
				return nil, fmt.Errorf("start %s in %s: %w", program, c.name, err)
			}
			if round > 0 {
				times[c.name] = append(times[c.name], time.Since(begin))
			}
			if c.settle != nil {
				c.settle()
			}
		}
	}
	return times, nil
}

func quantile(times []time.Duration, q float64) float64 {
	sorted := slices.Sorted(slices.Values(times))
	return float64(sorted[int(q*float64(len(sorted)-1))].Microseconds()) / 1000
}

func report(w io.Writer, contenders []contender, times map[string][]time.Duration) error {
	median := map[string]float64{}
	fmt.Fprintf(w, "%d starts of %s each, milliseconds\n%-8s %8s %8s %8s\n", rounds, program, "", "p10", "median", "p90")
	for _, c := range contenders {
		t := times[c.name]
		median[c.name] = quantile(t, 0.5)
		fmt.Fprintf(w, "%-8s %8.2f %8.2f %8.2f\n", c.name, quantile(t, 0.1), median[c.name], quantile(t, 0.9))
	}
	line, err := json.Marshal(struct {
		Bench   string  `json:"bench"`
		Direct  float64 `json:"direct_ms"`
		EVM     float64 `json:"evm_ms"`
		Cold    float64 `json:"evm_cold_ms"`
		Bwrap   float64 `json:"bwrap_ms"`
		Runc    float64 `json:"runc_ms"`
		VsBwrap float64 `json:"vs_bwrap"`
		VsRunc  float64 `json:"vs_runc"`
	}{"start", median["direct"], median["evm"], median["evm cold"], median["bwrap"], median["runc"],
		round(median["evm"] / median["bwrap"]), round(median["evm"] / median["runc"])})
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s\n", line)
	return err
}

// round keeps two digits after the point.
func round(ratio float64) float64 { return float64(int(ratio*100+0.5)) / 100 }
