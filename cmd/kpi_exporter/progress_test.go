package main

import (
	"testing"
	"time"
)

func TestProgressText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		done, failed, total, newlyDone int
		want                           string
	}{
		{0, 0, 10, 0, "[                              ] 0 of 10 steps"},
		{4, 1, 10, 4, "[===============               ] 4 of 10 steps, 1 failed, 1m15s left"},
		{10, 0, 10, 6, "[==============================] 10 of 10 steps"},
		{0, 0, 0, 0, "[                              ] 0 of 0 steps"},
	} {
		if got := progressText(test.done, test.failed, test.total, test.newlyDone, time.Minute); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
