package valuesfile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// calendar returns how a KPI in a zone divides time unless it sets anything.
func calendar(loc *time.Location) period.Calendar {
	return period.Calendar{Location: loc, WeekStart: time.Monday, YearStart: time.January}
}

// quarters is the layout of a KPI by plan.
func quarters(loc *time.Location) Layout {
	plan := Key{Name: "plan", What: `value of label "plan"`, Listed: "values are", Lists: [][]string{{"basic", "pro"}}}
	return Layout{
		Unit: period.Quarter, Calendar: calendar(loc), Keys: []Key{plan}, Required: []string{"value"},
		Numbers: []Number{{"value", quantity.Points}, {"n", quantity.Points}},
	}
}

// say returns problems as lines.
func say(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%d:%d %s", p.Line, p.Column, p.Message)
		if p.Check != "" {
			b.WriteString(" [" + p.Check + "]")
		}
		b.WriteString(" | " + p.Hint + "\n")
	}
	return b.String()
}

func TestProblems(t *testing.T) {
	const number = "write a number such as 1200 or 0.03, or nothing where there is no value"
	const notValues = "0:0 this is not a file of values: its first line has no column period | write a first line with the names of the columns, such as period,value\n"
	for name, tc := range map[string]struct{ text, want string }{
		"good":                {"period,plan,value\n2026-Q1,pro,-3.5\n2026-Q2,pro,\n2026-Q3,pro,1e3\n", ""},
		"byte order mark":     {"\ufeffperiod,plan,value\n2026-Q1,pro,x\n", "2:13 \"x\" is not a plain number | " + number + "\n"},
		"carriage returns":    {"period,plan,value\r\n2026-Q1,pro,31\r\n\r\n2026-Q2,pro,y\r\n", "4:13 \"y\" is not a plain number | " + number + "\n"},
		"quoted fields":       {"\"period\",\"plan\",\"value\"\n\"2026-Q1\",\"pro\",\"31\"\n\"2026-Q1\",\"basic\",\"1,200\"\n", "3:19 \"1,200\" is not a plain number | write 1200\n"},
		"blanks":              {" period , plan,value\n 2026-Q1 ,pro , 31\n", ""},
		"left by spreadsheet": {"period,plan,value,,\n2026-Q1,pro,31,,\n,,,,\n", ""},
		"umlauts before":      {"period,plan,value\n2026-Q1,größe,31\n2026-Q1,ü,x\n", "2:9 \"größe\" is not a value of label \"plan\" | values are: basic, pro\n3:9 \"ü\" is not a value of label \"plan\" | values are: basic, pro\n3:11 \"x\" is not a plain number | " + number + "\n"},
		"percent":             {"period,plan,value\n2026-Q1,pro,3%\n", "2:13 \"3%\" is not a plain number | write 3, or 0.03 with unit: ratio\n"},
		"thousands":           {"period,plan,value\n2026-Q1,pro,1 200\n2026-Q2,pro,12k\n2026-Q3,pro,1'200.5\n", "2:13 \"1 200\" is not a plain number | write 1200\n3:13 \"12k\" is not a plain number | write 12000\n4:13 \"1'200.5\" is not a plain number | write 1200.5\n"},
		"decimal comma":       {"period,plan,value\n2026-Q1,pro,\"3,5\"\n", "2:13 \"3,5\" is not a plain number | write 3.5\n"},
		"comma not quoted":    {"period,plan,value\n2026-Q1,pro,1,200\n", "2:1 the row has 4 columns, but the first line has 3 | a comma begins the next column: write 1200 for 1,200, and quotes around a text with a comma\n"},
		"too few columns":     {"period,plan,value\n2026-Q1,pro\n2026-Q1\n", "2:1 the row has 2 columns, but the first line has 3 | write a comma for each column, also behind an empty value\n3:1 the row has 1 column, but the first line has 3 | write a comma for each column, also behind an empty value\n"},
		"octal":               {"period,plan,value\n2026-Q1,pro,010\n", "2:13 \"010\" is not a plain number | write 10\n"},
		"not a number":        {"period,plan,value\n2026-Q1,pro,n/a\n2026-Q2,pro,NaN\n2026-Q3,pro,1e999\n", "2:13 \"n/a\" is not a plain number | " + number + "\n3:13 \"NaN\" is not a plain number | " + number + "\n4:13 \"1e999\" is too large | \n"},
		"dot of thousands":    {"period,plan,value\n2026-Q1,pro,12.000\n", "2:13 the dot in \"12.000\" is a decimal point [thousands_dot] | write 12000, or 12.0 if that is meant\n"},
		"unknown period":      {"period,plan,value\n2026-Q5,pro,1\nsoon,pro,1\n,pro,1\n", "2:1 \"2026-Q5\" is not a quarter | write a quarter such as 2026-Q1\n3:1 \"soon\" is not a quarter | write a quarter such as 2026-Q1\n4:1 the row has no period | write a quarter such as 2026-Q1\n"},
		"form of the period":  {"period,plan,value\n2026-03,pro,1\nQ2 2026,pro,1\n31.12.2026,pro,1\n2026,pro,1\n", "2:1 \"2026-03\" is not a quarter | write 2026-Q1\n3:1 \"Q2 2026\" is not a quarter | write 2026-Q2\n4:1 \"31.12.2026\" is not a quarter | write 2026-Q4\n5:1 \"2026\" is not a quarter | write a quarter such as 2026-Q1\n"},
		"duplicate":           {"period,plan,value\n2026-Q1,pro,1\n2026-Q1,basic,1\n2026-Q1,pro,2\n", "4:1 this row is there already, on line 2 | remove one of them, or give the later one known_from: the day from which it counts\n"},
		"same known_from":     {"period,plan,value,known_from\n2026-Q1,pro,1,\n2026-Q1,pro,2,2026-04-01\n2026-Q1,pro,3,2026-04-02\n", "3:1 this row is there already, on line 2 | remove one of them, or give the later one known_from: the day from which it counts\n"},
		"known_from":          {"period,plan,value,known_from\n2026-Q1,pro,1,20.04.2026\n", "2:15 \"20.04.2026\" is not a date | write a date such as 2026-04-20, or 2026-04-20T09:00:00+02:00\n"},
		"near column":         {"period,plan,valeu\n2026-Q1,pro,1\n", "1:13 no KPI reads column \"valeu\" | did you mean `value`?\n"},
		"case of a column":    {"Period,plan,value\n2026-Q1,pro,1\n", "1:1 no KPI reads column \"Period\" | did you mean `period`?\n"},
		"unknown column":      {"period,plan,value,comment\n2026-Q1,pro,1,good\n", "1:19 no KPI reads column \"comment\" | list it in labels:, name it as the value: of a KPI, or leave it out\n"},
		"header and rows":     {"period,plan,valeu\n2026-03,free,1\n2026-03,free,1\n", "1:13 no KPI reads column \"valeu\" | did you mean `value`?\n2:1 \"2026-03\" is not a quarter | write 2026-Q1\n2:9 \"free\" is not a value of label \"plan\" | values are: basic, pro\n3:1 \"2026-03\" is not a quarter | write 2026-Q1\n3:9 \"free\" is not a value of label \"plan\" | values are: basic, pro\n"},
		"missing columns":     {"period\n2026-Q1\n", "1:1 there is no column \"plan\" | the first line names the columns: period,plan,value\n1:1 there is no column \"value\" | the first line names the columns: period,plan,value\n"},
		"no first line":       {"2026-Q1,pro,31\n", notValues},
		"a token":             {"xoxb-1234-canary\n", notValues},
		"a token of quotes":   {"a\"b\"c:canary\nperiod,value\n", notValues},
		"a password":          {"can;ary\tcanary\n", notValues},
		"for Excel":           {"sep=,\nperiod,plan,value\n2026-Q1,pro,x\n", "1:1 the line sep= is for Excel alone | remove it: other programs take it for the names of the columns\n3:13 \"x\" is not a plain number | " + number + "\n"},
		"for Excel elsewhere": {"sep=;\nperiod;plan;value\n", "1:1 the line sep= is for Excel alone | remove it: other programs take it for the names of the columns\n2:7 the columns are separated by semicolons, as spreadsheets of some countries write them | separate them by commas, and write numbers with a decimal point: export the sheet as CSV with the field separator comma\n"},
		"old line ends":       {"period,plan,value\r2026-Q1,pro,31\r", "0:0 its lines end with carriage returns alone, as those of old Macs do | save it with the line ends of Unix or Windows\n"},
		"UTF-16":              {"\xff\xfep\x00e\x00", "0:0 the file is UTF-16 | save it as UTF-8; Excel calls that CSV UTF-8\n"},
		"zero bytes":          {"p\x00e\x00r\x00", "0:0 the file is not text: it holds a zero byte, as files in UTF-16 and spreadsheets do | save it as CSV in UTF-8\n"},
		"minus and brackets":  {"period,plan,value\n2026-Q1,pro,−5\n2026-Q2,pro,(5)\n2026-Q3,pro,5.\n2026-Q4,pro,\"(1,200.5)\"\n", "2:13 \"−5\" is not a plain number | write -5\n3:13 \"(5)\" is not a plain number | write -5\n4:13 \"5.\" is not a plain number | write 5\n5:13 \"(1,200.5)\" is not a plain number | write -1200.5\n"},
		"years out of range":  {"period,plan,value\n9999-Q4,pro,1\n0000-Q1,pro,1\n9999-12,pro,1\n", "2:1 \"9999-Q4\" is out of range | write a year from 0002 to 9998\n3:1 \"0000-Q1\" is out of range | write a year from 0002 to 9998\n4:1 \"9999-12\" is out of range | write a year from 0002 to 9998\n"},
		"column twice":        {"period,plan,value,value\n2026-Q1,pro,1,1\n", "1:19 there are two columns \"value\" | remove one of them\n"},
		"column without name": {"period,,plan,value\n2026-Q1,x,pro,1\n", "1:8 column 2 has no name | write its name in the first line, or remove the column\n"},
		"semicolons":          {"period;plan;value\n2026-Q1;pro;3,5\n2026-Q2;pro;x\n", "1:7 the columns are separated by semicolons, as spreadsheets of some countries write them | separate them by commas, and write numbers with a decimal point: export the sheet as CSV with the field separator comma\n"},
		"tabs":                {"period\tplan\tvalue\n", "1:7 the columns are separated by tabs, as spreadsheets of some countries write them | separate them by commas, and write numbers with a decimal point: export the sheet as CSV with the field separator comma\n"},
		"quote inside":        {"period,plan,value\n2026-Q1,p\"ro,1\n2026-Q2,\"p\"ro,1\n2026-Q3,pro,x\n", "2:10 a \" inside a value | put the whole value in quotes, and write \"\" for each \" in it\n3:11 a value in quotes does not end before the next comma | put the whole value in quotes, and write \"\" for each \" in it\n4:13 \"x\" is not a plain number | " + number + "\n"},
		"quote not closed":    {"period,plan,value\n2026-Q1,\"pro,1\n2026-Q2,pro,1\n", "2:1 a \" is missing: a value in quotes that begins on this line does not end | write the \" behind the value\n"},
		"empty label":         {"period,plan,value\n2026-Q1,,1\n", "2:9 \"plan\" is empty | write the value, or set null_label\n"},
		"empty file":          {"", "1:1 the file is empty | write a first line such as period,value\n"},
		"blank file":          {"\n , \n", "1:1 the file is empty | write a first line such as period,value\n"},
		"no rows":             {"period,plan,value\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, problems := Parse(tc.text)
			_, more := f.Table(quarters(time.UTC))
			if diff := cmp.Diff(tc.want, say(append(problems, more...))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestUnreadColumns reads a file that several share: a column for notes is no mistake, but one that is almost a known one is.
func TestUnreadColumns(t *testing.T) {
	l := quarters(time.UTC)
	l.Shared = true
	f, _ := Parse("period,plan,value,note,knwon_from\n2026-Q1,pro,1,by phone,\n")
	_, problems := f.Table(l)
	want := "1:24 no KPI reads column \"knwon_from\" | did you mean `known_from`?\n" +
		"1:19 no KPI reads column \"note\" [unused_column] | list it in labels:, name it as the value: of a KPI, or leave it out\n"
	if diff := cmp.Diff(want, say(problems)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestYearsThatBeginElsewhere(t *testing.T) {
	const text = "period,value\n2026-Q1,1\n2026-Q2,2\n"
	l := Layout{Unit: period.Quarter, Calendar: calendar(time.UTC), Numbers: []Number{{Name: "value"}}}
	l.Calendar.YearStart = time.February
	f, _ := Parse(text)
	_, problems := f.Table(l)
	want := "2:1 2026-Q1 is ambiguous: the year begins in February, and its name may be that of the year in which it starts or ends | " +
		"in the KPI file write beside year_start fiscal_year: start if 2026-Q1 begins on 2026-02-01, or fiscal_year: end if it begins on 2025-02-01\n"
	if got := say(problems); got != want {
		t.Errorf("got %s", got)
	}
	for fiscal, begins := range map[period.FiscalYear]string{period.NamedByStart: "2026-02-01", period.NamedByEnd: "2025-02-01"} {
		l.FiscalYear = fiscal
		table, problems := f.Table(l)
		if len(problems) > 0 {
			t.Fatal(say(problems))
		}
		start, _ := period.ParseTime(begins, time.UTC)
		if rows := table.Rows(start, start.AddDate(2, 0, 0)); len(rows) != 1 || rows[0][0] != 1.0 {
			t.Errorf("fiscal_year %s: 2026-Q1 does not begin on %s: %v", fiscal, begins, rows)
		}
	}
}

// TestPeriods reads each kind of period in zones with odd days: a row is that of the window that a KPI measures, and known from
// its end, or from the local midnight of known_from.
func TestPeriods(t *testing.T) {
	sunday := func(c *period.Calendar) { c.WeekStart = time.Sunday }
	fiscal := func(c *period.Calendar) { c.YearStart = time.October }
	for _, tc := range []struct {
		unit     period.Unit
		change   func(*period.Calendar)
		name     string
		end      string // The local date on which the period has ended.
		knownOn  string
		isFiscal period.FiscalYear
	}{
		{period.Day, nil, "2026-03-29", "2026-03-30", "2026-04-02", ""},
		{period.Day, nil, "2026-10-25", "2026-10-26", "2026-11-02", ""},
		{period.Week, nil, "2026-W13", "2026-03-30", "2026-04-05", ""},
		{period.Week, nil, "2026-W53", "2027-01-04", "2027-02-01", ""},
		{period.Week, sunday, "2026-03-29", "2026-04-05", "2026-04-09", ""},
		{period.Month, nil, "2026-02", "2026-03-01", "2026-03-15", ""},
		{period.Quarter, nil, "2026-Q4", "2027-01-01", "2027-01-20", ""},
		{period.Quarter, fiscal, "2026-Q1", "2026-01-01", "2026-01-20", period.NamedByEnd},
		{period.Year, nil, "2026", "2027-01-01", "2027-03-28", ""},
		{period.Year, fiscal, "2026", "2027-10-01", "2027-10-31", period.NamedByStart},
	} {
		for _, where := range []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Cairo", "Pacific/Apia"} {
			t.Run(fmt.Sprintf("%s %s %s", tc.unit, tc.name, where), func(t *testing.T) {
				l := Layout{Unit: tc.unit, Calendar: calendar(zone(t, where)), FiscalYear: tc.isFiscal, Numbers: []Number{{Name: "value"}}}
				if tc.change != nil {
					tc.change(&l.Calendar)
				}
				end, _ := period.ParseTime(tc.end, l.Calendar.Location)
				known, _ := period.ParseTime(tc.knownOn, l.Calendar.Location)
				w := period.Period{Kind: period.Last, Unit: tc.unit, N: 1}.Window(end, l.Calendar)
				if !w.End.Equal(end) {
					t.Fatalf("the window ends %s, not %s", w.End, end)
				}
				f, _ := Parse("period,value,known_from\n" + tc.name + ",1,\n" + tc.name + ",2," + tc.knownOn + "\n" + tc.name + ",3," + known.Add(90*time.Minute).Format(time.RFC3339) + "\n")
				table, problems := f.Table(l)
				if len(problems) > 0 {
					t.Fatal(say(problems))
				}
				for _, at := range []struct {
					known time.Time
					want  [][]any
				}{
					{end.Add(-time.Second), nil},
					{end, [][]any{{1.0}}},
					{known.Add(-time.Second), [][]any{{1.0}}},
					{known, [][]any{{2.0}}},
					{known.Add(90*time.Minute - time.Second), [][]any{{2.0}}},
					{known.Add(90 * time.Minute), [][]any{{3.0}}},
				} {
					if diff := cmp.Diff(at.want, table.Rows(w.Start, at.known)); diff != "" {
						t.Errorf("as known at %s (-want +got):\n%s", at.known, diff)
					}
					until := time.Time{}
					if at.want != nil {
						until = end
					}
					if got := table.Until(at.known); !got.Equal(until) {
						t.Errorf("as known at %s the rows reach to %s, want %s", at.known, got, until)
					}
				}
				if rows := table.Rows(w.End, known.AddDate(9, 0, 0)); rows != nil {
					t.Errorf("the next period has %v", rows)
				}
				if next, ok := table.NextKnown(end); !ok || !next.Equal(known) {
					t.Errorf("the next row is known from %s, want %s", next, known)
				}
			})
		}
	}
}

// TestManyProblems reads a file in which every row is wrong: the first problems are enough to see why.
func TestManyProblems(t *testing.T) {
	rows := func(n int, cell string) string {
		return "period,plan,value\n" + strings.Repeat("2026-Q1,pro,"+cell+"\n", n)
	}
	for _, tc := range []struct {
		text, last string
		want       int
	}{
		{rows(20, "x"), "21:13 \"x\" is not a plain number | write a number such as 1200 or 0.03, or nothing where there is no value\n", 20},
		{rows(21, "x"), "22:13 \"x\" is not a plain number | write a number such as 1200 or 0.03, or nothing where there is no value\n", 21},
		{rows(400, "x"), "22:13 and 380 more from this line on | \n", 21},
		{rows(400, "1,2"), "22:1 and 380 more from this line on | \n", 21},
		{rows(400, "12.000"), "22:13 and 380 more from this line on [thousands_dot] | \n", 42},
	} {
		f, problems := Parse(tc.text)
		_, more := f.Table(quarters(time.UTC))
		all := slices.Concat(problems, more)
		if last := say(all[len(all)-1:]); len(all) != tc.want || last != tc.last {
			t.Errorf("%d problems, the last %swant %d, the last %s", len(all), last, tc.want, tc.last)
		}
	}
}

// FuzzParse reads anything as a file: no panic, and every problem is at a place that the file has.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"period,plan,value,known_from\n2026-Q1,pro,31,2026-04-20\n", "\ufeffperiod;plan\r\n1;2\r\n", "a\"b,\"c\nd", "\"\n\n\",\"", "period,plan,value\n2026-Q1,pro,12.000,,\n",
		"period,plan,value\n٣,\x00,\xff\n", "\n\n,,\n\tperiod", "period,plan,value\n2026-W53,x,1e999\nFY 2026,,3%\n0000-Q1,pro,0x10\n",
	} {
		f.Add(text, uint8(0))
	}
	f.Fuzz(func(t *testing.T, text string, kind uint8) {
		l := quarters(time.UTC)
		l.Unit = period.Unit(kind % 5)
		if kind >= 128 {
			l.Calendar.WeekStart, l.Calendar.YearStart, l.FiscalYear = time.Sunday, time.October, period.NamedByEnd
		}
		file, problems := Parse(text)
		table, more := file.Table(l)
		lines := strings.Split(text, "\n")
		for _, p := range append(problems, more...) {
			if p.Line == 0 && p.Column == 0 && p.Message != "" {
				continue // About the file as a whole.
			}
			if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len([]rune(lines[p.Line-1]))+1 || p.Message == "" {
				t.Errorf("%+v is not in the file", p)
			}
		}
		_ = table.String()
		_, _ = table.Until(time.Now()), table.Rows(time.Now(), time.Now())
	})
}
