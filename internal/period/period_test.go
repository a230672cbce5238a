package period

import (
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for name, want := range map[string]Period{
		"instant": {},
		"day":     {Kind: Last, Unit: Day, N: 1},
		"week":    {Kind: Last, Unit: Week, N: 1},
		"month":   {Kind: Last, Unit: Month, N: 1},
		"quarter": {Kind: Last, Unit: Quarter, N: 1},
		"year":    {Kind: Last, Unit: Year, N: 1},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(name)
			if err != nil || got != want {
				t.Errorf("Parse(%q) = %+v, %v, want %+v", name, got, err, want)
			}
			if got.String() != name {
				t.Errorf("String() = %q, want %q", got, name)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for _, name := range []string{"", "dya", "Day", "days", "30d", " day", "unit(5)"} {
		t.Run(name, func(t *testing.T) {
			want := `period "` + name + `" is not one of day, week, month, quarter, year, instant, ` +
				"{days: N}, {weeks: N}, {months: N}, {trailing: 30d}, {to_date: month}"
			if _, err := Parse(name); err == nil || err.Error() != want {
				t.Errorf("Parse(%q) error = %v, want %s", name, err, want)
			}
		})
	}
}

func TestParseMap(t *testing.T) {
	hours := func(n time.Duration) Period { return Period{Kind: Trailing, Length: n * time.Hour} }
	tests := []struct {
		key, value string
		want       Period
		text       string
	}{
		{"days", "30", Period{Kind: Last, Unit: Day, N: 30}, "days:30"},
		{"days", "1", Period{Kind: Last, Unit: Day, N: 1}, "day"},
		{"days", "10000", Period{Kind: Last, Unit: Day, N: 10000}, "days:10000"},
		{"weeks", "4", Period{Kind: Last, Unit: Week, N: 4}, "weeks:4"},
		{"weeks", "5217", Period{Kind: Last, Unit: Week, N: 5217}, "weeks:5217"},
		{"months", "12", Period{Kind: Last, Unit: Month, N: 12}, "months:12"},
		{"months", "1200", Period{Kind: Last, Unit: Month, N: 1200}, "months:1200"},
		{"trailing", "30d", hours(720), "trailing:30d"},
		{"trailing", "720h", hours(720), "trailing:30d"},
		{"trailing", "12h", hours(12), "trailing:12h"},
		{"trailing", "4w", hours(28 * 24), "trailing:28d"},
		{"trailing", "1w1d", hours(8 * 24), "trailing:8d"},
		{"trailing", "1d12h", hours(36), "trailing:1d12h"},
		{"trailing", "36h", hours(36), "trailing:1d12h"},
		{"trailing", "90s", Period{Kind: Trailing, Length: 90 * time.Second}, "trailing:1m30s"},
		{"trailing", "12m", Period{Kind: Trailing, Length: 12 * time.Minute}, "trailing:12m"},
		{"trailing", "36525d", hours(36525 * 24), "trailing:36525d"},
		{"trailing", "12mo", Period{Kind: Trailing, Months: 12}, "trailing:12mo"},
		{"trailing", "1200mo", Period{Kind: Trailing, Months: 1200}, "trailing:1200mo"},
		{"to_date", "day", Period{Kind: ToDate, Unit: Day}, "to_date:day"},
		{"to_date", "week", Period{Kind: ToDate, Unit: Week}, "to_date:week"},
		{"to_date", "month", Period{Kind: ToDate, Unit: Month}, "to_date:month"},
		{"to_date", "quarter", Period{Kind: ToDate, Unit: Quarter}, "to_date:quarter"},
		{"to_date", "year", Period{Kind: ToDate, Unit: Year}, "to_date:year"},
	}
	for _, tt := range tests {
		t.Run(tt.key+"="+tt.value, func(t *testing.T) {
			got, err := ParseMap(tt.key, tt.value)
			if err != nil || got != tt.want {
				t.Fatalf("got %+v, %v, want %+v", got, err, tt.want)
			}
			if got.String() != tt.text {
				t.Errorf("String() = %q, want %q", got, tt.text)
			}
			if again := parseString(t, got.String()); again != got {
				t.Errorf("%q reads back as %+v, want %+v", got, again, got)
			}
		})
	}
}

// parseString reads what String wrote.
func parseString(t *testing.T, s string) Period {
	t.Helper()
	p, err := Parse(s)
	if key, value, found := strings.Cut(s, ":"); found {
		p, err = ParseMap(key, value)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParseMapErrors(t *testing.T) {
	const (
		wantDays   = "want a whole number from 1 to 10000"
		wantLength = "want a length such as 30d, 12h, 1d12h or 12mo (units: s, m, h, d, w, mo)"
	)
	tests := []struct {
		key, value, want string
	}{
		{"days", "0", wantDays},
		{"days", "-3", wantDays},
		{"days", "+3", wantDays},
		{"days", "10001", wantDays},
		{"days", "99999999999999999999", wantDays},
		{"days", "030", wantDays},
		{"days", "1.5", wantDays},
		{"days", "1_000", wantDays},
		{"days", "", wantDays},
		{"days", "thirty", wantDays},
		{"days", "4w", wantDays},
		{"days", "30d", "write {days: 30}: the key gives the unit"},
		{"days", "30 days", "write {days: 30}: the key gives the unit"},
		{"weeks", "4w", "write {weeks: 4}: the key gives the unit"},
		{"weeks", "5218", "want a whole number from 1 to 5217"},
		{"months", "12mo", "write {months: 12}: the key gives the unit"},
		{"months", "1201", "want a whole number from 1 to 1200"},
		{"trailing", "30", "a length needs a unit: write 30d for days (units: s, m, h, d, w, mo)"},
		{"trailing", "", wantLength},
		{"trailing", "d", wantLength},
		{"trailing", "-30d", wantLength},
		{"trailing", "1.5d", wantLength},
		{"trailing", "30D", wantLength},
		{"trailing", "1y", wantLength},
		{"trailing", "12h1d", wantLength},
		{"trailing", "1d1d", wantLength},
		{"trailing", "1mo12h", wantLength},
		{"trailing", "30 d", wantLength},
		{"trailing", "0d", "want a length above zero, such as 30d"},
		{"trailing", "36526d", "longer than 100 years"},
		{"trailing", "36525d1s", "longer than 100 years"},
		{"trailing", "5217w36525d876600h", "longer than 100 years"},
		{"trailing", "99999999999999999999d", "longer than 100 years"},
		{"trailing", "0mo", "want a whole number of months from 1mo to 1200mo"},
		{"trailing", "mo", "want a whole number of months from 1mo to 1200mo"},
		{"trailing", "1201mo", "want a whole number of months from 1mo to 1200mo"},
		{"to_date", "moth", `"moth" is not one of day, week, month, quarter, year`},
		{"to_date", "instant", `"instant" is not one of day, week, month, quarter, year`},
		{"quarters", "4", `"quarters" is not one of days, weeks, months, trailing, to_date`},
	}
	for _, tt := range tests {
		t.Run(tt.key+"="+tt.value, func(t *testing.T) {
			want := "period {" + tt.key + ": " + tt.value + "}: " + tt.want
			if got, err := ParseMap(tt.key, tt.value); err == nil || err.Error() != want {
				t.Errorf("got %+v, %v\nwant error %s", got, err, want)
			}
		})
	}
}

func TestUsesWindow(t *testing.T) {
	for kind, want := range map[Kind]bool{Instant: false, Last: true, Trailing: true, ToDate: true} {
		if got := (Period{Kind: kind}).UsesWindow(); got != want {
			t.Errorf("UsesWindow() of kind %d = %v, want %v", kind, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("day")
	f.Add("dya")
	f.Fuzz(func(t *testing.T, name string) {
		if p, err := Parse(name); err == nil && p.String() != name {
			t.Errorf("Parse(%q).String() = %q", name, p)
		}
	})
}

func FuzzParseMap(f *testing.F) {
	for _, seed := range [][2]string{
		{"days", "30"}, {"weeks", "4w"}, {"months", "12"}, {"trailing", "1w2d3h4m5s"}, {"trailing", "12mo"}, {"to_date", "month"},
	} {
		f.Add(seed[0], seed[1], int64(1_800_000_000))
	}
	calendar := Calendar{Location: mustLoad(f, "Europe/Berlin"), WeekStart: time.Monday, YearStart: time.January}
	f.Fuzz(func(t *testing.T, key, value string, unix int64) {
		p, err := ParseMap(key, value)
		if err != nil {
			return
		}
		if again := parseString(t, p.String()); again != p {
			t.Errorf("%q reads back as %+v, want %+v", p, again, p)
		}
		asOf := time.Unix(unix%(1<<37), 0)
		if w := p.Window(asOf, calendar); w.Start.After(w.End) || w.End.After(asOf) {
			t.Errorf("%s at %s: window %s", p, asOf, w)
		}
	})
}
