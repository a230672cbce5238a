package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gopkg.in/yaml.v3"
)

// docsKPIs has what the page names, and statuses that come and go.
const docsKPIs = `
product: Acme
timezone: Europe/Berlin
databases: {app: {url: "${KPI_DATABASE_URL}"}}
kpis:
  revenue:
    title: Revenue
    period: day
    labels: [plan]
    query: SELECT plan, n AS value FROM facts WHERE at >= :period_start AND at < :period_end
    target: {at_least: 80, tolerance: 10%}
  share:
    title: Share
    unit: ratio
    period: day
    query: SELECT sum(n) FILTER (WHERE plan = 'pro') AS p, sum(n) AS q FROM facts WHERE at >= :period_start AND at < :period_end
    numerator: p
    denominator: q
    target: {at_least: 50%, tolerance: 2pp, min_sample: 150}
  weekly: {title: Weekly, period: week, query: "SELECT sum(n) AS value FROM facts WHERE at >= :period_start AND at < :period_end"}
`

// docsBlocks returns the fenced blocks of a page in docs.
func docsBlocks(t *testing.T, page string) []string {
	t.Helper()
	var blocks []string
	for i, text := range strings.Split(string(readBytes(t, "../../docs/"+page)), "\n```") {
		if i%2 == 1 {
			_, commands, _ := strings.Cut(text, "\n")
			blocks = append(blocks, commands+"\n")
		}
	}
	return blocks
}

// TestDocsHistory pastes the blocks of docs/history.md into bash, in their order. Only this is changed in them: the address
// and the folder of Prometheus, and the first day, so that a month is written instead of a year.
func TestDocsHistory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := strings.ReplaceAll(docsKPIs, "${KPI_DATABASE_URL}", postgres.NewDatabase(t, historySchema))
	p := historyPage{T: t, dir: dir, file: writeText(t, filepath.Join(dir, "kpi.yaml"), text)}
	blocks := docsBlocks(t, "history.md")
	if len(blocks) != 5 {
		t.Fatalf("%d blocks, want 5: blocks, file, derived names, remote write, what changed", len(blocks))
	}

	direct := p.newHistorian("direct")
	if out := p.paste(direct, blocks[0]); !strings.Contains(out, "67 steps of 3 KPIs: 67 done, 0 failed") {
		t.Errorf("got %q", out)
	}
	direct.restart(t)
	p.equalsQuery(direct)
	blocks = blocks[1:]

	h := p.newHistorian("data")
	if out := p.paste(h, blocks[0]); !strings.Contains(out, "kpi.om: 67 steps of 3 KPIs: 67 done, 0 failed") {
		t.Errorf("got %q", out)
	}
	h.restart(t)
	p.equalsQuery(h)
	p.paste(h, blocks[1])
	h.restart(t)
	p.equalsDerived(h, 0)
	p.equalsDerived(direct, 0.005)
	direct.stop()

	remote := p.newHistorian("remote")
	if out := p.paste(remote, blocks[2]); !strings.Contains(out, "remote write: 67 steps of 3 KPIs: 67 done, 0 failed") ||
		!strings.Contains(out, remote.url+" holds the first and the last samples of 3 KPIs\n") {
		t.Errorf("got %q", out)
	}
	p.equalsQuery(remote)
	remote.stop()

	// Nothing differs, then a definition changes the past.
	verify, _, _ := strings.Cut(blocks[3], "\n")
	p.nothingDiffers(h, verify)
	writeText(t, p.file, strings.Replace(text, "plan, n AS value", "plan, n + 7 AS value", 1))
	out := p.paste(h, blocks[3])
	for _, want := range []string{`revenue  plan="pro"`, `revenue  plan="basic"`, "revenue.om: 31 steps of one KPI: 31 done, 0 failed"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %q", want, out)
		}
	}
	if strings.Contains(out, "\nshare") {
		t.Errorf("it differs without a change: %q", out)
	}
	h.restart(t)
	p.nothingDiffers(h, verify)
	p.equalsQuery(h)
	p.paste(h, blocks[1])
	h.restart(t)
	p.equalsDerived(h, 0)
}

