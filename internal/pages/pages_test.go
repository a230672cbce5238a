package pages

import (
	"context"
	"database/sql"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// asOf is a Tuesday.
var asOf = time.Date(2026, 5, 5, 0, 0, 0, 0, time.UTC)

// writeKinds writes the file and its database, and returns the path of the file.
func writeKinds(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "rows.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE as_of AS SELECT ? AS at", asOf.Format(time.DateTime))
	for name, use := range map[string]func(content []byte){
		"rows.sql":   func(content []byte) { exec(string(content)) },
		"kinds.yaml": func(content []byte) { writeFile(t, filepath.Join(dir, "kpi.yaml"), content) },
	} {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		use(content)
	}
	return filepath.Join(dir, "kpi.yaml")
}

func writeFile(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// boardOf evaluates the KPIs of a file as of an instant.
func boardOf(t testing.TB, path string, asOf time.Time) *scoreboard.Board {
	t.Helper()
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	reader := insight.NewReader(cfg, e)
	survey := reader.Survey(context.Background(), cfg.KPIs, asOf, report.Before(asOf, period.Week, cfg.Calendar), nil)
	requests := make([]insight.Request, len(cfg.KPIs))
	for i, k := range cfg.KPIs {
		requests[i] = insight.Request{KPI: k, AsOf: asOf, LastYear: true}
	}
	lastYear := reader.Explain(context.Background(), requests)
	b := &scoreboard.Board{Version: "1", Config: cfg, AsOf: asOf.In(cfg.Calendar.Location)}
	for s := range survey {
		i := len(b.KPIs)
		k := scoreboard.KPI{
			Surveyed: s, State: scoreboard.Current, Evaluated: asOf, Attempts: []collector.Attempt{{At: asOf, AsOf: asOf, Took: 4 * time.Millisecond, Samples: len(s.Now.Samples)}}, DataUntil: s.Now.DataUntil, LastYear: lastYear[i], Explained: true, Unusual: s.History.Unusual(),
		}
		if s.Now.Failure != nil {
			k.State, k.Evaluated = scoreboard.Failing, time.Time{}
		}
		for _, d := range s.KPI.Decisions {
			if from := d.From(cfg.Calendar.Location); !from.After(asOf) {
				k.Decisions = append(k.Decisions, scoreboard.Decided{Decision: d, Effects: s.History.After(from)})
			}
		}
		b.KPIs = append(b.KPIs, k)
	}
	return b
}

var (
	drawings = regexp.MustCompile(`(?s)<svg.*?</svg>|<style>.*?</style>|<script>.*?</script>|<details>.*?</details>`)
	tags     = regexp.MustCompile(`<[^>]*>`)
)

// text returns what a person reads of HTML, without its charts and what is folded away.
func text(page string) string {
	page = strings.ReplaceAll(drawings.ReplaceAllString(page, " "), "<", " <")
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, ""))), " ")
}

