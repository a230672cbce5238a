package valuesfile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// TestLatestRevision compares what is known at every instant with the definition: of the rows that differ only in known_from, the
// latest that is known.
func TestLatestRevision(t *testing.T) {
	loc := zone(t, "Europe/Berlin")
	type entry struct {
		quarter, plan string
		value         float64
		known         time.Time
	}
	quarterEnds := map[string]string{"2025-Q4": "2026-01-01", "2026-Q1": "2026-04-01", "2026-Q2": "2026-07-01"}
	var entries []entry
	text := "known_from,plan,value,period\n"
	seed := uint64(7)
	random := func(n int) int { seed = seed*6364136223846793005 + 1442695040888963407; return int(seed>>33) % n }
	taken := map[string]bool{}
	for i := range 60 {
		quarter := slices.Sorted(func(yield func(string) bool) {
			for q := range quarterEnds {
				if !yield(q) {
					return
				}
			}
		})[random(3)]
		e := entry{quarter: quarter, plan: []string{"basic", "pro"}[random(2)], value: float64(i)}
		written := ""
		e.known, _ = period.ParseTime(quarterEnds[quarter], loc)
		if random(4) > 0 {
			written = time.Date(2026, 1, 1+random(200), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
			e.known, _ = period.ParseTime(written, loc)
		}
		if key := fmt.Sprint(e.quarter, e.plan, e.known); !taken[key] {
			taken[key] = true
			entries = append(entries, e)
			text += fmt.Sprintf("%s,%s,%d,%s\n", written, e.plan, i, e.quarter)
		}
	}
	f, problems := Parse(text)
	table, more := f.Table(quarters(loc))
	if problems = append(problems, more...); len(problems) > 0 {
		t.Fatal(say(problems))
	}
	for at := time.Date(2025, 12, 30, 0, 0, 0, 0, loc); at.Year() < 2027; at = at.Add(13 * time.Hour) {
		for quarter, end := range quarterEnds {
			ends, _ := period.ParseTime(end, loc)
			start := period.Period{Kind: period.Last, Unit: period.Quarter, N: 1}.Window(ends, calendar(loc)).Start
			want := map[string]float64{}
			latest := map[string]time.Time{}
			for _, e := range entries {
				if e.quarter == quarter && !e.known.After(at) && !e.known.Before(latest[e.plan]) {
					want[e.plan], latest[e.plan] = e.value, e.known
				}
			}
			got := map[string]float64{}
			for _, row := range table.Rows(start, at) {
				got[row[0].(string)] = row[1].(float64)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s as known at %s (-want +got):\n%s", quarter, at, diff)
			}
		}
	}
}

func TestString(t *testing.T) {
	read := func(text string) string {
		f, _ := Parse(text)
		table, problems := f.Table(quarters(time.UTC))
		if len(problems) > 0 {
			t.Fatal(say(problems))
		}
		return table.String()
	}
	base := read("period,plan,value\n2026-Q1,pro,1\n2026-Q2,pro,2\n")
	if other := read("plan,period,value\r\npro,2026-Q2,2.0\r\n\r\n\"pro\",2026-Q1,1\r\n"); other != base {
		t.Errorf("the same rows, written otherwise, differ:\n%s%s", base, other)
	}
	for _, changed := range []string{
		"period,plan,value\n2026-Q1,pro,1\n2026-Q2,pro,3\n",
		"period,plan,value\n2026-Q1,pro,1\n2026-Q2,basic,2\n",
		"period,plan,value\n2026-Q1,pro,1\n2026-Q3,pro,2\n",
		"period,plan,value\n2026-Q1,pro,1\n2026-Q2,pro,\n",
		"period,plan,value\n2026-Q1,pro,1\n",
		"period,plan,value,known_from\n2026-Q1,pro,1,\n2026-Q2,pro,2,2026-07-09\n",
	} {
		if read(changed) == base {
			t.Errorf("does not differ: %s", changed)
		}
	}
}

// TestSharedTable has layouts that differ in what they require share one table, and others not.
func TestSharedTable(t *testing.T) {
	f, _ := Parse("period,plan,value,n\n2026-Q1,pro,1,2\n")
	first, _ := f.Table(quarters(time.UTC))
	same := quarters(time.UTC)
	same.Required = []string{"n"}
	if second, problems := f.Table(same); second != first || len(problems) > 0 {
		t.Errorf("the same layout gives another table: %s", say(problems))
	}
	same.Required = []string{"m"}
	if _, problems := f.Table(same); len(problems) != 1 {
		t.Errorf("a missing column: %s", say(problems))
	}
	for name, change := range map[string]func(*Layout){
		"zone": func(l *Layout) { l.Calendar.Location = zone(t, "Europe/Berlin") }, "running": func(l *Layout) { l.Running = true },
		"numbers": func(l *Layout) { l.Numbers = l.Numbers[:1] }, "labels": func(l *Layout) { l.Keys[0].Empty = true },
	} {
		other := quarters(time.UTC)
		if change(&other); f.reader(other).findColumns() {
			if second, _ := f.Table(other); second == first {
				t.Errorf("%s: the same table", name)
			}
		}
	}
}

// TestEarlyRows has rows that are known before their period ends: they reach no further than what has ended, and make no step.
func TestEarlyRows(t *testing.T) {
	f, _ := Parse("period,plan,value,known_from\n2026-Q1,pro,1,\n2026-Q2,pro,1,2026-07-20\n2026-Q4,pro,1,2026-01-01\n2062-Q3,pro,1,2026-01-02\n")
	l := quarters(time.UTC)
	table, problems := f.Table(l)
	if len(problems) > 0 {
		t.Fatal(say(problems))
	}
	day := func(text string) time.Time {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for at, want := range map[string]string{"2026-04-01": "2026-04-01", "2026-07-19": "2026-04-01", "2026-07-20": "2026-07-01", "2026-12-31": "2026-07-01", "2027-01-01": "2027-01-01", "2062-10-01": "2062-10-01"} {
		if got := table.Until(day(at)); !got.Equal(day(want)) {
			t.Errorf("on %s the rows reach to %s, want %s", at, got, want)
		}
	}
	if got := table.Until(day("2026-03-31")); !got.IsZero() {
		t.Errorf("before the first row they reach to %s", got)
	}
	steps := func(table *Table) string {
		var list []string
		for at, ok := table.NextKnown(day("2025-01-01")); ok; at, ok = table.NextKnown(at) {
			list = append(list, at.Format(time.DateOnly))
		}
		return strings.Join(list, " ")
	}
	if got := steps(table); got != "2026-07-20" {
		t.Errorf("more is known at %s", got)
	}
	l.Running = true
	running, _ := f.Table(l)
	if got := steps(running); got != "2026-01-01 2026-01-02 2026-04-01 2026-07-20" {
		t.Errorf("of running periods more is known at %s", got)
	}
}

// BenchmarkTable reads a file of 100,000 rows.
func BenchmarkTable(b *testing.B) {
	var text strings.Builder
	text.WriteString("period,plan,value\n")
	for i := range 100_000 {
		fmt.Fprintf(&text, "%d-Q%d,plan %d,%d.5\n", 1900+i%400/4, 1+i%4, i/400, i)
	}
	l := quarters(zone(b, "Europe/Berlin"))
	l.Keys[0].Lists = nil
	b.ReportAllocs()
	for b.Loop() {
		f, _ := Parse(text.String())
		if _, problems := f.Table(l); len(problems) > 0 {
			b.Fatal(say(problems))
		}
	}
}
