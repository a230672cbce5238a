package format

import (
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for want, seconds := range map[string]float64{
		"0s": 0, "0.25s": 0.25, "59.9s": 59.9, "1m": 60, "1m30s": 90, "1h": 3601, "1h1m": 3660, "2d4h": 187_200, "-1m30s": -90, "90d": 90 * 86400,
	} {
		if got := Duration(seconds); got != want {
			t.Errorf("Duration(%g) = %s, want %s", seconds, got, want)
		}
	}
}

func TestLength(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": 0, "500ms": 500 * time.Millisecond, "1s500ms": 1500 * time.Millisecond, "30s": 30 * time.Second, "5m": 5 * time.Minute,
		"1h30m": 90 * time.Minute, "1d2h30m": 26*time.Hour + 30*time.Minute, "2d": 48 * time.Hour, "7d1s": 7*24*time.Hour + time.Second,
		"0.00001s": 10 * time.Microsecond,
	} {
		if got := Length(d); got != want {
			t.Errorf("Length(%v) = %s, want %s", d, got, want)
		}
	}
}
