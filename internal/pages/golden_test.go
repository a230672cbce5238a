package pages

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the expected pages again")

// constants are what is the same on every page, and what identifies a database that is elsewhere each time.
var constants = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`(?s)<style>.*?</style>`), "<style>…</style>"},
	{regexp.MustCompile(`(?s)<script>.*?</script>`), "<script>…</script>"},
	{regexp.MustCompile(`efinitions [0-9a-f]{8}`), "efinitions 0123abcd"},
}

// A page of each kind, whole, and the same bytes each time.
func TestPages(t *testing.T) {
	r, v := render(t, boardOf(t, writeKinds(t), asOf))
	_, again := render(t, boardOf(t, writeKinds(t), asOf))
	for name, address := range map[string]string{
		"board": "/", "wall": "/?kiosk=1", "kpi": "/kpi/seats", "segments": "/kpi/revenue", "objectives": "/objectives", "report": "/report",
	} {
		t.Run(name, func(t *testing.T) {
			read := pageOf
			if address == "/report" {
				read = func(t testing.TB, r *Renderer, v *View, _ string) string { return reportOf(t, r, v) }
			}
			page, second := read(t, r, v, address), read(t, r, again, address)
			for _, c := range constants {
				page, second = c.pattern.ReplaceAllString(page, c.instead), c.pattern.ReplaceAllString(second, c.instead)
			}
			if diff := cmp.Diff(page, second); diff != "" {
				t.Errorf("made twice, it differs:\n%s", diff)
			}
			path := filepath.Join("testdata", name+".html")
			if *update {
				writeFile(t, path, []byte(page))
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), page); diff != "" {
				t.Errorf("%s, -want +got:\n%s", path, diff)
			}
		})
	}
}

// The report writes times and negative numbers as the other pages do, and says once what is no proof.
func TestReportIsSpoken(t *testing.T) {
	r, v := render(t, boardOf(t, writeKinds(t), asOf))
	page := reportOf(t, r, v)
	text := regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>|<[^>]*>`).ReplaceAllString(page, " ")
	for _, no := range []string{`\d{4}-\d\d[^\n]*`, `[\s(]-\d[^\n]*`, `trailing`, `Numbers`, `in 0 period`, `failed: (query|value)`} {
		if found := regexp.MustCompile(no).FindString(text); found != "" {
			t.Errorf("it says %q", found)
		}
	}
	if n := strings.Count(page, "What moved a KPI is arithmetic"); n != 1 {
		t.Errorf("it says %d times that what moved a KPI is arithmetic", n)
	}
	if regexp.MustCompile(`<td class="period"></td>`).MatchString(page) {
		t.Error("a period is missing")
	}
}
