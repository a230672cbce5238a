package backfill

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/promtest"
)

// victoriaMetrics starts Debian's VictoriaMetrics and returns its address.
func victoriaMetrics(t *testing.T, flags ...string) string {
	t.Helper()
	return "http://" + promtest.Serve(t, "victoria-metrics", "-httpListenAddr", append(flags, "-loggerLevel=ERROR", "-storageDataPath="+filepath.Join(t.TempDir(), "data"))...)
}

// TestReadBack sends three months to a VictoriaMetrics that keeps one, as it does by default, and to one that keeps years. Its clock
// decides what is old.
func TestReadBack(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	year, month, day := time.Now().In(berlin).Date()
	today := time.Date(year, month, day, 0, 0, 0, 0, berlin)
	from, to := today.AddDate(0, 0, -90), today.AddDate(0, 0, -1)
	cfg := load(t, `
  daily: {title: Daily, period: day, labels: [plan], query: "SELECT plan, 1.25 AS value FROM plans WHERE :period_start < :period_end"}
  early: {title: Early, period: day, query: "SELECT 1 AS value WHERE :period_start < :period_end"}
`, "CREATE TABLE plans AS SELECT 'pro \"1\"' AS plan UNION ALL SELECT 'basic'")
	j := job(t, cfg, from.Format(time.RFC3339), to.Format(time.RFC3339))
	j.Now, j.Sparse = today, true
	j.Ranges[1].To = from.AddDate(0, 0, 4)
	send := func(address string) (*Prometheus, Sent) {
		t.Helper()
		report, sent, err := server(t, address+"/api/v1/write").RemoteWrite(t.Context(), evaluator(t, cfg), j)
		if err != nil || report.Failed > 0 || sent.KPIs() != 2 {
			t.Fatal(report, sent, err)
		}
		return server(t, address), sent
	}

	years, sent := send(victoriaMetrics(t, "-retentionPeriod=5y"))
	if found, err := years.ReadBack(t.Context(), j, sent); err != nil || len(found.Dropped)+len(found.Unread) > 0 {
		t.Errorf("%+v, %v: want that all is there", found, err)
	}
	v, err := years.Verify(t.Context(), evaluator(t, cfg), j, func(d Difference) { t.Errorf("%+v", d) })
	if err != nil || v.Compared != 90+5 || v.NotHeld > 0 {
		t.Errorf("%+v, %v", v, err)
	}

	short, sent := send(victoriaMetrics(t))
	short.visible = 6 * time.Second
	var text string
	for deadline := time.Now().Add(time.Minute); ; {
		found, err := short.ReadBack(t.Context(), j, sent)
		if err != nil {
			t.Fatal(err)
		}
		dropped := found.Dropped
		text = DroppedText("http://vm", dropped, 2)
		if len(dropped) == 2 && !dropped[0].NoLast && !dropped[0].Since.IsZero() && dropped[1].Nothing { // What it keeps is shown.
			since := dropped[0].Since
			if since.Before(today.AddDate(0, -1, -2)) || since.After(today.AddDate(0, 0, -27)) {
				t.Errorf("held since %s", since)
			}
			text = strings.ReplaceAll(text, since.Format(time.RFC3339), "SINCE")
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(text)
		}
	}
	first, end := from.Format(time.RFC3339), j.Ranges[1].To.Format(time.RFC3339)
	want := "http://vm accepted samples of 2 KPIs and dropped some, of 2 of them:\n" +
		"  daily: sent from " + first + ", held only from SINCE\n" +
		"  early: sent from " + first + " to " + end + ", nothing is held\n" +
		"  hint: VictoriaMetrics drops what is older than its -retentionPeriod"
	if !strings.HasPrefix(text, want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}
