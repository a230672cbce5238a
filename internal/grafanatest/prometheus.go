package grafanatest

import (
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/promtest"
)

// StartPrometheus starts a real server on a data folder, which scrapes nothing. It ends with the test. A sample counts for as long
// as lookback says. It returns the address.
func StartPrometheus(t testing.TB, data string, lookback time.Duration) string {
	t.Helper()
	return "http://" + promtest.Start(t, data, "--query.lookback-delta="+lookback.String())
}