// render returns the renderer, and the view of a board.
func render(t testing.TB, b *scoreboard.Board) (*Renderer, *View) {
	t.Helper()
	r, err := NewRenderer("/metrics", "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.NewView(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r, v
}

func pageOf(t testing.TB, r *Renderer, v *View, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	page, err := r.Page(v, u.Path, u.Query())
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return string(page)
}

// reportOf returns the page of the report of a board that is not kept.
func reportOf(t testing.TB, r *Renderer, v *View) string {
	t.Helper()
	s := insight.Survey{AsOf: v.AsOf, Before: report.Before(v.AsOf, period.Week, v.Config.Calendar)}
	for i := range v.KPIs {
		s.KPIs = append(s.KPIs, v.KPIs[i].Surveyed)
	}
	page, err := r.report(v, s, period.Week)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// Decisions stand on the page of their KPIs, the newest first, with what followed them; planned ones do not.
func TestDecisions(t *testing.T) {
	r, v := render(t, boardOf(t, writeKinds(t), asOf))
	page := pageOf(t, r, v, "/kpi/seats")
	want := "Decisions In the chart: 2 27 Apr 2026 <b>Packs</b> are larger Nothing can be compared yet, because values are missing. " +
		"In the chart: 1 2 Mar 2026 Seats are sold in packs growth 4 weeks after: 103 on average, 8 weeks before: 100.9 (+2.125). Not enough history to tell: there are 0"
	if got := text(page); !strings.Contains(got, want) {
		t.Errorf("the page says\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(page, "Planned") || !strings.Contains(page, `<a href="https://example.org/decisions/1" rel="noreferrer">`) {
		t.Error("a planned decision is there, or a link is not")
	}
	if strings.Contains(pageOf(t, r, v, "/kpi/rate"), "Decisions") {
		t.Error("decisions about other KPIs are there")
	}
}

// Nothing that a user wrote, or that a database holds, becomes an element, and nothing has a style or a script of its own.
func TestEscaping(t *testing.T) {
	r, v := render(t, boardOf(t, writeKinds(t), asOf))
	values := regexp.MustCompile(`="[^"]*"`)
	active := regexp.MustCompile(`<(script>alert|img|link|iframe|object|[^>]*[ "'](on[a-z]+|style)=)[^>]*>`)
	for _, address := range []string{"/", "/?kiosk=1", `/?q="><script>alert(7)</script>&owner="><img+src=x>`, "/objectives", "/kpi/hostile", "/?q=%1b[31m%E2%80%AEx"} {
		page := pageOf(t, r, v, address)
		if strings.ContainsAny(page, "\x1b\u202e") {
			t.Errorf("%s has a raw control sequence or mark of direction", address)
		}
		if found := active.FindString(values.ReplaceAllString(page, `=""`)); found != "" {
			t.Errorf("%s has %s", address, found)
		}
		if strings.Count(page, "<style>") != 1 || strings.Count(page, "<script>") != 1 {
			t.Errorf("%s has %d styles and %d scripts", address, strings.Count(page, "<style>"), strings.Count(page, "<script>"))
		}
	}
	if page := pageOf(t, r, v, "/kpi/hostile"); !strings.Contains(page, "&lt;/pre&gt;&lt;script&gt;alert(6)&lt;/script&gt;") {
		t.Error("the hostile SQL is not there")
	}
}

// The pages claim no cause.
func TestNoCause(t *testing.T) {
	r, v := render(t, boardOf(t, writeKinds(t), asOf))
	cause := regexp.MustCompile(`(?i)\b(caused?|causes|led to|leads to|impact(ed|s)?)\b`)
	addresses := []string{"/", "/objectives"}
	for _, k := range v.KPIs {
		addresses = append(addresses, "/kpi/"+k.KPI.Name)
	}
	for _, address := range addresses {
		page := strings.ReplaceAll(text(pageOf(t, r, v, address)), "not proof of cause", "")
		if word := cause.FindString(page); word != "" {
			t.Errorf("%s says %q", address, word)
		}
	}
}

// A filter leaves what it says, the counts are of what the rest of it leaves, and level company stands first.
func TestFilters(t *testing.T) {
	b := boardOf(t, writeKinds(t), asOf)
	r, v := render(t, b)
	heading := regexp.MustCompile(`<h3[^>]*><a href="([^"]*)">`)
	for address, want := range map[string]string{
		"/":                          "level seats revenue speed band rate failed waiting small patients few empty month teams hostile",
		"/?level=company":            "level",
		"/?q=WEEK":                   "",
		"/?q=run+MON":                "month",
		"/?status=no_target":         "speed",
		"/?status=on_target&q=first": "level",
		"/?objective=none":           "hostile",
		"/?owner=growth&q=teams":     "teams",
		"/?category=financial":       "",
	} {
		var names []string
		for _, match := range heading.FindAllStringSubmatch(pageOf(t, r, v, address), -1) {
			names = append(names, strings.TrimPrefix(match[1], "/kpi/"))
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s\nwant %s", address, got, want)
		}
	}
	page := pageOf(t, r, v, "/?q=first&status=no_target")
	for _, want := range []string{`href="/?q=first&amp;status=on_target"><span class="count">1</span>`, `href="/?q=first" aria-current="true"><span class="count">0</span>`, "No KPI matches the filter: 0 of 15 KPIs."} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in the page", want)
		}
	}
}

// TestScreenshotsAreCurrent fails while the docs show pages that look otherwise now.
func TestScreenshotsAreCurrent(t *testing.T) {
	drawn, err := os.ReadFile("testdata/screenshots.sum")
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(drawn)) != Look() {
		t.Error("the pictures of the scoreboard are of an older one: run make screenshots")
	}
}