// historyPage is docs/history.md with the KPI file that it speaks of.
type historyPage struct {
	*testing.T
	dir, file string
}

// instants are those that are compared.
func (p historyPage) instants() []time.Time {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		p.Fatal(err)
	}
	return []time.Time{
		time.Date(2026, time.June, 3, 10, 30, 0, 0, berlin),
		time.Date(2026, time.June, 17, 23, 58, 0, 0, berlin),
		time.Date(2026, time.July, 1, 0, 0, 0, 0, berlin),
	}
}

func (p historyPage) newHistorian(data string) *historian {
	h := &historian{dir: p.dir, data: filepath.Join(p.dir, data)}
	writeText(p.T, filepath.Join(p.dir, "prometheus.yml"), "storage: {tsdb: {out_of_order_time_window: 20y}}\n")
	h.start(p.T)
	return h
}

func (p historyPage) paste(h *historian, commands string) string {
	p.Helper()
	commands = strings.NewReplacer("http://localhost:9090", h.url, "/var/lib/prometheus/data", h.data, "2025-07-01", "2026-06-01").Replace(commands)
	ctx, cancel := context.WithTimeout(p.Context(), 5*time.Minute)
	defer cancel()
	bash := exec.CommandContext(ctx, "bash", "-c", commands)
	bash.Dir, bash.WaitDelay = p.dir, time.Second
	out, err := bash.CombinedOutput()
	if bash.ProcessState == nil || !bash.ProcessState.Success() {
		p.Fatalf("%s%v:\n%s", commands, err, out)
	}
	return string(out)
}

func (p historyPage) equalsQuery(h *historian) {
	p.Helper()
	for _, at := range p.instants() {
		want := map[string]map[int64]float64{}
		queried(p.T, p.file, at, func(string) bool { return true }, want)
		if diff := cmp.Diff(want, h.query(p.T, comparedSeries, at)); diff != "" {
			p.Errorf("as of %s (-query +Prometheus):\n%.4000s", at, diff)
		}
	}
}

// equalsDerived checks that the derived names are what their expressions give, of values that are those of query. They are recorded a
// little before the instant, and no step lies between. In blocks a status ends where it does, as a scrape tells it; an expression
// over history sees it for five minutes more, which may add an hour of 28 days.
func (p historyPage) equalsDerived(h *historian, tolerance float64) {
	p.Helper()
	for name, expr := range derivedRules(p.T, filepath.Join(p.dir, "derived.rules.yml")) {
		at := p.instants()[1]
		want := map[string]map[int64]float64{}
		for series, values := range h.query(p.T, expr, at) {
			want[name+series] = values
		}
		if len(want) < 3 {
			p.Errorf("%s gives only %v", expr, want)
		}
		if diff := cmp.Diff(want, h.query(p.T, name, at), cmpopts.EquateApprox(0, tolerance)); diff != "" {
			p.Errorf("%s (-evaluated +recorded):\n%s", name, diff)
		}
	}
}

func (p historyPage) nothingDiffers(h *historian, verify string) {
	p.Helper()
	want := fmt.Sprintf("67 periods compared, 0 not in %s; 0 numbers differ, 0 steps failed\n", h.url)
	if out := p.paste(h, verify); out != want {
		p.Errorf("got %q, want %q", out, want)
	}
}

// derivedRules returns the expressions of a rule file by the name that they record. They must be those of the rules that
// go with every KPI file.
func derivedRules(t *testing.T, file string) map[string]string {
	t.Helper()
	expressions := func(file string) map[string]string {
		var doc struct {
			Groups []struct {
				Rules []struct{ Record, Expr string }
			}
		}
		if err := yaml.Unmarshal(readBytes(t, file), &doc); err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		for _, g := range doc.Groups {
			for _, r := range g.Rules {
				all[r.Record] = r.Expr
			}
		}
		return all
	}
	derived, rules := expressions(file), expressions("../../examples/prometheus/kpi.rules.yml")
	if len(derived) != 2 {
		t.Errorf("derived: %v", derived)
	}
	for name, expr := range derived {
		if rules[name] != expr {
			t.Errorf("%s is %q, but %q in kpi.rules.yml", name, expr, rules[name])
		}
	}
	return derived
}
