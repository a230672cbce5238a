package backfill

import (
	"strings"
	"testing"
	"time"
)

// TestDroppedHint holds that --replace is named where other values may be held, and not where the server keeps too little.
func TestDroppedHint(t *testing.T) {
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, 0)
	for name, test := range map[string]struct {
		dropped Dropped
		want    bool
	}{
		"nothing is held":           {Dropped{Nothing: true, NoFirst: true, NoLast: true}, false},
		"held from later on":        {Dropped{NoFirst: true, Since: first.AddDate(0, 0, 9)}, false},
		"the first ones are others": {Dropped{NoFirst: true, Since: first}, true},
		"nobody knows since when":   {Dropped{NoFirst: true, NoLast: true}, true},
		"the last ones are others":  {Dropped{NoLast: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			test.dropped.First, test.dropped.Last = first, last
			if text := DroppedText("http://vm", []Dropped{test.dropped}, 1); strings.Contains(text, "--replace") != test.want {
				t.Error(text)
			}
		})
	}
}
